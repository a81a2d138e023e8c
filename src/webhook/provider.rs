// SPDX-License-Identifier: MIT OR Apache-2.0
//! The schemes of providers, a constant each, with the source of its facts.
//!
//! *Source:* the sender's own code, or a library that it publishes. *Docs:* its documentation alone; the
//! known answers in our tests are then computed from the documented formula. Where the sender says how old a
//! delivery may be, that is the bound; where not, five minutes.
//!
//! ```
//! use chancery::webhook::{Verifier, provider};
//! let verifier = Verifier::new(provider::STRIPE.secret("whsec_wJalrXUtnFEMIK7MDENGbPxRfiCY")?)?;
//! # Ok::<(), chancery::ConfigError>(())
//! ```
//!
#![doc = include_str!("../../docs/webhooks.md")]

use crate::scheme::{
    Encoding::{Base64, Base64Url, Hex},
    Part::{Body, Id, Method, Query, Text, Timestamp, Url, UrlDecoded},
    Query::{Encoded, Joined},
    Scheme, SecretForm,
    Unit::{Milliseconds, Rfc3339, Seconds},
};
use core::time::Duration;

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

const STANDARD_FORM: SecretForm = SecretForm::Base64 { prefix: "whsec_" };

/// Standard Webhooks, symmetric: OpenAI, Replicate and many others. Secrets begin with `whsec_`.
/// Source: the specification and its reference libraries.
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

/// Stripe. The secret is used as it is shown, `whsec_` included. Source: `Webhooks.ts` of stripe-node.
pub const STRIPE: Scheme = Scheme::hmac_sha256("stripe", Hex)
    .in_pairs("stripe-signature", b',', "v1")
    .timestamp_pair("t", Seconds)
    .over(&[Timestamp, Text("."), Body]);

/// GitHub. No time and no identifier are signed. Source: `@octokit/webhooks-methods`.
pub const GITHUB: Scheme = Scheme::hmac_sha256("github", Hex)
    .in_header("x-hub-signature-256", "sha256=")
    .id_header("x-github-delivery");

/// Meta: WhatsApp, Facebook, Instagram; the secret is the app's. Docs: Graph API, "Webhooks".
pub const META: Scheme = Scheme::hmac_sha256("meta", Hex).in_header("x-hub-signature-256", "sha256=");

/// Bitbucket Cloud, and Jira. Docs: "Manage webhooks", with an example.
pub const BITBUCKET: Scheme =
    Scheme::hmac_sha256("bitbucket", Hex).in_header("x-hub-signature", "sha256=").id_header("x-request-uuid");

/// Gitea. Docs: "Webhooks".
pub const GITEA: Scheme =
    Scheme::hmac_sha256("gitea", Hex).in_header("x-gitea-signature", "").id_header("x-gitea-delivery");

/// Forgejo. Docs: "Webhooks".
pub const FORGEJO: Scheme =
    Scheme::hmac_sha256("forgejo", Hex).in_header("x-forgejo-signature", "").id_header("x-forgejo-delivery");

/// GitLab, with a signing token (`whsec_`): Standard Webhooks. Source: merge request 230944 of gitlab.
pub const GITLAB: Scheme = Scheme { name: "gitlab", ..STANDARD };

/// GitLab, with a secret token, which each delivery carries as it is. Docs: "Webhooks".
pub const GITLAB_TOKEN: Scheme =
    Scheme::token("gitlab-token").in_header("x-gitlab-token", "").id_header("idempotency-key");

/// Slack. Source: bolt-js.
pub const SLACK: Scheme = Scheme::hmac_sha256("slack", Hex)
    .in_header("x-slack-signature", "v0=")
    .timestamp_header("x-slack-request-timestamp", Seconds)
    .over(&[Text("v0:"), Timestamp, Text(":"), Body]);

/// Zoom. Source: zoom/webhook-sample.
pub const ZOOM: Scheme = Scheme::hmac_sha256("zoom", Hex)
    .in_header("x-zm-signature", "v0=")
    .timestamp_header("x-zm-request-timestamp", Seconds)
    .over(&[Text("v0:"), Timestamp, Text(":"), Body]);

/// Shopify: webhooks. Source: `hmac-validator.ts` of shopify-app-js.
pub const SHOPIFY: Scheme = Scheme::hmac_sha256("shopify", Base64)
    .in_header("x-shopify-hmac-sha256", "")
    .id_header("x-shopify-webhook-id");

/// Shopify: requests through the app proxy, signed in the query, without a body. Nothing stands between the
/// parameters, so that who sees a signature can divide them otherwise: keep these URLs out of
/// logs. Source: as [`SHOPIFY`].
pub const SHOPIFY_APP_PROXY: Scheme = Scheme::hmac_sha256("shopify-app-proxy", Hex)
    .in_query("signature")
    .timestamp_query("timestamp", Seconds)
    .over(&[Query(Joined { once: &["hmac", "logged_in_customer_id", "path_prefix", "shop", "timestamp"] })])
    .tolerance(seconds(90), seconds(90));

