// SPDX-License-Identifier: MIT OR Apache-2.0
/**
 * Seals and opens chancery's formats in JavaScript: the envelope v1, the sealed message, and HPKE (RFC 9180).
 *
 * Copy this file. It needs Node 20 and the packages `@hpke/core`, `@hpke/chacha20poly1305` and `@hpke/hybridkem-x-wing`. The
 * sections named below are those of docs/envelope-v1.md. Keys are raw bytes (Uint8Array): 32-byte symmetric, X25519 and
 * Ed25519 keys. A public key of 1216 bytes is one of X-Wing, whose secret key is a seed of 32 bytes; an opener says which
 * `kem` it has. A context is the array of fields, as bytes, that the other side uses. Everything that is refused, on either side, throws `Refused`;
 * no plaintext is returned before all of it has been verified.
 *
 * A replay is not noticed here: claim `messageId` in a store before acting on the payload, and give what was opened to
 * `checkTime` if age matters. Key texts, MACs and detached signatures are in chancery_keys.mjs.
 */
import * as crypto from "node:crypto";
import { Aes128Gcm, Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { Chacha20Poly1305 } from "@hpke/chacha20poly1305";
import { XWing } from "@hpke/hybridkem-x-wing";

/** What was to be opened is not what it should be, or what was to be sealed may not be. */
export class Refused extends Error {}

export const X25519 = 0x0020, X_WING = 0x647a;
const ENC = new Map([[X25519, 32], [X_WING, 1120]]); // length of enc by KEM
const KEMS = [[X25519, new DhkemX25519HkdfSha256()], [X_WING, new XWing()]];
const hpkeSuite = (aead) => new Map(KEMS.map(([code, kem]) => [code, new CipherSuite({ kem, kdf: new HkdfSha256(), aead })]));

// name: as RFC 5116 and C2SP write it; code: RFC 9180, section 7.3; cipher: for chunks, AES-128 is for HPKE only.
const AES256 = { name: "AEAD_AES_256_GCM", code: 2, hpke: hpkeSuite(new Aes256Gcm()), cipher: "aes-256-gcm" };
const CHACHA = { name: "AEAD_CHACHA20_POLY1305", code: 3, hpke: hpkeSuite(new Chacha20Poly1305()), cipher: "chacha20-poly1305" };
const AES128 = { name: "AEAD_AES_128_GCM", code: 1, hpke: hpkeSuite(new Aes128Gcm()), cipher: null };
export const AEADS = new Map([["AES-256-GCM", AES256], ["ChaCha20-Poly1305", CHACHA], ["AES-128-GCM", AES128]]);
// Section 2. Nothing on the wire chooses an algorithm: it is the key's, and what the wire says must agree.
const SUITES = new Map([[1, AES256], [2, CHACHA]]);
const SIGNED = 1, PADDED = 2, REQUEST = 4;
const WRAP = 32 + 16;

/** One text for every cryptographic failure: an attacker learns nothing from which one it was. */
export const require = (condition, why = "cannot be opened") => {
  if (!condition) throw new Refused(why);
};

/** Runs what a library refuses by throwing. */
const attempt = async (action, why = "cannot be opened") => {
  try {
    return await action();
  } catch {
    throw new Refused(why);
  }
};

export const concat = (...parts) => Buffer.concat(parts);
export const text = (s) => Buffer.from(s, "latin1");
export const h = (...parts) => crypto.createHash("sha256").update(concat(...parts)).digest();
export const label = (name) => text(`chancery/v1 ${name}\0`); // L, section 1
export const u = (bits, value) => {
  const number = BigInt(value);
  require(number >= 0n && number >> BigInt(bits) === 0n, "number out of range");
  return Buffer.from(number.toString(16).padStart(bits / 4, "0"), "hex");
};

// X, section 1: HKDF-Expand-SHA-512 without Extract, n <= 128
export const expand = (key, info, n) => {
  const hmac = (...parts) => crypto.createHmac("sha512", key).update(concat(...parts)).digest();
  const t1 = hmac(info, u(8, 1));
  return concat(t1, hmac(t1, info, u(8, 2))).subarray(0, n);
};

// CTX, section 3
export const contextDigest = (fields) => {
  require(fields.length >= 1 && fields.length <= 16, "not a context");
  require(fields.every((f) => f.length <= 65535) && fields.some((f) => f.length > 0), "not a context");
  return h(label("context"), u(16, fields.length), ...fields.flatMap((f) => [u(32, f.length), f]));
};

// --- Section 6. C2SP chunked encryption, with SHA-512: salt || commitment || chunks

const SALT = 24, COMMITMENT = 32, CHUNK = 16384, TAG = 16;

/** The chunk cipher for one key, salt and context. A nonce is never repeated: the salt is fresh for every message. */
class Chunked {
  #cipher; #key; #baseNonce;

  constructor(aead, key, context, salt) {
    const info = concat(text(`c2sp.org/chunked-encryption@v1+${aead.name}\0`), salt, context);
    const okm = expand(key, info, 32 + 12 + COMMITMENT);
    [this.salt, this.commitment] = [salt, okm.subarray(44)];
    [this.#cipher, this.#key, this.#baseNonce] = [aead.cipher, okm.subarray(0, 32), okm.subarray(32, 44)];
  }

  #nonce(number) {
    const nonce = Buffer.from(this.#baseNonce);
    u(96, number).forEach((byte, i) => (nonce[i] ^= byte));
    return nonce;
  }

  seal(message) {
    const parts = [this.salt, this.commitment];
    // The last chunk is strictly shorter than the others, which is what makes it the last: it may be empty.
    for (let at = 0; at <= message.length; at += CHUNK) {
      const cipher = crypto.createCipheriv(this.#cipher, this.#key, this.#nonce(at / CHUNK), { authTagLength: TAG });
      parts.push(cipher.update(message.subarray(at, at + CHUNK)), cipher.final(), cipher.getAuthTag());
    }
    return concat(...parts);
  }

  async open(sealed) {
    const commitment = sealed.subarray(SALT, SALT + COMMITMENT);
    require(commitment.length === COMMITMENT && crypto.timingSafeEqual(commitment, this.commitment));
    const body = sealed.subarray(SALT + COMMITMENT), step = CHUNK + TAG, parts = [];
    require(body.length % step >= TAG);
    return attempt(() => {
      for (let at = 0; at < body.length; at += step) {
        const chunk = body.subarray(at, at + step);
        const cipher = crypto.createDecipheriv(this.#cipher, this.#key, this.#nonce(at / step), { authTagLength: TAG });
        cipher.setAuthTag(chunk.subarray(-TAG));
        parts.push(cipher.update(chunk.subarray(0, -TAG)), cipher.final());
      }
      return concat(...parts);
    });
  }
}

// --- Section 7. Sealed message: P || C2SP(aead, key, H(L("sealed") || P || CTX), m),  P = 0xC1 || key id

const sealedStart = (aead, key, fields) => {
  const suite = AEADS.get(aead);
  require(suite?.cipher && key.length === 32, "not a key for sealing");
  const prefix = concat(u(8, 0xc1), expand(key, concat(label("key-id"), text(suite.name)), 8));
  return [suite, prefix, h(label("sealed"), prefix, contextDigest(fields))];
};

export async function sealSealed(aead, key, context, payload) {
  const [suite, prefix, digest] = sealedStart(aead, key, context);
  return concat(prefix, new Chunked(suite, key, digest, crypto.randomBytes(SALT)).seal(payload));
}

export async function openSealed(aead, key, context, sealed) {
  const [suite, prefix, digest] = sealedStart(aead, key, context);
  require(prefix.equals(sealed.subarray(0, 9)), "sealed with another key");
  return new Chunked(suite, key, digest, sealed.subarray(9, 9 + SALT)).open(sealed.subarray(9));
}

// --- Section 8. HPKE (RFC 9180, AAD empty): [0x01 || u32 Tink key id] || enc || ct
// Options: { tinkId, psk: { id, key }, kem }; with a PSK the mode is PSK; kem is the opener's, X25519 unless said.

const kemOf = (key) => (key.length === 1216 ? X_WING : X25519);

const hpkeSeal = (aead, key, info, payload, psk) => attempt(async () => {
  const suite = aead.hpke.get(kemOf(key));
  const recipientPublicKey = await suite.kem.deserializePublicKey(key);
  // Throws at a key of small order, whose shared secret is all zeros, and at a coefficient beyond the modulus.
  const sender = await suite.createSenderContext({ recipientPublicKey, info, psk });
  return concat(Buffer.from(sender.enc), Buffer.from(await sender.seal(payload)));
}, "not a recipient's key");

const hpkeOpen = (aead, kem, secret, info, sealed, psk) => attempt(async () => {
  const suite = aead.hpke.get(kem), [enc, ct] = [sealed.subarray(0, ENC.get(kem)), sealed.subarray(ENC.get(kem))];
  const recipientKey = await suite.kem.deserializePrivateKey(secret);
  return Buffer.from(await suite.open({ recipientKey, enc, info, psk }, ct));
});

/** The public key of a secret key. */
export const hpkePublic = async (kem, secret) => {
  require(ENC.has(kem) && secret.length === 32, "not an identity");
  if (kem === X25519) return rawPublic(privateKey(OID_X25519, secret));
  const { publicKey } = await new XWing().generateKeyPairDerand(new Uint8Array(secret));
  return Buffer.from(publicKey.key);
};

// The suite, the info, and Tink's framing. An array as info is a context; given bytes cannot imitate one.
const hpkeStart = (aead, info, { tinkId, psk }) => {
  require(AEADS.has(aead), "unknown AEAD");
  require(!psk || (psk.key.length >= 32 && psk.id.length > 0), "a PSK has at least 32 bytes and an id");
  const framing = tinkId === undefined ? text("") : concat(u(8, 1), u(32, tinkId));
  if (Array.isArray(info)) return [AEADS.get(aead), concat(label("hpke"), contextDigest(info)), framing];
  require(!text("chancery/").equals(info.subarray(0, 9)), "reserved info");
  return [AEADS.get(aead), info, framing];
};

export async function sealHpke(aead, recipient, info, payload, options = {}) {
  const [suite, bytes, framing] = hpkeStart(aead, info, options);
  return concat(framing, await hpkeSeal(suite, recipient, bytes, payload, options.psk));
}

export async function openHpke(aead, secret, info, sealed, options = {}) {
  const [suite, bytes, framing] = hpkeStart(aead, info, options);
  require(framing.equals(sealed.subarray(0, framing.length)), "another Tink key");
  return hpkeOpen(suite, options.kem ?? X25519, secret, bytes, sealed.subarray(framing.length), options.psk);
}

// Raw keys as node:crypto takes them: with the fixed DER prefixes of RFC 8410.
export const OID_X25519 = "6e", OID_ED25519 = "70";
const der = (type, prefix, raw) => ({ key: concat(Buffer.from(prefix, "hex"), raw), format: "der", type });
export const privateKey = (oid, raw) => crypto.createPrivateKey(der("pkcs8", `302e020100300506032b65${oid}04220420`, raw));
export const publicKey = (oid, raw) => crypto.createPublicKey(der("spki", `302a300506032b65${oid}032100`, raw));
export const rawPublic = (key) => Buffer.from(crypto.createPublicKey(key).export({ format: "jwk" }).x, "base64url");

// --- Section 9.5. Ed25519, strict. OpenSSL compares R as bytes and refuses S beyond the group order; the rest is here.

const P = 2n ** 255n - 19n;
const mod = (n) => ((n % P) + P) % P;
const power = (base, exponent) => {
  let result = 1n;
  for (let bits = exponent, square = mod(base); bits > 0n; bits >>= 1n, square = mod(square * square)) {
    if (bits & 1n) result = mod(result * square);
  }
  return result;
};
const inverse = (n) => power(n, P - 2n);
const D = mod(-121665n * inverse(121666n)); // of the curve: y^2 - x^2 = 1 + D x^2 y^2
export const littleEndian = (bytes) => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);

/** On the curve, in its canonical encoding, and not one of the eight points of small order. */
export const isSound = (point) => {
  if (point.length !== 32) return false;
  const y = BigInt.asUintN(255, littleEndian(point)); // the highest bit is the sign of x
  const x2 = mod((y * y - 1n) * inverse(mod(D * y * y + 1n)));
  const small = x2 === 0n || y === 0n || mod(x2 + y * y) === 0n; // of order 1 or 2, 4, 8
  return y < P && power(x2, (P - 1n) / 2n) === 1n && !small;
};

export const verifyEd25519 = (key, message, signature) => {
  require(isSound(key) && isSound(signature.subarray(0, 32)));
  require(crypto.verify(null, message, publicKey(OID_ED25519, key), signature));
};

// --- Sections 4, 9 and 10. Envelope v1: header || body

export const recipientId = (aead, key) => {
  return h(label("key-id recipient"), u(16, kemOf(key)), u(16, 1), u(16, aead.code), key).subarray(0, 8);
};
const recipientName = (aead, key) => concat(u(16, kemOf(key)), recipientId(aead, key));
export const verifyingId = (key) => h(label("key-id ed25519"), key).subarray(0, 8);

// start: 7 header bytes; name: kem || id8
const wrapInfo = (start, names, ctx) => concat(label("envelope wrap"), h(start, ...names, ctx));
const bodyCipher = (aead, pk, hh, ctx, salt) => new Chunked(aead, pk, h(label("envelope body"), hh, ctx), salt);

// Section 9.5. It binds the header, and so the recipients, and the content itself, whose key every recipient knows.
const signedBytes = (hh, body, ctx, sender, created, payload) => {
  const start = concat(u(8, 0xff), label("envelope signature"), hh, body.salt, body.commitment, ctx, sender);
  return concat(start, u(64, created), u(64, payload.length), h(payload));
};

// Section 9.4: max(256, padme(n)), in BigInt: n may be anything that was claimed
const paddedLength = (n) => {
  const e = n.toString(2).length - 1;
  const unit = 1n << BigInt(e - e.toString(2).length);
  const length = ((n + unit - 1n) / unit) * unit;
  return length > 256n ? length : 256n;
};

// Section 9.1. Returns the header, its flags and its entries: { name: kem || id, sealed: enc || wrap }
const parseHeader = (sealed) => {
  require(sealed.length >= 7 && text("CHN\x01").equals(sealed.subarray(0, 4)), "not an envelope v1");
  const [suite, flags, count] = sealed.subarray(4, 7);
  require(SUITES.has(suite) && flags <= 7 && count >= 1 && count <= 32, "malformed header");
  require(!(flags & REQUEST) || count === 1, "malformed header");
  const entries = [];
  let at = 7;
  for (let i = 0; i < count; i++) {
    require(sealed.length >= at + 10, "malformed header");
    const name = sealed.subarray(at, at + 10);
    const end = at + 10 + ENC.get(name.readUInt16BE()) + WRAP; // NaN for an unknown KEM
    require(sealed.length >= end && !entries.some((other) => other.name.equals(name)), "malformed header");
    entries.push({ name, sealed: sealed.subarray(at + 10, end) });
    at = end;
  }
  return { header: sealed.subarray(0, at), flags, entries };
};

export const sealEnvelope = async (...args) => (await sealWithKey(...args)).sealed;

/** The envelope and PK. `mixed` permits recipients of both KEMs: it is then as strong as X25519 against quantum computers. */
export async function sealWithKey(suite, recipients, context, payload, created, options = {}) {
  const { signer, padded = false, mixed = false, request = false } = options;
  require(SUITES.has(suite), "unknown suite");
  require(mixed || new Set(recipients.map(kemOf)).size === 1, "recipients of one KEM, unless mixed");
  const aead = SUITES.get(suite), ctx = contextDigest(context);
  const names = recipients.map((key) => recipientName(aead, key));
  const distinct = new Set(names.map((name) => name.toString("hex")));
  require(names.length >= 1 && names.length <= 32 && distinct.size === names.length, "recipients: 1 to 32, each once");
  require(!request || names.length === 1, "a request has one recipient");
  const flags = (signer ? SIGNED : 0) | (padded ? PADDED : 0) | (request ? REQUEST : 0);
  const start = concat(text("CHN\x01"), Buffer.from([suite, flags, names.length]));
  const pk = crypto.randomBytes(32), info = wrapInfo(start, names, ctx);
  const sealed = await Promise.all(recipients.map((key) => hpkeSeal(aead, key, info, pk)));
  const header = concat(start, ...names.flatMap((name, i) => [name, sealed[i]]));

  const hh = h(header), body = bodyCipher(aead, pk, hh, ctx, crypto.randomBytes(SALT));
  let content = concat(u(64, created), payload), signature = text("");
  if (signer) {
    require(signer.length === 32, "not a signing key");
    const key = privateKey(OID_ED25519, signer), sender = rawPublic(key);
    const message = signedBytes(hh, body, ctx, sender, created, payload);
    signature = concat(verifyingId(sender), crypto.sign(null, message, key));
  }
  if (padded) {
    content = concat(u(64, created), u(64, payload.length), payload);
    const total = Number(paddedLength(BigInt(content.length + signature.length)));
    content = concat(content, Buffer.alloc(total - content.length - signature.length));
  }
  return { sealed: concat(header, body.seal(concat(content, signature))), pk };
}

export const openEnvelope = async (...args) => (await openWithKey(...args)).opened;

/** What was sealed and PK. With `senders` it must be signed by one of these Ed25519 keys; without, it must not be signed. */
export async function openWithKey(suite, secret, context, bytes, { senders, kem = X25519, request = false } = {}) {
  const sealed = Buffer.from(bytes), ctx = contextDigest(context);
  const { header, flags, entries } = parseHeader(sealed);
  require(suite === header[4], "another suite");
  require(Boolean(flags & SIGNED) === (senders !== undefined), "signed where anyone may send, or the reverse");
  require(Boolean(flags & REQUEST) === request, "a request, which wants an answer, or the reverse");
  const aead = SUITES.get(suite), name = recipientName(aead, await hpkePublic(kem, secret));
  const entry = entries.find((other) => other.name.equals(name));
  require(entry, "for other recipients");
  const info = wrapInfo(header.subarray(0, 7), entries.map((e) => e.name), ctx);
  const pk = await hpkeOpen(aead, kem, secret, info, entry.sealed);

  const hh = h(header), rest = sealed.subarray(header.length);
  const body = bodyCipher(aead, pk, hh, ctx, rest.subarray(0, SALT));
  const content = await body.open(rest);
  const first = flags & PADDED ? 16 : 8, last = content.length - (flags & SIGNED ? 72 : 0);
  require(last >= first);
  const created = content.readBigUInt64BE();
  let end = last;
  if (flags & PADDED) {
    const length = content.readBigUInt64BE(8);
    require(BigInt(content.length) === paddedLength(BigInt(first + content.length - last) + length));
    end = first + Number(length); // not past `last`: the padded length is at least what it pads
    require(content.subarray(end, last).every((byte) => byte === 0));
  }
  const payload = content.subarray(first, end), id = content.subarray(last, last + 8);
  const sender = senders?.find((key) => verifyingId(key).equals(id));
  if (senders) {
    require(sender);
    verifyEd25519(sender, signedBytes(hh, body, ctx, sender, created, payload), content.subarray(last + 8));
  }
  const messageId = h(label("message-id"), hh, body.salt, sender ?? text(""));
  return { opened: { payload, created, messageId, sender: sender ? id : null }, pk };
}

// --- Section 11. Response: 0xC2 || C2SP(aead of the suite, RK, H(L("response") || 0xC2 || CTX), answer)

const responseCipher = (suite, pk, request, context, salt) => {
  const rk = expand(pk, concat(label("response key"), h(request)), 32);
  return new Chunked(SUITES.get(suite), rk, h(label("response"), u(8, 0xc2), contextDigest(context)), salt);
};

export const sealResponse = (suite, pk, request, context, answer) => {
  return concat(u(8, 0xc2), responseCipher(suite, pk, request, context, crypto.randomBytes(SALT)).seal(answer));
};

export const openResponse = async (suite, pk, request, context, response) => {
  require(response.length >= 73 && response[0] === 0xc2, "not a response");
  const rest = response.subarray(1);
  return responseCipher(suite, pk, request, context, rest.subarray(0, SALT)).open(rest);
};

/** Section 10, step 7, in seconds: made at most `skew` in the future and, if it is said, at most `maxAge` ago. */
export const checkTime = (opened, now, { skew = 60, maxAge } = {}) => {
  require(opened.created <= BigInt(now) + BigInt(skew), "from the future");
  require(maxAge === undefined || opened.created + BigInt(maxAge) >= BigInt(now), "expired");
  return opened;
};
