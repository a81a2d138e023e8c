// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every scheme with the formula of its sender, written down here a second time: nothing is read from the
//! constant but what is under test.

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use chancery::{
    ConfigError, Error, Unclaimed, UnixTime,
    scheme::{self, Scheme, Secret},
    webhook::{Delivery, Verifier, provider},
};
use ed25519_dalek::Signer as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Digest as _;

/// The one that is no webhook of a provider.
pub(crate) const HMAC_REQUEST: &str = "request::HMAC";

pub(crate) const NOW: u64 = 1_790_000_000;
pub(crate) const BODY: &[u8] = br#"{"event":"test","n":1}"#;
pub(crate) const SECRET: &str = "secret-0123456789abcdef-webhooks";
pub(crate) const OTHER: &str = "secret-0123456789abcdef-webhookz";
pub(crate) const STANDARD: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const STANDARD_OTHER: &str = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
pub(crate) const PUBLIC: &str = "whpk_6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=";

/// Of the scalar of sevens, and of eights.
#[cfg(feature = "p256")]
pub(crate) const SPKI: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHhhTL9R1TALzBB2cdc6zO4P/2BrHzk/ogsyxyYvFiW6kbDEcTi/0DdlqNlPm5FRF0y3+SG7O11x6kMahiIHAow==";
#[cfg(feature = "p256")]
const SPKI_OTHER: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOtqxXWYla/Fc1xYDWz8EFETlEv7R3WTUunVZfSDjZvFUbSyQqD66ugFZUJnl8/+70zhMdJTeZ1n91eZe+unMZw==";

/// What arrives.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

/// What is to be signed, and what becomes of the text of the signature.
pub(crate) struct Made<'a> {
    pub(crate) secret: &'a str,
    pub(crate) time: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) signature: &'a dyn Fn(String) -> String,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Time {
    None,
    Seconds,
    Milliseconds,
    Rfc3339,
}

impl Time {
    /// The text of [`NOW`].
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Seconds => "1790000000",
            Self::Milliseconds => "1790000000000",
            Self::Rfc3339 => "2026-09-21T14:13:20Z",
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Signs {
    /// The bytes of the body, whatever they are.
    Bytes,
    /// The body, which must be JSON or a form.
    Parsed,
    /// The query, and no body.
    Query,
    /// Nothing: the secret is sent.
    Nothing,
}

type Build = Box<dyn Fn(&Made<'_>) -> Request>;

pub(crate) struct Row {
    /// Of the constant.
    pub(crate) name: &'static str,
    pub(crate) scheme: Scheme,
    pub(crate) secret: &'static str,
    pub(crate) other: &'static str,
    pub(crate) url: Option<&'static str>,
    pub(crate) body: &'static [u8],
    pub(crate) time: Time,
    /// How old and how far ahead a delivery may be, in seconds.
    pub(crate) tolerance: (u64, u64),
    pub(crate) signs: Signs,
    /// The header of an identifier that is signed, or of one that is not.
    pub(crate) signed_id: Option<&'static str>,
    pub(crate) unsigned_id: Option<&'static str>,
    build: Build,
}

impl Row {
    fn new(name: &'static str, scheme: Scheme, build: impl Fn(&Made<'_>) -> Request + 'static) -> Self {
        Self {
            name,
            scheme,
            secret: SECRET,
            other: OTHER,
            url: None,
            body: BODY,
            time: Time::None,
            tolerance: (300, 300),
            signs: Signs::Bytes,
            signed_id: None,
            unsigned_id: None,
            build: Box::new(build),
        }
    }

    fn secrets(self, secret: &'static str, other: &'static str) -> Self {
        Self { secret, other, ..self }
    }

    fn time(self, time: Time, past: u64, future: u64) -> Self {
        Self { time, tolerance: (past, future), ..self }
    }

    fn signs(self, signs: Signs) -> Self {
        Self { signs, ..self }
    }

    fn url(self, url: &'static str) -> Self {
        Self { url: Some(url), ..self }
    }

    fn id(self, name: &'static str) -> Self {
        Self { signed_id: Some(name), ..self }
    }

    fn unsigned_id(self, name: &'static str) -> Self {
        Self { unsigned_id: Some(name), ..self }
    }

    pub(crate) fn make(&self, time: &str, body: &[u8], signature: &dyn Fn(String) -> String) -> Request {
        (self.build)(&Made { secret: self.secret, time, body, signature })
    }

    pub(crate) fn good(&self) -> Request {
        self.make(self.time.text(), self.body, &|signature| signature)
    }

    pub(crate) fn verifier(&self, secret: &str) -> Verifier {
        self.of(self.scheme.secret(secret).unwrap()).unwrap()
    }

    pub(crate) fn of(&self, secret: Secret) -> Result<Verifier, ConfigError> {
        match self.url {
            Some(url) => Verifier::at(secret, url),
            None => Verifier::new(secret),
        }
    }
}

pub(crate) fn verify<'a>(
    verifier: &Verifier,
    request: &'a Request,
    now: u64,
) -> Result<Unclaimed<Delivery<&'a [u8]>>, Error> {
    let Request { method, target, headers, body } = request;
    verifier.verify_at(method, target, headers, &body[..], UnixTime::from_secs(now))
}