/// Shopify: the redirects of OAuth, and requests from the admin. Source: as [`SHOPIFY`].
pub const SHOPIFY_OAUTH: Scheme = Scheme::hmac_sha256("shopify-oauth", Hex)
    .in_query("hmac")
    .timestamp_query("timestamp", Seconds)
    .over(&[Query(Encoded)])
    .tolerance(seconds(90), seconds(90));

/// Discord: interactions. The secret is the application's public key. Answer a refusal with 401, or Discord
/// removes the URL. Source: discord-interactions-js.
pub const DISCORD: Scheme = Scheme::ed25519("discord", Hex)
    .in_header("x-signature-ed25519", "")
    .timestamp_header("x-signature-timestamp", Seconds)
    .over(&[Timestamp, Body]);

/// Square. Signs the notification URL: give it with its path. Source: square-nodejs.
pub const SQUARE: Scheme =
    Scheme::hmac_sha256("square", Base64).in_header("x-square-hmacsha256-signature", "").over(&[Url, Body]);

/// Linear. The time is in the body. Source: `webhooks/client.ts` of its SDK.
#[cfg(feature = "json")]
pub const LINEAR: Scheme = Scheme::hmac_sha256("linear", Hex)
    .in_header("linear-signature", "")
    .timestamp_in_body("webhookTimestamp", Milliseconds)
    .id_header("linear-delivery")
    .tolerance(seconds(60), seconds(60));

/// Paddle, which allows five seconds. Source: its SDK for Node.
pub const PADDLE: Scheme = Scheme::hmac_sha256("paddle", Hex)
    .in_pairs("paddle-signature", b';', "h1")
    .timestamp_pair("ts", Seconds)
    .over(&[Timestamp, Text(":"), Body])
    .tolerance(seconds(5), seconds(5));

/// Zendesk. Docs: "Verifying webhooks".
pub const ZENDESK: Scheme = Scheme::hmac_sha256("zendesk", Base64)
    .in_header("x-zendesk-webhook-signature", "")
    .timestamp_header("x-zendesk-webhook-signature-timestamp", Rfc3339)
    .over(&[Timestamp, Body]);

/// HubSpot, version 3: method, URL and body. Versions 1 and 2 hash the secret without a key, and are not here.
/// Source: hubspot-api-nodejs; docs: "Request validation" for the characters of the URL.
pub const HUBSPOT: Scheme = Scheme::hmac_sha256("hubspot", Base64)
    .in_header("x-hubspot-signature-v3", "")
    .timestamp_header("x-hubspot-request-timestamp", Milliseconds)
    .over(&[Method, UrlDecoded(":/?@!$'()*,;"), Body, Timestamp]);

/// DocuSign Connect: a header for each active key, from 1. Docs: "HMAC security".
pub const DOCUSIGN: Scheme =
    Scheme::hmac_sha256("docusign", Base64).in_numbered_headers("x-docusign-signature-");

/// Box: a header for each of two keys. Source: box-python-sdk.
pub const BOX: Scheme = Scheme::hmac_sha256("box", Base64)
    .in_headers(&["box-signature-primary", "box-signature-secondary"])
    .timestamp_header("box-delivery-timestamp", Rfc3339)
    .id_header("box-delivery-id")
    .over(&[Body, Timestamp])
    .tolerance(seconds(600), seconds(600));

/// Twitch: EventSub. Docs: "Getting events using webhooks".
pub const TWITCH: Scheme = Scheme::hmac_sha256("twitch", Hex)
    .in_header("twitch-eventsub-message-signature", "sha256=")
    .timestamp_header("twitch-eventsub-message-timestamp", Rfc3339)
    .id_header("twitch-eventsub-message-id")
    .over(&[Id, Timestamp, Body])
    .tolerance(seconds(600), seconds(600));

/// LINE. Source: line-bot-sdk-nodejs.
pub const LINE: Scheme = Scheme::hmac_sha256("line", Base64).in_header("x-line-signature", "");

/// Dropbox; the secret is the app's. Docs: "Webhooks".
pub const DROPBOX: Scheme = Scheme::hmac_sha256("dropbox", Hex).in_header("x-dropbox-signature", "");

/// Coinbase Commerce. Source: coinbase-commerce-node.
pub const COINBASE_COMMERCE: Scheme =
    Scheme::hmac_sha256("coinbase-commerce", Hex).in_header("x-cc-webhook-signature", "");

/// Webflow. Source: js-webflow-api; docs: "Working with webhooks" for the unit of the time.
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

