// SPDX-License-Identifier: MIT OR Apache-2.0
/** Webhooks as the official SDKs of npm verify and sign them, HTTP signatures and tokens, behind the line protocol of README.md. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parse as parseForm } from "node:querystring";
import "@shopify/shopify-api/adapters/node";
import { WebhooksClient as ElevenLabs } from "@elevenlabs/elevenlabs-js/wrapper/webhooks.js";
import { LinearWebhookClient } from "@linear/sdk/webhooks";
import { validateSignature as lineVerify } from "@line/bot-sdk";
import * as octokit from "@octokit/webhooks-methods";
import { Paddle } from "@paddle/paddle-node-sdk";
import * as sanity from "@sanity/webhook";
import { EventWebhook } from "@sendgrid/eventwebhook";
import { ApiVersion, shopifyApi } from "@shopify/shopify-api";
import slack from "@slack/bolt";
import { WorkOS } from "@workos-inc/node";
import { verifyKey } from "discord-interactions";
import razorpay from "razorpay";
import standardwebhooks from "standardwebhooks";
import Stripe from "stripe";
import svix from "svix";
import twilio from "twilio";
import { WebflowClient } from "webflow-api";
import { operations as httpSignatures } from "./http_signatures.mjs";
import { operations as tokens } from "./tokens.mjs";

const moment = (r) => new Date(r.time * 1000);
const query = (r) => ({ ...parseForm(new URL(r.url).search.slice(1)) });

/** For those who say no by an exception: nothing is yes, whatever they return. */
const raises = (call) => async (r) => {
  await call(r);
  return true;
};
const inVersions = (prefix, Webhook) => (r) => ({
  [`${prefix}-id`]: r.id,
  [`${prefix}-timestamp`]: String(r.time),
  [`${prefix}-signature`]: new Webhook(r.secret).sign(r.id, moment(r), r.text),
});

const hashed = (r) => r.url.includes("bodySHA256");
const twilioVerify = (r) => {
  const [signature, check] = [r.headers["x-twilio-signature"], hashed(r) ? "validateRequestWithBody" : "validateRequest"];
  return twilio[check](r.secret, signature, r.url, hashed(r) ? r.text : parseForm(r.text));
};
const twilioSign = (r) => ({
  "x-twilio-signature": twilio.getExpectedTwilioSignature(r.secret, r.url, hashed(r) ? null : parseForm(r.text)),
});

const shopify = (r) => shopifyApi({
  apiKey: "known", apiSecretKey: r.secret, apiVersion: ApiVersion.January26, hostName: "hooks.example", isEmbeddedApp: false,
});
/** What Shopify sends besides, without which the SDK refuses. */
const SHOPIFY = { "x-shopify-topic": "orders/create", "x-shopify-shop-domain": "a.example", "x-shopify-api-version": "2026-01" };
const shopifyVerify = async (r) => {
  const rawRequest = { method: "POST", url: r.url, headers: { ...SHOPIFY, ...r.headers } };
  return (await shopify(r).webhooks.validate({ rawBody: r.text, rawRequest })).valid;
};
const shopifyQuery = (signator) => (r) => shopify(r).utils.validateHmac(query(r), { signator });

const sendgrid = "x-twilio-email-event-webhook";
const sendgridVerify = (r) => {
  const verifier = new EventWebhook(), key = verifier.convertPublicKeyToECDSA(r.secret);
  return verifier.verifySignature(key, r.body, r.headers[`${sendgrid}-signature`], r.headers[`${sendgrid}-timestamp`]);
};

const workos = new WorkOS("sk_known").webhooks;
const workosVerify = (r) =>
  workos.verifyHeader({ payload: JSON.parse(r.text), sigHeader: r.headers["workos-signature"], secret: r.secret });
const workosSign = async (r) => {
  const stamp = r.time * 1000;
  return { "workos-signature": `t=${stamp}, v1=${await workos.computeSignature(stamp, JSON.parse(r.text), r.secret)}` };
};

