// SPDX-License-Identifier: MIT OR Apache-2.0
/** HTTP signatures as packages of npm make and verify them; a module of sdks.mjs. */
import { readFileSync } from "node:fs";
import {
  createHash, createHmac, createPrivateKey, createPublicKey, sign as signWith, timingSafeEqual, verify as verifyWith,
} from "node:crypto";
import { component, createSignature, verifySignature, webcrypto } from "http-message-sig";
import { signatureHeaders, verify as verifyBot } from "web-bot-auth";
import { signerFromJWK, verifierFromJWK } from "web-bot-auth/crypto";

const hex = (text) => Buffer.from(text, "hex");
const SKEW = 30; // seconds, as the crate's

// The DER in front of a secret key.
const ED25519 = hex("302e020100300506032b657004220420");
const P256 = hex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420");

const pkcs8 = (start, secret) => Buffer.concat([start, hex(secret)]);
const jwkOf = (start, secret) =>
  createPrivateKey({ key: pkcs8(start, secret), format: "der", type: "pkcs8" }).export({ format: "jwk" });
const hmac = (key) => (data) => new Uint8Array(createHmac("sha256", hex(key)).update(data).digest());
const P1363 = { dsaEncoding: "ieee-p1363" };

/** The package has no algorithm but the first: the others are made of Node's, behind its interfaces. */
const SIGNERS = {
  ed25519: async (secret) =>
    webcrypto.signer(await crypto.subtle.importKey("pkcs8", pkcs8(ED25519, secret), "Ed25519", false, ["sign"])),
  "hmac-sha256": (key) => ({ sign: hmac(key) }),
  "ecdsa-p256-sha256": (secret) => {
    const key = createPrivateKey({ key: pkcs8(P256, secret), format: "der", type: "pkcs8" });
    return { sign: (data) => new Uint8Array(signWith("sha256", data, { key, ...P1363 })) };
  },
};
const VERIFIERS = {
  ed25519: async (key) => webcrypto.verifier(await crypto.subtle.importKey("raw", hex(key), "Ed25519", true, ["verify"])),
  "hmac-sha256": (key) => ({ verify: (data, tag) => tag.length === 32 && timingSafeEqual(hmac(key)(data), tag) }),
  "ecdsa-p256-sha256": (spki) => {
    const key = createPublicKey({ key: hex(spki), format: "der", type: "spki" });
    return { verify: (data, signature) => verifyWith("sha256", data, { key, ...P1363 }, signature) };
  },
};

const fieldsOf = (lines) => lines.map(([name, value]) => ({ name, value }));
const messageOf = (message) => {
  const fields = fieldsOf(message.headers);
  if (message.request) return { kind: "response", status: message.status, fields, request: messageOf(message.request) };
  const requestTarget = /^https?:\/\/[^/?]*(.*)$/.exec(message.url)[1];
  return { kind: "request", method: message.method, targetUri: message.url, requestTarget, fields };
};

/** Of `x-dict;key="a";req`. */
const componentOf = (text) => {
  const [name, ...rest] = text.split(";"), parameters = {};
  for (const parameter of rest) {
    const [key, value] = parameter.split("=");
    parameters[key] = value === undefined ? true : value.slice(1, -1);
  }
  return component(name, parameters);
};

/** The digest is the caller's business. */
const digestOf = (name, body) => `${name}=:${createHash(name.replace("-", "")).update(body).digest("base64")}:`;
const digests = (lines) => lines.filter(([name]) => name.toLowerCase() === "content-digest").map(([, value]) => value);
const isDigest = (value, body) =>
  value.split(", ").every((member) => ["sha-256", "sha-512"].some((name) => member === digestOf(name, body)));

const messageSig = {
  sign: async (r) => {
    const lines = [...r.message.headers], body = hex(r.body);
    if (r.components.includes("content-digest") && !digests(lines).length) {
      lines.push(["content-digest", digestOf("sha-256", body)]);
    }
    const known = { ...r, alg: r.algorithm, "x-new": "of somebody", "x-flag": true, "x-count": 17 };
    const order = r.order ?? ["keyid", "alg", "created", "expires", "nonce", "tag"];
    const parameters = Object.fromEntries(order.filter((name) => name in known).map((name) => [name, known[name]]));
    const made = await createSignature(messageOf({ ...r.message, headers: lines }), {
      label: r.label,
      components: r.components.map(componentOf),
      parameters,
      signer: { algorithm: r.algorithm, ...(await SIGNERS[r.algorithm](r.secret)) },
    });
    return [...lines, ["signature-input", made.signatureInput], ["signature", made.signature]];
  },
  verify: async (r) => {
    const verifier = { algorithm: r.algorithm, ...(await VERIFIERS[r.algorithm](r.key)) };
    const { components } = await verifySignature(messageOf(r.message), {
      label: r.label,
      policy: {
        algorithms: [r.algorithm],
        requiredComponents: r.components.map(componentOf),
        requiredParameters: ["created", "keyid"],
        maxAge: r.max_age,
        clockSkew: SKEW,
        validate: ({ parameters }) => parameters.tag === r.tag,
      },
      resolveVerifier: ({ parameters }) => (parameters.keyid === r.keyid ? verifier : undefined),
    });
    const body = hex(r.body), found = digests(r.message.headers);
    const covered = components.some(({ name, parameters }) => name === "content-digest" && !parameters.req);
    return found.length || body.length ? covered && isDigest(found.join(", "), body) : true;
  },
};

const requestOf = ({ url, method, headers }) => new Request(url, { method, headers });
const webBotAuth = {
  sign: async (r) => {
    const times = { created: new Date(r.created * 1000), expires: new Date(r.expires * 1000) };
    const signer = await signerFromJWK(jwkOf(ED25519, r.secret));
    const made = await signatureHeaders(requestOf(r.message), signer, { ...times, key: r.label });
    return [...r.message.headers, ...Object.entries(made)];
  },
  // It has the one key that is found by `keyid`; which it is, and what must be covered, is the caller's business.
  verify: async (r) => {
    const jwk = { kty: "OKP", crv: "Ed25519", x: hex(r.key).toString("base64url") };
    await verifyBot(requestOf(r.message), await verifierFromJWK(jwk));
    return true;
  },
};

const SDKS = { "http-message-sig": messageSig, "web-bot-auth": webBotAuth };
const versionOf = (name) =>
  JSON.parse(readFileSync(new URL(`./node_modules/${name}/package.json`, import.meta.url))).version;

/** Refused is what the package does not accept, however it says so. */
const attempt = async (call) => {
  try {
    return await call();
  } catch (error) {
    const cannot = error.code === "UnsupportedFeature" && error.message.endsWith("is not supported");
    return { [cannot ? "unsupported" : "refused"]: error.message };
  }
};

export const operations = {
  "http.list": () => ({ sdks: Object.keys(SDKS).map((sdk) => ({ sdk, version: versionOf(sdk) })) }),
  "http.sign": (r) => attempt(async () => ({ headers: await SDKS[r.sdk].sign(r) })),
  "http.verify": (r) =>
    attempt(async () => ((await SDKS[r.sdk].verify(r)) === true ? { accepted: true } : { refused: "no" })),
};
