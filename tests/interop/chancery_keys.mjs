// SPDX-License-Identifier: MIT OR Apache-2.0
/**
 * Key ids and texts, MACs, detached signatures and key agreement: sections 4 and 5 and appendix B of docs/envelope-v1.md.
 *
 * Copy this file beside chancery.mjs, of which it uses the notation. Keys are raw bytes. What is refused throws `Refused`.
 * Key texts are parsed with Node's base64, whose time depends on the secret: fine for configuration, not for requests.
 */
import * as crypto from "node:crypto";
import {
  AEADS, OID_ED25519, OID_X25519, X25519, X_WING, Refused, concat, contextDigest, expand, h, hpkePublic, isSound, label,
  littleEndian, privateKey, publicKey, rawPublic, recipientId, require, text, u, verifyEd25519, verifyingId,
} from "./chancery.mjs";

// --- Sections 2 and 5. The kinds of keys, and the codes of their algorithms

const HASHES = new Map([["SHA-256", [4, 32]], ["SHA-384", [5, 48]], ["SHA-512", [6, 64]]]); // code, length
const codes = (algorithms, code) => new Map([...algorithms].map(([name, algorithm]) => [name, code(algorithm)]));
const SEAL = codes([...AEADS].filter(([, aead]) => aead.cipher), (aead) => u(16, aead.code));
const X_WING_ = "X-Wing ";
const SUITE = new Map([
  ...codes(AEADS, (aead) => concat(u(16, X25519), u(16, 1), u(16, aead.code))),
  ...[...SEAL].map(([name, code]) => [X_WING_ + name, concat(u(16, X_WING), u(16, 1), code)]),
]);
const MAC = codes(HASHES, ([code]) => u(16, code));
const ED25519 = new Map([["Ed25519", u(16, 0x0807)]]);
const KINDS = new Map([
  ["seal", ["chn_sk_seal_", SEAL]],
  ["mac", ["chn_sk_mac_", MAC]],
  ["signing", ["chn_sk_signing_", ED25519]],
  ["verifying", ["chn_pk_verifying_", ED25519]],
  ["identity", ["chn_sk_identity_", SUITE]],
  ["recipient", ["chn_pk_recipient_", SUITE]],
]);

const checkKey = (kind, algorithm, key) => {
  require(KINDS.get(kind)?.[1].has(algorithm), "no such key");
  if (kind === "mac") {
    const least = HASHES.get(algorithm)[1];
    require(key.length >= least && key.length <= 128, "a MAC key as long as its hash, and up to 128 bytes");
  } else {
    const long = kind === "recipient" && algorithm.startsWith(X_WING_);
    require(key.length === (long ? 1216 : 32), "a key of 32 bytes, or 1216 for X-Wing");
  }
  if (kind === "verifying") {
    require(isSound(key), "not a verifying key");
  } else if (kind === "recipient") {
    for (let at = 0; at < key.length - 64; at += 3) { // two coefficients in three bytes
      const pair = key.readUIntLE(at, 3);
      require(pair >> 12 < 3329 && (pair & 0xfff) < 3329, "a coefficient of ML-KEM beyond the modulus");
    }
    const x25519 = key.subarray(-32);
    require(littleEndian(x25519) < 2n ** 255n - 19n, "not canonical");
    exchange(Buffer.alloc(32), x25519); // any secret shows that a point has small order
  } else {
    require(new Set(key).size > 1, "not chosen at random");
  }
};

/** Section 4. The id of a secret half is that of its public half. */
export const keyId = async (kind, algorithm, key) => {
  if (kind === "seal") return expand(key, concat(label("key-id"), text(AEADS.get(algorithm).name)), 8);
  if (kind === "mac") return expand(key, concat(label("key-id"), text(`HMAC-${algorithm}`)), 8);
  if (kind === "signing") return verifyingId(rawPublic(privateKey(OID_ED25519, key)));
  if (kind === "verifying") return verifyingId(key);
  const [kem, aead] = algorithm.startsWith(X_WING_) ? [X_WING, algorithm.slice(7)] : [X25519, algorithm];
  return recipientId(AEADS.get(aead), kind === "identity" ? await hpkePublic(kem, key) : key);
};

const checksum = (prefix, data) => h(label("key-text"), text(prefix), data).subarray(0, 4);

export const keyText = (kind, algorithm, key) => {
  checkKey(kind, algorithm, key);
  const [prefix, algorithms] = KINDS.get(kind);
  const data = concat(algorithms.get(algorithm), key);
  return prefix + concat(data, checksum(prefix, data)).toString("base64url");
};

/** The algorithm and the key in a text of the expected kind. */
export const parseKey = (kind, keyText) => {
  const [prefix, algorithms] = KINDS.get(kind);
  require(keyText.startsWith(prefix) && keyText.length <= 1652, `not the text of a key: ${prefix}...`);
  const body = keyText.slice(prefix.length);
  const decoded = Buffer.from(body, "base64url");
  require(decoded.toString("base64url") === body, "not the text of a key"); // Node skips what is not base64
  const [data, found] = [decoded.subarray(0, -4), decoded.subarray(-4)];
  require(checksum(prefix, data).equals(found), "mistyped or cut");
  const entry = [...algorithms].find(([, code]) => code.equals(data.subarray(0, code.length)));
  require(entry, "no such algorithm");
  const key = data.subarray(entry[1].length);
  checkKey(kind, entry[0], key);
  return { algorithm: entry[0], key };
};

// --- Appendix B. MAC, detached signature, agreement

export const macTag = (algorithm, key, context, message) => {
  checkKey("mac", algorithm, key);
  const hmac = crypto.createHmac(algorithm.replace("-", "").toLowerCase(), key);
  return hmac.update(concat(label("mac"), contextDigest(context), message)).digest();
};

export const macVerify = (algorithm, key, context, message, tag) => {
  const expected = macTag(algorithm, key, context, message);
  require(tag.length === expected.length && crypto.timingSafeEqual(tag, expected));
};

const signatureInput = (context, message) => concat(u(8, 0xff), label("signature"), contextDigest(context), message);

export const sign = (seed, context, message) => {
  checkKey("signing", "Ed25519", seed);
  return crypto.sign(null, signatureInput(context, message), privateKey(OID_ED25519, seed));
};

export const verify = (key, context, message, signature) => {
  checkKey("verifying", "Ed25519", key);
  verifyEd25519(key, signatureInput(context, message), signature);
};

/** The keys for AES-256-GCM that this side seals with and opens with. */
export const agreedKeys = (secret, key, initiator, context) => {
  const own = rawPublic(privateKey(OID_X25519, secret));
  const prk = crypto.createHmac("sha512", "").update(exchange(secret, key)).digest(); // HKDF-Extract, empty salt
  const pair = initiator ? [own, key] : [key, own];
  const okm = expand(prk, concat(label("agreement"), contextDigest(context), ...pair), 64);
  const halves = [okm.subarray(0, 32), okm.subarray(32)];
  const [sealing, opening] = initiator ? halves : halves.reverse();
  return { sealing, opening };
};

function exchange(secret, key) {
  try {
    return crypto.diffieHellman({ privateKey: privateKey(OID_X25519, secret), publicKey: publicKey(OID_X25519, key) });
  } catch { // not 32 bytes, or a shared secret of zeros
    throw new Refused("not a public key");
  }
}
