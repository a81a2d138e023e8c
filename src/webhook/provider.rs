// SPDX-License-Identifier: MIT OR Apache-2.0
//! The schemes of providers, a constant each, with the source of its facts.
//!
//! ```
//! use chancery::webhook::{Verifier, provider};
//! let verifier = Verifier::new(provider::STRIPE.secret("whsec_wJalrXUtnFEMIK7MDENGbPxRfiCY")?)?;
//! # Ok::<(), chancery::ConfigError>(())
//! ```

use crate::scheme::{
    Encoding::{Base64, Hex},
    Part::{Body, Id, Method, SortedQuery, Text, Timestamp, Url},
    Scheme, SecretForm,
    Unit::{Milliseconds, Rfc3339, Seconds},
};
use core::time::Duration;

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

const STANDARD_FORM: SecretForm = SecretForm::Base64 { prefix: "whsec_" };

/// Standard Webhooks, symmetric: `OpenAI`, Replicate and many others. Secrets begin with `whsec_`.
/// Source: standardwebhooks.com, the specification and its reference libraries.
pub const STANDARD: Scheme = Scheme::hmac_sha256("standard-webhooks", Base64)
    .in_versions("webhook-signature", "v1")
    .id_header("webhook-id")
    .timestamp_header("webhook-timestamp", Seconds)
    .over(&[Id, Text("."), Timestamp, Text("."), Body])
    .secret_form(STANDARD_FORM);

/// Standard Webhooks, asymmetric: the secret is the public key, `whpk_`. Source: as [`STANDARD`].
pub const STANDARD_ED25519: Scheme = Scheme::ed25519("standard-webhooks", Base64)
    .in_versions("webhook-signature", "v1a")
    .id_header("webhook-id")
    .timestamp_header("webhook-timestamp", Seconds)
    .over(&[Id, Text("."), Timestamp, Text("."), Body]);

/// Svix and those who send with it: Clerk, Resend. Source: the SDK `svix` 2.9.
pub const SVIX: Scheme = Scheme::hmac_sha256("svix", Base64)
    .in_versions("svix-signature", "v1")
    .id_header("svix-id")
    .timestamp_header("svix-timestamp", Seconds)
    .over(&[Id, Text("."), Timestamp, Text("."), Body])
    .secret_form(STANDARD_FORM);

/// Stripe. The secret is used as it is shown, `whsec_` included. Source: stripe-node, `Webhooks.ts`.
pub const STRIPE: Scheme = Scheme::hmac_sha256("stripe", Hex)
    .in_pairs("stripe-signature", b',', "v1")
    .timestamp_pair("t", Seconds)
    .over(&[Timestamp, Text("."), Body]);

/// GitHub. No time and no identifier are signed. Source: octokit; docs.github.com.
pub const GITHUB: Scheme = Scheme::hmac_sha256("github", Hex)
    .in_header("x-hub-signature-256", "sha256=")
    .id_header("x-github-delivery");

/// Meta: `WhatsApp`, Facebook, Instagram; the secret is the app's. Source: developers.facebook.com.
pub const META: Scheme = Scheme::hmac_sha256("meta", Hex).in_header("x-hub-signature-256", "sha256=");

/// Gitea. Source: docs.gitea.com.
pub const GITEA: Scheme =
    Scheme::hmac_sha256("gitea", Hex).in_header("x-gitea-signature", "").id_header("x-gitea-delivery");

/// Forgejo. Source: forgejo.org.
pub const FORGEJO: Scheme =
    Scheme::hmac_sha256("forgejo", Hex).in_header("x-forgejo-signature", "").id_header("x-forgejo-delivery");

/// GitLab, with a signing token (`whsec_`): Standard Webhooks. Source: gitlab.com, merge request 230944.
pub const GITLAB: Scheme = Scheme { name: "gitlab", ..STANDARD };

/// GitLab, with a secret token, which each delivery carries as it is. Source: docs.gitlab.com.
pub const GITLAB_TOKEN: Scheme =
    Scheme::token("gitlab-token").in_header("x-gitlab-token", "").id_header("idempotency-key");

