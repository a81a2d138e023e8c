// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signed requests: nothing holds but what was signed. Structured fields: each has one text, which is that of itself.

use super::{
    input::{Input, edited},
    known::{self, Fixed, secret},
};
use chancery::{
    Keyring,
    hazmat::{http_sign, http_signature_base},
    http_signature::{Policy, SignKey, Signer, Verifier, VerifyKey},
    mac::{Hash, MacKey},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, request::Parts};
use std::sync::LazyLock;

const HOST: &str = "api.example.com";

/// A signed request, as text, and what an attacker must not have changed in it.
struct Good {
    text: Vec<u8>,
    nonce: String,
    parts: Parts,
    body: &'static [u8],
}

struct Known {
    good: Vec<Good>,
    /// For the first three requests, for the others, and one that demands as little as possible.
    verifiers: [Verifier; 3],
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mac = || MacKey::from_bytes(Hash::Sha256, &secret("mac")).expect("a key");
    let ed25519 = || Signer::new(SignKey::from(known::signer()));
    let hmac = Signer::new(SignKey::try_from(mac()).expect("a key").named("shared \"1\"").expect("a name"));
    let hmac = hmac.tag("fuzz").expect("a tag").covering(&[
        "@target-uri",
        "@request-target",
        "x-list;sf",
        "x-list;key=\"b\"",
        "x-raw;bs",
        "@query-param;name=\"b%20c\"",
    ]);
    let list = "x-list: a=1;  q=?1,b=(1 \"2\");x\nx-list: c=:AQI=:\nx-raw: a, b\nx-raw:  c\n";
    let good = [
        (&ed25519(), "POST https://api.example.com/orders?a=1\ncontent-type: application/json\n", &b"{}"[..]),
        (&ed25519(), "GET /\nhost: API.example.com:443\n", b""),
        (&ed25519(), "DELETE https://api.example.com:0443?\n", b""),
        (&hmac.expect("components"), &format!("PUT /a/../%2e?a&b+c=%C3%A9\nhost: {HOST}\n{list}"), b"body"),
    ];
    let good = good.into_iter().map(|(signer, head, body)| sign(signer, head, body)).collect();
    let keys = || {
        let mac = VerifyKey::try_from(mac()).expect("a key").named("shared \"1\"").expect("a name");
        Keyring::new(VerifyKey::from(known::signer().verifying_key())).accept(mac).expect("two keys")
    };
    let policies = [
        Policy::api([HOST]),
        Policy::api([HOST]).tag("fuzz"),
        Policy::custom_request([HOST], &["@authority"]).allow_unsigned_body(),
    ];
    Known { good, verifiers: policies.map(|policy| Verifier::new(keys(), policy).expect("a policy")) }
});