pub(crate) fn request(headers: &[(&str, &str)], body: &[u8]) -> Request {
    let headers =
        headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
    Request { method: "POST".into(), target: String::new(), headers, body: body.to_vec() }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

pub(crate) fn sha256(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.chain_update(parts.concat()).finalize().into_bytes().to_vec()
}

#[cfg(feature = "legacy-sha1")]
pub(crate) fn sha1(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mac = Hmac::<sha1::Sha1>::new_from_slice(key).unwrap();
    mac.chain_update(parts.concat()).finalize().into_bytes().to_vec()
}

/// The key of a secret of Standard Webhooks.
fn standard_key(secret: &str) -> Vec<u8> {
    Base64::decode_vec(secret.trim_start_matches("whsec_")).unwrap()
}

/// Of the key that [`PUBLIC`] belongs to.
fn ed25519(parts: &[&[u8]]) -> [u8; 64] {
    ed25519_dalek::SigningKey::from_bytes(&[7; 32]).sign(&parts.concat()).to_bytes()
}

impl Made<'_> {
    /// The text of an HMAC-SHA-256 under the bytes of the secret.
    fn hex(&self, parts: &[&[u8]]) -> String {
        (self.signature)(hex(&sha256(self.secret.as_bytes(), parts)))
    }

    fn base64(&self, parts: &[&[u8]]) -> String {
        (self.signature)(Base64::encode_string(&sha256(self.secret.as_bytes(), parts)))
    }

    fn time(&self) -> &[u8] {
        self.time.as_bytes()
    }

    fn standard(&self, prefix: &str, version: &str, signature: &[u8]) -> Request {
        let signature = (self.signature)(Base64::encode_string(signature));
        let name = |rest| format!("{prefix}-{rest}");
        let headers = [
            (&*name("id"), "msg_1"),
            (&*name("timestamp"), self.time),
            (&*name("signature"), &*format!("{version},{signature}")),
        ];
        request(&headers, self.body)
    }

    fn standard_parts(&self) -> [&[u8]; 4] {
        [b"msg_1.", self.time(), b".", self.body]
    }
}

/// HMAC-SHA-256 over the body in a header.
fn hex_over_body(name: &'static str, scheme: Scheme, header: &'static str, prefix: &'static str) -> Row {
    Row::new(name, scheme, move |m| request(&[(header, &format!("{prefix}{}", m.hex(&[m.body])))], m.body))
}

fn base64_over_body(name: &'static str, scheme: Scheme, header: &'static str, prefix: &'static str) -> Row {
    Row::new(name, scheme, move |m| request(&[(header, &format!("{prefix}{}", m.base64(&[m.body])))], m.body))
}