/** Package, scheme, verify, sign. */
const SDKS = [
  ["standardwebhooks", "standard-webhooks",
    raises((r) => new standardwebhooks.Webhook(r.secret).verify(r.text, r.headers)), inVersions("webhook", standardwebhooks.Webhook)],
  ["svix", "svix", raises((r) => new svix.Webhook(r.secret).verify(r.text, r.headers)), inVersions("svix", svix.Webhook)],
  ["stripe", "stripe",
    raises((r) => Stripe.webhooks.constructEvent(r.body, r.headers["stripe-signature"], r.secret)),
    (r) => ({
      "stripe-signature": Stripe.webhooks.generateTestHeaderString({ payload: r.text, secret: r.secret, timestamp: r.time }),
    })],
  ["@octokit/webhooks-methods", "github",
    (r) => octokit.verify(r.secret, r.text, r.headers["x-hub-signature-256"]),
    async (r) => ({ "x-hub-signature-256": await octokit.sign(r.secret, r.text) })],
  ["@slack/bolt", "slack",
    (r) => slack.isValidSlackRequest({ signingSecret: r.secret, body: r.text, headers: {
      "x-slack-signature": r.headers["x-slack-signature"],
      "x-slack-request-timestamp": Number(r.headers["x-slack-request-timestamp"]),
    } })],
  ["twilio", "twilio", twilioVerify, twilioSign],
  ["discord-interactions", "discord",
    (r) => verifyKey(r.body, r.headers["x-signature-ed25519"], r.headers["x-signature-timestamp"], r.secret)],
  ["@line/bot-sdk", "line", (r) => lineVerify(r.body, r.secret, r.headers["x-line-signature"])],
  ["@shopify/shopify-api", "shopify", shopifyVerify],
  ["@shopify/shopify-api", "shopify-oauth", shopifyQuery("admin")],
  ["@shopify/shopify-api", "shopify-app-proxy", shopifyQuery("appProxy")],
  ["@linear/sdk", "linear", (r) => new LinearWebhookClient(r.secret).verify(r.body, r.headers["linear-signature"])],
  ["@paddle/paddle-node-sdk", "paddle",
    (r) => new Paddle("known").webhooks.isSignatureValid(r.text, r.secret, r.headers["paddle-signature"])],
  ["@sanity/webhook", "sanity",
    (r) => sanity.isValidSignature(r.text, r.headers["sanity-webhook-signature"], r.secret),
    async (r) => ({ "sanity-webhook-signature": await sanity.encodeSignatureHeader(r.text, r.time * 1000, r.secret) })],
  ["@workos-inc/node", "workos", workosVerify, workosSign],
  ["webflow-api", "webflow",
    (r) => new WebflowClient({ accessToken: "known" }).webhooks.verifySignature({ headers: r.headers, body: r.text, secret: r.secret })],
  ["@elevenlabs/elevenlabs-js", "elevenlabs",
    raises((r) => new ElevenLabs({}).constructEvent(r.text, r.headers["elevenlabs-signature"], r.secret))],
  ["@sendgrid/eventwebhook", "sendgrid", sendgridVerify],
  ["razorpay", "razorpay", (r) => razorpay.validateWebhookSignature(r.text, r.headers["x-razorpay-signature"], r.secret)],
].map(([name, scheme, verify, sign]) => ({ name, scheme, verify, sign }));

const versionOf = (name) =>
  JSON.parse(readFileSync(new URL(`./node_modules/${name}/package.json`, import.meta.url))).version;

const asked = (request) => {
  const sdk = SDKS.find(({ name, scheme }) => name === request.sdk && scheme === request.scheme);
  if (!sdk) throw new TypeError("no such SDK");
  const body = Buffer.from(request.body, "hex");
  return { sdk, r: { ...request, body, text: body.toString() } };
};

const operations = new Map(Object.entries({
  ...httpSignatures,
  ...tokens,
  "webhook.list": () => ({
    sdks: SDKS.map(({ name, scheme, sign }) => ({ sdk: name, version: versionOf(name), scheme, signs: Boolean(sign) })),
  }),
  "webhook.sign": async (request) => {
    const { sdk, r } = asked(request);
    return { headers: await sdk.sign(r), url: r.url, body: request.body };
  },
  // Refused is what the SDK does not accept, however it says so: the same call accepts what is genuine.
  "webhook.verify": async (request) => {
    const { sdk, r } = asked(request);
    let said;
    try {
      said = await sdk.verify(r);
    } catch (error) {
      said = error.constructor.name;
    }
    return said === true ? { accepted: true } : { refused: said };
  },
}));

async function answer(line) {
  try {
    const request = JSON.parse(line), operation = operations.get(request.op);
    if (!operation) return { error: `unsupported: ${request.op}` };
    const ok = await operation(request);
    if ("unsupported" in ok) return { error: `unsupported: ${ok.unsupported}` };
    return "refused" in ok ? { error: `refused by ${ok.refused}` } : { ok };
  } catch (error) {
    return { error: `internal: ${error}` };
  }
}

// Some SDKs print what they refuse: stdout is the protocol's.
for (const name of ["log", "info", "warn", "debug", "error"]) console[name] = () => {};
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}