/// Slack. Source: bolt-js; docs.slack.dev.
pub const SLACK: Scheme = Scheme::hmac_sha256("slack", Hex)
    .in_header("x-slack-signature", "v0=")
    .timestamp_header("x-slack-request-timestamp", Seconds)
    .over(&[Text("v0:"), Timestamp, Text(":"), Body]);

/// Zoom. Source: zoom/webhook-sample.
pub const ZOOM: Scheme = Scheme::hmac_sha256("zoom", Hex)
    .in_header("x-zm-signature", "v0=")
    .timestamp_header("x-zm-request-timestamp", Seconds)
    .over(&[Text("v0:"), Timestamp, Text(":"), Body]);

/// Shopify: webhooks. Source: shopify-app-js.
pub const SHOPIFY: Scheme = Scheme::hmac_sha256("shopify", Base64)
    .in_header("x-shopify-hmac-sha256", "")
    .id_header("x-shopify-webhook-id");

/// Shopify: requests through the app proxy, signed in the query. Source: shopify-app-js.
pub const SHOPIFY_APP_PROXY: Scheme = Scheme::hmac_sha256("shopify-app-proxy", Hex)
    .in_query("signature")
    .timestamp_query("timestamp", Seconds)
    .over(&[SortedQuery("")])
    .tolerance(seconds(90), seconds(90));

/// Discord: interactions. The secret is the application's public key. Answer a refusal with 401, or Discord
/// removes the URL. Source: discord-interactions-js.
pub const DISCORD: Scheme = Scheme::ed25519("discord", Hex)
    .in_header("x-signature-ed25519", "")
    .timestamp_header("x-signature-timestamp", Seconds)
    .over(&[Timestamp, Body]);

/// Square. Signs the notification URL, which is the base URL of the verifier. Source: square-nodejs.
pub const SQUARE: Scheme =
    Scheme::hmac_sha256("square", Base64).in_header("x-square-hmacsha256-signature", "").over(&[Url, Body]);

/// Linear. The time is in the body. Source: the SDK of linear.
#[cfg(feature = "json")]
pub const LINEAR: Scheme = Scheme::hmac_sha256("linear", Hex)
    .in_header("linear-signature", "")
    .timestamp_in_body("webhookTimestamp", Milliseconds)
    .id_header("linear-delivery")
    .tolerance(seconds(60), seconds(60));

/// Paddle, which allows five seconds. Source: the Node SDK of paddle.
pub const PADDLE: Scheme = Scheme::hmac_sha256("paddle", Hex)
    .in_pairs("paddle-signature", b';', "h1")
    .timestamp_pair("ts", Seconds)
    .over(&[Timestamp, Text(":"), Body])
    .tolerance(seconds(5), seconds(5));

/// Zendesk. Source: developer.zendesk.com.
pub const ZENDESK: Scheme = Scheme::hmac_sha256("zendesk", Base64)
    .in_header("x-zendesk-webhook-signature", "")
    .timestamp_header("x-zendesk-webhook-signature-timestamp", Rfc3339)
    .over(&[Timestamp, Body]);

/// `HubSpot`, version 3. Signs method and URL. Source: hubspot-api-nodejs.
pub const HUBSPOT: Scheme = Scheme::hmac_sha256("hubspot", Base64)
    .in_header("x-hubspot-signature-v3", "")
    .timestamp_header("x-hubspot-request-timestamp", Milliseconds)
    .over(&[Method, Url, Body, Timestamp]);

/// `DocuSign` Connect: a header for each active key. Source: developers.docusign.com.
pub const DOCUSIGN: Scheme =
    Scheme::hmac_sha256("docusign", Base64).in_numbered_headers("x-docusign-signature-");