/// `t=TIME,KEY=HEX` over `TIME.BODY`, or with a colon.
fn in_pairs(name: &'static str, scheme: Scheme, header: &'static str, form: [&'static str; 4]) -> Row {
    Row::new(name, scheme, move |m| {
        let [time, between, key, separator] = form;
        let signature = m.hex(&[m.time(), separator.as_bytes(), m.body]);
        request(&[(header, &format!("{time}={}{between}{key}={signature}", m.time))], m.body)
    })
}

/// A header for the time, one for the signature.
fn with_time(
    name: &'static str,
    scheme: Scheme,
    headers: [&'static str; 2],
    text: fn(&Made<'_>) -> String,
) -> Row {
    Row::new(name, scheme, move |m| request(&[(headers[0], m.time), (headers[1], &text(m))], m.body))
}

fn token(name: &'static str, scheme: Scheme, header: &'static str) -> Row {
    let build = move |m: &Made<'_>| request(&[(header, &(m.signature)(m.secret.into()))], m.body);
    Row::new(name, scheme, build).signs(Signs::Nothing)
}

fn with_id(name: &'static str, mut row: Row) -> Row {
    let build = row.build;
    row.build = Box::new(move |m| {
        let mut request = build(m);
        request.headers.push((name.into(), b"d-1:2".to_vec()));
        request
    });
    row.unsigned_id(name)
}

fn standard_rows() -> Vec<Row> {
    let v1 = |name, scheme, prefix: &'static str, id| {
        let build = move |m: &Made<'_>| {
            m.standard(prefix, "v1", &sha256(&standard_key(m.secret), &m.standard_parts()))
        };
        Row::new(name, scheme, build).secrets(STANDARD, STANDARD_OTHER).time(Time::Seconds, 300, 300).id(id)
    };
    let v1a = |m: &Made<'_>| m.standard("webhook", "v1a", &ed25519(&m.standard_parts()));
    vec![
        v1("STANDARD", provider::STANDARD, "webhook", "webhook-id"),
        v1("SVIX", provider::SVIX, "svix", "svix-id"),
        v1("GITLAB", provider::GITLAB, "webhook", "webhook-id"),
        Row::new("STANDARD_ED25519", provider::STANDARD_ED25519, v1a)
            .secrets(PUBLIC, "whpk_E5j2LG0aRXxRumpLXz29L2n8qTIWIY3ImX5Ba9F9k8o=")
            .time(Time::Seconds, 300, 300)
            .id("webhook-id"),
    ]
}

fn timed_rows() -> Vec<Row> {
    let stripe = ["t", ",", "v1", "."];
    let v0: fn(&Made<'_>) -> String = |m| format!("v0={}", m.hex(&[b"v0:", m.time(), b":", m.body]));
    vec![
        in_pairs("STRIPE", provider::STRIPE, "Stripe-Signature", stripe).time(Time::Seconds, 300, 300),
        in_pairs("PADDLE", provider::PADDLE, "Paddle-Signature", ["ts", ";", "h1", ":"]).time(
            Time::Seconds,
            5,
            5,
        ),
        in_pairs("ELEVENLABS", provider::ELEVENLABS, "ElevenLabs-Signature", ["t", ",", "v0", "."]).time(
            Time::Seconds,
            1800,
            300,
        ),
        in_pairs("WORKOS", provider::WORKOS, "WorkOS-Signature", ["t", ", ", "v1", "."]).time(
            Time::Milliseconds,
            180,
            180,
        ),
        in_pairs("CALENDLY", provider::CALENDLY, "Calendly-Webhook-Signature", stripe).time(
            Time::Seconds,
            300,
            300,
        ),
        Row::new("SANITY", provider::SANITY, |m| {
            let mac = sha256(m.secret.as_bytes(), &[m.time(), b".", m.body]);
            let signature = (m.signature)(Base64UrlUnpadded::encode_string(&mac));
            request(&[("sanity-webhook-signature", &format!("t={},v1={signature}", m.time))], m.body)
        })
        .time(Time::Milliseconds, 300, 300),
        with_time("SLACK", provider::SLACK, ["X-Slack-Request-Timestamp", "X-Slack-Signature"], v0).time(
            Time::Seconds,
            300,
            300,
        ),
        with_time("ZOOM", provider::ZOOM, ["x-zm-request-timestamp", "x-zm-signature"], v0).time(
            Time::Seconds,
            300,
            300,
        ),
        with_time("WEBFLOW", provider::WEBFLOW, ["x-webflow-timestamp", "x-webflow-signature"], |m| {
            m.hex(&[m.time(), b":", m.body])
        })
        .time(Time::Milliseconds, 300, 300),
        with_time(
            "ZENDESK",
            provider::ZENDESK,
            ["X-Zendesk-Webhook-Signature-Timestamp", "X-Zendesk-Webhook-Signature"],
            |m| m.base64(&[m.time(), m.body]),
        )
        .time(Time::Rfc3339, 300, 300),
        with_time("DISCORD", provider::DISCORD, ["X-Signature-Timestamp", "X-Signature-Ed25519"], |m| {
            (m.signature)(hex(&ed25519(&[m.time(), m.body])))
        })
        .secrets(
            "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c",
            "1398f62c6d1a457c51ba6a4b5f3dbd2f69fca93216218dc8997e416bd17d93ca",
        )
        .time(Time::Seconds, 300, 300),
        with_id(
            "BOX-DELIVERY-ID",
            with_time("BOX", provider::BOX, ["BOX-DELIVERY-TIMESTAMP", "BOX-SIGNATURE-SECONDARY"], |m| {
                m.base64(&[m.body, m.time()])
            }),
        )
        .time(Time::Rfc3339, 600, 600),
        Row::new("TWITCH", provider::TWITCH, |m| {
            let signature = format!("sha256={}", m.hex(&[b"msg_1", m.time(), m.body]));
            let name = |rest| format!("Twitch-Eventsub-Message-{rest}");
            let headers =
                [(&*name("Id"), "msg_1"), (&*name("Timestamp"), m.time), (&*name("Signature"), &*signature)];
            request(&headers, m.body)
        })
        .time(Time::Rfc3339, 600, 600)
        .id("Twitch-Eventsub-Message-Id"),
    ]
}

fn untimed_rows() -> Vec<Row> {
    let docusign = |m: &Made<'_>| {
        let headers =
            [("X-DocuSign-Signature-1", "bm9uZQ=="), ("X-DocuSign-Signature-2", &m.base64(&[m.body]))];
        request(&headers, m.body)
    };
    vec![
        with_id(
            "X-GitHub-Delivery",
            hex_over_body("GITHUB", provider::GITHUB, "X-Hub-Signature-256", "sha256="),
        ),
        hex_over_body("META", provider::META, "X-Hub-Signature-256", "sha256="),
        with_id(
            "X-Request-UUID",
            hex_over_body("BITBUCKET", provider::BITBUCKET, "X-Hub-Signature", "sha256="),
        ),
        with_id("X-Gitea-Delivery", hex_over_body("GITEA", provider::GITEA, "X-Gitea-Signature", "")),
        with_id("X-Forgejo-Delivery", hex_over_body("FORGEJO", provider::FORGEJO, "X-Forgejo-Signature", "")),
        with_id(
            "X-Shopify-Webhook-Id",
            base64_over_body("SHOPIFY", provider::SHOPIFY, "X-Shopify-Hmac-SHA256", ""),
        ),
        Row::new("DOCUSIGN", provider::DOCUSIGN, docusign),
        base64_over_body("LINE", provider::LINE, "X-Line-Signature", ""),
        hex_over_body("DROPBOX", provider::DROPBOX, "X-Dropbox-Signature", ""),
        hex_over_body("COINBASE_COMMERCE", provider::COINBASE_COMMERCE, "X-CC-Webhook-Signature", ""),
        base64_over_body("TYPEFORM", provider::TYPEFORM, "Typeform-Signature", "sha256="),
        hex_over_body("LEMON_SQUEEZY", provider::LEMON_SQUEEZY, "X-Signature", ""),
        with_id(
            "X-Razorpay-Event-Id",
            hex_over_body("RAZORPAY", provider::RAZORPAY, "X-Razorpay-Signature", ""),
        ),
        with_id(
            "X-WC-Webhook-Delivery-ID",
            base64_over_body("WOOCOMMERCE", provider::WOOCOMMERCE, "X-WC-Webhook-Signature", ""),
        ),
        with_id("Idempotency-Key", token("GITLAB_TOKEN", provider::GITLAB_TOKEN, "X-Gitlab-Token")),
        token("TELEGRAM", provider::TELEGRAM, "X-Telegram-Bot-Api-Secret-Token"),
        token("OKTA", provider::OKTA, "Authorization"),
    ]
}

fn rows_with_url() -> Vec<Row> {
    let in_query = |name: &'static str, target: String| Request {
        method: "GET".into(),
        target: format!("{target}&{name}"),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let proxy = move |m: &Made<'_>| {
        let signed = format!(
            "extra=1,2logged_in_customer_id=path_prefix=/apps/xshop=a.myshopify.comtimestamp={}",
            m.time
        );
        let target =
            "/proxy?shop=a.myshopify.com&path_prefix=%2Fapps%2Fx&logged_in_customer_id=&extra=1&extra=2";
        let target = format!("{target}&timestamp={}", encoded(m.time));
        let mut request = in_query("signature=", target);
        request.target.push_str(&encoded(&m.hex(&[signed.as_bytes()])));
        request
    };
    let oauth = move |m: &Made<'_>| {
        let signed =
            format!("code=0907a61c&shop=a.myshopify.com&state=a%20b%2F%7E&timestamp={}", encoded(m.time));
        let target = format!("/auth?timestamp={}&state=a+b%2f~&code=0907a61c", encoded(m.time));
        let mut request = in_query("shop=a.myshopify.com&hmac=", target);
        request.target.push_str(&encoded(&m.hex(&[signed.as_bytes()])));
        request
    };
    let hubspot = |m: &Made<'_>| {
        let signature = m.base64(&[b"POSThttps://hooks.example.com/in?a=:%20b", m.body, m.time()]);
        let headers = [("X-HubSpot-Request-Timestamp", m.time), ("X-HubSpot-Signature-v3", &*signature)];
        Request { target: "/in?a=%3a%20b".into(), ..request(&headers, m.body) }
    };
    let hmac_request = |m: &Made<'_>| {
        let lines = format!("POST\nhttps://hooks.example.com/in?a=:%20b\n{}\nmsg_1\n", m.time);
        let signature = m.hex(&[lines.as_bytes(), hex(&sha2::Sha256::digest(m.body)).as_bytes()]);
        let headers = [("X-Timestamp", m.time), ("X-Nonce", "msg_1"), ("X-Signature", &*signature)];
        Request { target: "/in?a=:%20b".into(), ..request(&headers, m.body) }
    };
    vec![
        Row::new(HMAC_REQUEST, scheme::request::HMAC, hmac_request)
            .url("https://hooks.example.com")
            .time(Time::Seconds, 300, 300)
            .id("X-Nonce"),
        Row { body: b"", ..Row::new("SHOPIFY_APP_PROXY", provider::SHOPIFY_APP_PROXY, proxy) }
            .signs(Signs::Query)
            .time(Time::Seconds, 90, 90),
        Row { body: b"", ..Row::new("SHOPIFY_OAUTH", provider::SHOPIFY_OAUTH, oauth) }
            .signs(Signs::Query)
            .time(Time::Seconds, 90, 90),
        Row::new("SQUARE", provider::SQUARE, |m| {
            let signature = m.base64(&[b"https://hooks.example.com/in", m.body]);
            let request = request(&[("x-square-hmacsha256-signature", &signature)], m.body);
            Request { target: "/elsewhere".into(), ..request }
        })
        .url("https://hooks.example.com/in"),
        Row {
            body: b"B=2&A=1&C=x%20y",
            ..Row::new("TWILIO_SHA256", provider::TWILIO_SHA256, |m| {
                // The body is the one beside it in all that is signed.
                let signature = m.base64(&[b"https://hooks.example.com/inA1B2Cx y"]);
                request(&[("X-Twilio-Signature", &signature)], m.body)
            })
        }
        .signs(Signs::Parsed)
        .url("https://hooks.example.com/in"),
        Row::new("HUBSPOT", provider::HUBSPOT, hubspot).url("https://hooks.example.com").time(
            Time::Milliseconds,
            300,
            300,
        ),
    ]
}