/// ElevenLabs. Source: its SDK.
pub const ELEVENLABS: Scheme = Scheme::hmac_sha256("elevenlabs", Hex)
    .in_pairs("elevenlabs-signature", b',', "v0")
    .timestamp_pair("t", Seconds)
    .over(&[Timestamp, Text("."), Body])
    .tolerance(seconds(1800), seconds(300));

/// WorkOS, whose time is in milliseconds; it allows three minutes. Source: `signature-provider.ts` of its SDK.
pub const WORKOS: Scheme = pairs("workos", Hex, "workos-signature")
    .timestamp_pair("t", Milliseconds)
    .tolerance(seconds(180), seconds(180));

/// Sanity, whose time is in milliseconds. Source: `signature.ts` of its webhook-toolkit.
pub const SANITY: Scheme =
    pairs("sanity", Base64Url, "sanity-webhook-signature").timestamp_pair("t", Milliseconds);

/// Calendly. Docs: "Webhook signatures".
pub const CALENDLY: Scheme = pairs("calendly", Hex, "calendly-webhook-signature");

/// Typeform. Docs: "Secure your webhooks".
pub const TYPEFORM: Scheme =
    Scheme::hmac_sha256("typeform", Base64).in_header("typeform-signature", "sha256=");

/// Lemon Squeezy. Docs: "Signing requests".
pub const LEMON_SQUEEZY: Scheme = Scheme::hmac_sha256("lemon-squeezy", Hex).in_header("x-signature", "");

/// Razorpay. Source: razorpay-node.
pub const RAZORPAY: Scheme = Scheme::hmac_sha256("razorpay", Hex)
    .in_header("x-razorpay-signature", "")
    .id_header("x-razorpay-event-id");

/// WooCommerce. Docs: REST API, "Webhooks".
pub const WOOCOMMERCE: Scheme = Scheme::hmac_sha256("woocommerce", Base64)
    .in_header("x-wc-webhook-signature", "")
    .id_header("x-wc-webhook-delivery-id");

/// Telegram: the secret token, which each delivery carries as it is. Docs: `setWebhook`.
pub const TELEGRAM: Scheme = Scheme::token("telegram").in_header("x-telegram-bot-api-secret-token", "");

/// Okta: event hooks. The secret is the value of the `Authorization` header, as it was set. Docs: "Event hooks".
pub const OKTA: Scheme = Scheme::token("okta").in_header("authorization", "");

/// Adyen, for [`webhook::adyen`](crate::webhook::adyen). The secret is in hexadecimal. Source: `hmacValidator.ts` of
/// adyen-node-api-library.
#[cfg(feature = "json")]
pub const ADYEN: Scheme = Scheme::hmac_sha256("adyen", Base64).in_items().secret_form(SecretForm::Hex);

/// Twilio. Signs the URL and the parameters of a form, with nothing between them, or the URL with the hash of
/// a body that is none; either with the default port or without. Neither a time nor the method. The secret is
/// the auth token. Source: twilio-node and twilio-python.
#[cfg(feature = "legacy-sha1")]
pub const TWILIO: Scheme = Scheme::hmac_sha1("twilio", Base64)
    .in_header("x-twilio-signature", "")
    .over(&[Url, crate::scheme::Part::Form])
    .of_any_port();

/// Twilio with a shared key, which is then the secret: a header `X-Twilio-Webhooks-Signature-Settings` names the
/// algorithm, `HMAC_SHA256`. Otherwise as `TWILIO`. Source: twilio-python 9.13; docs: "Sign webhooks with shared keys".
pub const TWILIO_SHA256: Scheme = Scheme::hmac_sha256("twilio-sha256", Base64)
    .in_header("x-twilio-signature", "")
    .over(&[Url, crate::scheme::Part::Form])
    .of_any_port();

/// Vercel. Docs: "Webhooks API".
#[cfg(feature = "legacy-sha1")]
pub const VERCEL: Scheme = Scheme::hmac_sha1("vercel", Hex).in_header("x-vercel-signature", "");

/// Intercom; the secret is the app's. Docs: "Webhooks".
#[cfg(feature = "legacy-sha1")]
pub const INTERCOM: Scheme = Scheme::hmac_sha1("intercom", Hex).in_header("x-hub-signature", "sha1=");

/// SendGrid: events, signed with ECDSA. The secret is the public key, as it is shown. Source: sendgrid-nodejs,
/// `eventwebhook`.
#[cfg(feature = "p256")]
pub const SENDGRID: Scheme = Scheme::p256("sendgrid", Base64)
    .in_header("x-twilio-email-event-webhook-signature", "")
    .timestamp_header("x-twilio-email-event-webhook-timestamp", Seconds)
    .over(&[Timestamp, Body]);