fn sign(signer: &Signer, head: &str, body: &'static [u8]) -> Good {
    let (mut parts, _) = parse(&[head.as_bytes(), b"\n"].concat()).expect("a request");
    http_sign(signer, &mut parts, body, known::now(), &mut Fixed(head, 0)).expect("signed");
    let input = parts.headers["signature-input"].to_str().expect("ASCII");
    let nonce = input.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next());
    let nonce = nonce.expect("a nonce").to_owned();
    let mut text = head.as_bytes().to_vec();
    for name in ["content-digest", "signature-input", "signature"] {
        if let Some(value) = parts.headers.get(name) {
            text.extend([name.as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
        }
    }
    text.extend([b"\n", body].concat());
    Good { text, nonce, parts, body }
}

/// A method and a target, headers, an empty line, the body. The target of an HTTP/1.1 request, or an URL.
fn parse(text: &[u8]) -> Option<(Parts, &[u8])> {
    let end = text.windows(2).position(|two| two == b"\n\n")?;
    let mut lines = text[..end].split(|byte| *byte == b'\n');
    let mut start = lines.next()?.splitn(2, |byte| *byte == b' ');
    let (method, target) = (Method::from_bytes(start.next()?).ok()?, Uri::try_from(start.next()?).ok()?);
    let mut parts = Request::builder().method(method).uri(target).body(()).ok()?.into_parts().0;
    for line in lines {
        let (name, value) = line.split_at(line.iter().position(|byte| *byte == b':')?);
        let value = HeaderValue::from_bytes(value[1..].trim_ascii()).ok()?;
        parts.headers.append(HeaderName::from_bytes(name).ok()?, value);
    }
    Some((parts, &text[end + 2..]))
}

/// A good request that was changed, or any other text, before one of the verifiers.
pub(crate) fn signature(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let which = input.below(3);
    let good: Vec<_> = KNOWN.good.iter().map(|good| good.text.as_slice()).collect();
    let text = edited(&mut input, &good);
    let Some((parts, body)) = parse(&text) else { return false };
    let verified = KNOWN.verifiers[which].verify(&parts, body, known::now());
    let Ok(signed) = verified.map(chancery::Unclaimed::allow_replays) else {
        let at = good.iter().position(|good| *good == text);
        assert!(at.is_none_or(|at| which != usize::from(at > 2)), "a good request is refused");
        return false;
    };
    let nonce = signed.nonce().expect("all have one");
    let good = KNOWN.good.iter().find(|good| good.nonce == nonce).expect("one that was signed");
    assert_eq!(
        (&parts.method, path(&parts), authority(&parts)),
        (&good.parts.method, path(&good.parts), HOST.into())
    );
    for name in ["content-type", "x-raw"].into_iter().filter(|name| good.parts.headers.contains_key(*name)) {
        assert_eq!(lines(&parts.headers, name), lines(&good.parts.headers, name));
    }
    // The least that is demanded is not the body, where the signer had none.
    assert!(body == good.body || which == 2 && good.body.is_empty());
    true
}

/// An absent query is an empty one.
fn path(parts: &Parts) -> (&str, &str) {
    (parts.uri.path(), parts.uri.query().unwrap_or_default())
}

fn lines<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a HeaderValue> {
    headers.get_all(name).iter().collect()
}

/// Without the port, which must be the one of the scheme.
fn authority(parts: &Parts) -> String {
    let host = parts.headers.get("host").map(|host| host.to_str().expect("ASCII"));
    let text = parts.uri.authority().map(http::uri::Authority::as_str).or(host).expect("an authority");
    let (host, port) = text.split_once(':').unwrap_or((text, ""));
    let default = if parts.uri.scheme_str() == Some("http") { 80 } else { 443 };
    assert!(port.is_empty() || port.parse() == Ok(default), "{text}");
    host.to_lowercase()
}

pub(crate) fn signature_seeds() -> Vec<Vec<u8>> {
    let text = |which: u8, text: &str| [&[which, 4], text.as_bytes()].concat();
    let mut seeds = vec![
        text(0, "GET /\n\n"),
        text(0, "GET *\nhost: api.example.com\nsignature-input: s=();keyid=\"x\"\nsignature: s=:AA==:\n\n"),
        text(1, "CONNECT api.example.com:443\nsignature: a\nsignature-input: a=(\"@method\";req)\n\nbody"),
    ];
    for which in 0..3 {
        for good in 0..4 {
            seeds.push(vec![which, good]);
        }
        // The method, the target, the body cut off, a line of another one, a byte in the middle.
        for edit in
            [&[4, 0, 0, 1][..], &[1, 0, 7, 1, b'x'], &[2, 1, 0, 0, 9], &[3, 0, 40, 1, 0, 90], &[5, 0, 99, 32]]
        {
            seeds.push([&[which, 0], edit].concat());
        }
    }
    seeds
}

/// The base of a signature with this input, over these lines of a field.
fn base(lines: &[&[u8]], input: &[u8]) -> Option<String> {
    let mut parts = Request::get("https://api.example.com/?a=1").body(()).expect("a request").into_parts().0;
    for line in lines {
        parts.headers.append("x", HeaderValue::from_bytes(line).ok()?);
    }
    parts.headers.insert("signature-input", HeaderValue::from_bytes(input).ok()?);
    http_signature_base(&parts, None, "s").ok()
}

/// A field and a list of components, read and written: what was written is read as the same, and written so again.
pub(crate) fn structured_field(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let component = [&b"(\"x\";sf)"[..], b"(\"x\";key=\"a\")", b"(\"x\";bs)", b""][input.below(4)];
    if component.is_empty() {
        let list = input.rest();
        let Some(once) = base(&[b"a=1"], list) else { return false };
        assert!(once.is_ascii());
        let (_, params) = once.rsplit_once("\"@signature-params\": ").expect("the last line");
        assert_eq!(base(&[b"a=1"], format!("s={params}").as_bytes()).as_ref(), Some(&once));
        return true;
    }
    let lines: Vec<_> = input.rest().split(|byte| *byte == b'\n').collect();
    let signed = [b"s=", component].concat();
    let Some(once) = base(&lines, &signed) else { return false };
    let value = |base: &str| {
        let (line, params) = base.split_once('\n').expect("two lines");
        assert!(line.is_ascii() && !params.contains('\n'));
        line.split_once(": ").expect("a value").1.to_owned()
    };
    let text = value(&once);
    let again = match component {
        // A list of more members is none.
        b"(\"x\";bs)" if lines.len() > 128 => Some(once.clone()),
        b"(\"x\";sf)" => base(&[text.as_bytes()], &signed),
        b"(\"x\";bs)" => base(&[text.as_bytes()], b"s=(\"x\";sf)").map(|base| base.replace(";sf", ";bs")),
        _ if text == "?1" => Some(once.clone()),
        _ => base(&[format!("a={text}").as_bytes()], &signed),
    };
    assert_eq!(again, Some(once));
    true
}

pub(crate) fn structured_field_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for field in [
        "a=1,    b=2;x=1;y=2,   a-c=(a   b   c), d, e;q=?1",
        "a=:AQI:, b=?1;c\n c=1.50",
        "a, (b \"\\\"\");x, *t",
        "a;x=@1, b=%\"%c3%a9\"",
        "a=1, a=2",
        "\"",
    ] {
        for form in 0..3 {
            seeds.push([&[form], field.as_bytes()].concat());
        }
    }
    for list in [
        "s=(\"x\" \"@query-param\";name=\"a\"  \"@path\");created=1;x=?1;y=tok;z=-1.0",
        "a=1, s=(\"@method\" \"x\";key=\"a\");keyid=\"\\\"\";b=:AQ:",
        "s=(\"x\" \"x\")",
        "s=()",
        "s=1",
    ] {
        seeds.push([&[3], list.as_bytes()].concat());
    }
    seeds
}