/// Percent-encoded, all of it.
fn encoded(text: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"*-._".contains(&byte);
    text.bytes()
        .map(|byte| if unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(feature = "json")]
fn json_rows() -> Vec<Row> {
    let linear = |m: &Made<'_>| {
        let body = format!(r#"{{"n":1,"webhookTimestamp":{}}}"#, m.time);
        request(&[("Linear-Signature", &m.hex(&[body.as_bytes()]))], body.as_bytes())
    };
    vec![with_id("Linear-Delivery", Row::new("LINEAR", provider::LINEAR, linear)).signs(Signs::Parsed).time(
        Time::Milliseconds,
        60,
        60,
    )]
}

#[cfg(feature = "legacy-sha1")]
fn sha1_rows() -> Vec<Row> {
    let over_body = |name, scheme, header: &'static str, prefix: &'static str| {
        Row::new(name, scheme, move |m: &Made<'_>| {
            let signature = (m.signature)(hex(&sha1(m.secret.as_bytes(), &[m.body])));
            request(&[(header, &format!("{prefix}{signature}"))], m.body)
        })
    };
    let twilio = |m: &Made<'_>| {
        // The body is the one below in all that is signed.
        let signature = sha1(m.secret.as_bytes(), &[b"https://hooks.example.com/inA1B2Cx y"]);
        request(&[("X-Twilio-Signature", &(m.signature)(Base64::encode_string(&signature)))], m.body)
    };
    vec![
        Row { body: b"B=2&A=1&C=x%20y", ..Row::new("TWILIO", provider::TWILIO, twilio) }
            .signs(Signs::Parsed)
            .url("https://hooks.example.com/in"),
        over_body("VERCEL", provider::VERCEL, "x-vercel-signature", ""),
        over_body("INTERCOM", provider::INTERCOM, "X-Hub-Signature", "sha1="),
    ]
}

#[cfg(feature = "p256")]
fn p256_rows() -> Vec<Row> {
    let sendgrid = |m: &Made<'_>| {
        let key = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
        let signature: p256::ecdsa::Signature = key.sign(&[m.time(), m.body].concat());
        let signature = (m.signature)(Base64::encode_string(signature.to_der().as_bytes()));
        let name = |rest| format!("X-Twilio-Email-Event-Webhook-{rest}");
        request(&[(&name("Timestamp"), m.time), (&name("Signature"), &signature)], m.body)
    };
    vec![Row::new("SENDGRID", provider::SENDGRID, sendgrid).secrets(SPKI, SPKI_OTHER).time(
        Time::Seconds,
        300,
        300,
    )]
}

/// Of a signature scheme, all that are compiled in.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows = standard_rows();
    rows.extend(timed_rows());
    rows.extend(untimed_rows());
    rows.extend(rows_with_url());
    #[cfg(feature = "json")]
    rows.extend(json_rows());
    #[cfg(feature = "legacy-sha1")]
    rows.extend(sha1_rows());
    #[cfg(feature = "p256")]
    rows.extend(p256_rows());
    rows
}