/// Box: a header for each of two keys. Source: box-python-sdk.
pub const BOX: Scheme = Scheme::hmac_sha256("box", Base64)
    .in_headers(&["box-signature-primary", "box-signature-secondary"])
    .timestamp_header("box-delivery-timestamp", Rfc3339)
    .id_header("box-delivery-id")
    .over(&[Body, Timestamp])
    .tolerance(seconds(600), seconds(600));

/// Twitch: `EventSub`. Source: dev.twitch.tv.
pub const TWITCH: Scheme = Scheme::hmac_sha256("twitch", Hex)
    .in_header("twitch-eventsub-message-signature", "sha256=")
    .timestamp_header("twitch-eventsub-message-timestamp", Rfc3339)
    .id_header("twitch-eventsub-message-id")
    .over(&[Id, Timestamp, Body])
    .tolerance(seconds(600), seconds(600));

/// LINE. Source: line-bot-sdk-nodejs.
pub const LINE: Scheme = Scheme::hmac_sha256("line", Base64).in_header("x-line-signature", "");

/// Dropbox. Source: dropbox.com/developers.
pub const DROPBOX: Scheme = Scheme::hmac_sha256("dropbox", Hex).in_header("x-dropbox-signature", "");

/// Coinbase Commerce. Source: docs.cdp.coinbase.com/commerce.
pub const COINBASE_COMMERCE: Scheme =
    Scheme::hmac_sha256("coinbase-commerce", Hex).in_header("x-cc-webhook-signature", "");

/// Webflow. Source: developers.webflow.com.
pub const WEBFLOW: Scheme = Scheme::hmac_sha256("webflow", Hex)
    .in_header("x-webflow-signature", "")
    .timestamp_header("x-webflow-timestamp", Milliseconds)
    .over(&[Timestamp, Text(":"), Body]);

const fn pairs(name: &'static str, encoding: crate::scheme::Encoding, header: &'static str) -> Scheme {
    Scheme::hmac_sha256(name, encoding).in_pairs(header, b',', "v1").timestamp_pair("t", Seconds).over(&[
        Timestamp,
        Text("."),
        Body,
    ])
}

/// `ElevenLabs`. Source: its SDK.
pub const ELEVENLABS: Scheme = Scheme::hmac_sha256("elevenlabs", Hex)
    .in_pairs("elevenlabs-signature", b',', "v0")
    .timestamp_pair("t", Seconds)
    .over(&[Timestamp, Text("."), Body])
    .tolerance(seconds(1800), seconds(300));

/// `WorkOS`, whose time is in milliseconds. Source: its SDK.
pub const WORKOS: Scheme = pairs("workos", Hex, "workos-signature").timestamp_pair("t", Milliseconds);

/// Sanity. Source: its toolkit.
pub const SANITY: Scheme = pairs("sanity", Base64, "sanity-webhook-signature");

/// Calendly. Source: developer.calendly.com.
pub const CALENDLY: Scheme = pairs("calendly", Hex, "calendly-webhook-signature");

/// Typeform. Source: typeform.com/developers.
pub const TYPEFORM: Scheme =
    Scheme::hmac_sha256("typeform", Base64).in_header("typeform-signature", "sha256=");

/// Lemon Squeezy. Source: docs.lemonsqueezy.com.
pub const LEMON_SQUEEZY: Scheme = Scheme::hmac_sha256("lemon-squeezy", Hex).in_header("x-signature", "");

/// Razorpay. Source: razorpay.com/docs.
pub const RAZORPAY: Scheme = Scheme::hmac_sha256("razorpay", Hex)
    .in_header("x-razorpay-signature", "")
    .id_header("x-razorpay-event-id");

/// `WooCommerce`. Source: its REST documentation.
pub const WOOCOMMERCE: Scheme = Scheme::hmac_sha256("woocommerce", Base64)
    .in_header("x-wc-webhook-signature", "")
    .id_header("x-wc-webhook-delivery-id");

/// Telegram: the secret token, which each delivery carries as it is. Source: core.telegram.org/bots.
pub const TELEGRAM: Scheme = Scheme::token("telegram").in_header("x-telegram-bot-api-secret-token", "");
