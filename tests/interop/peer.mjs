// SPDX-License-Identifier: MIT OR Apache-2.0
/** The JavaScript peer: chancery.mjs and chancery_keys.mjs behind the line protocol of README.md. */
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { XWing } from "@hpke/hybridkem-x-wing";
import * as chancery from "./chancery.mjs";
import * as keys from "./chancery_keys.mjs";

const data = (hex) => {
  const bytes = Buffer.from(hex, "hex"); // up to the first character that is no digit
  if (bytes.length * 2 !== hex.length) throw new TypeError("not hexadecimal");
  return bytes;
};
const field = (r, name) => {
  if (r[name] === undefined) throw new TypeError(`no ${name}`);
  return r[name];
};
const listed = (items) => items.map(data);
const optional = (value, read) => (value === undefined ? undefined : read(value));

const info = (r) => (r.context ? listed(r.context) : data(r.info));
const kem = (r) => {
  const code = { "X25519": chancery.X25519, "MLKEM768-X25519": chancery.X_WING }[r.kem ?? "X25519"];
  if (code === undefined) throw new TypeError("no such KEM");
  return code;
};
const hpkeOptions = (r) => {
  const psk = optional(r.psk, (psk) => ({ key: data(psk), id: data(r.psk_id) }));
  return { tinkId: r.tink_id, psk, kem: kem(r) };
};
const hpkeSeal = async (r) => ({
  sealed: await chancery.sealHpke(field(r, "aead"), data(r.public), info(r), data(r.payload), hpkeOptions(r)),
});
const hpkeOpen = async (r) => ({
  payload: await chancery.openHpke(field(r, "aead"), data(r.secret), info(r), data(r.sealed), hpkeOptions(r)),
});

const keyWritten = async (kind, algorithm, key) => ({
  text: keys.keyText(kind, algorithm, key),
  id: await keys.keyId(kind, algorithm, key),
});
const keyParse = (r) => {
  const { algorithm, key } = keys.parseKey(field(r, "kind"), field(r, "text"));
  return keyWritten(r.kind, algorithm, key);
};
const mac = (r) => [field(r, "hash"), data(r.key), listed(r.context), data(r.message)];
const agreement = (r, secret) => {
  if (!["initiator", "responder"].includes(r.role)) throw new TypeError("no such role");
  const agreed = keys.agreedKeys(secret, data(r.public), r.role === "initiator", listed(r.context));
  const written = (key) => keys.keyText("seal", "AES-256-GCM", key);
  const own = chancery.rawPublic(chancery.privateKey(chancery.OID_X25519, secret));
  return { public: own, sealing: written(agreed.sealing), opening: written(agreed.opening) };
};

const operations = new Map(Object.entries({
  "context.digest": (r) => ({ ctx: chancery.contextDigest(listed(r.context)) }),
  "sealed.seal": async (r) => ({
    sealed: await chancery.sealSealed(field(r, "aead"), data(r.key), listed(r.context), data(r.payload)),
  }),
  "sealed.open": async (r) => ({
    payload: await chancery.openSealed(field(r, "aead"), data(r.key), listed(r.context), data(r.sealed)),
  }),
  "hpke.seal": hpkeSeal,
  "hpke.open": hpkeOpen,
  "hpke.context.seal": hpkeSeal,
  "hpke.context.open": hpkeOpen,
  "envelope.seal": async (r) => {
    const [recipients, context, payload] = [listed(r.recipients), listed(r.context), data(r.payload)];
    const [suite, created, padded] = ["suite", "created", "padded"].map((name) => field(r, name));
    const options = { signer: optional(r.signer, data), padded, mixed: r.mixed };
    return { sealed: await chancery.sealEnvelope(suite, recipients, context, payload, created, options) };
  },
  "envelope.open": async (r) => {
    const options = { senders: optional(r.senders, listed), kem: kem(r) };
    const opened = await chancery.openEnvelope(field(r, "suite"), data(r.secret), listed(r.context), data(r.sealed), options);
    if (r.now !== undefined) chancery.checkTime(opened, r.now, { skew: field(r, "skew"), maxAge: r.max_age });
    return { payload: opened.payload, created: opened.created, message_id: opened.messageId, sender: opened.sender };
  },
  "request.seal": async (r) => {
    const args = [field(r, "suite"), listed(r.recipients), listed(r.context), data(r.payload), field(r, "created")];
    const { sealed, pk } = await chancery.sealWithKey(...args, { signer: optional(r.signer, data), request: true });
    return { sealed, reply: pk };
  },
  "request.answer": async (r) => {
    const [suite, context, sealed] = [field(r, "suite"), listed(r.context), data(r.sealed)];
    const options = { senders: optional(r.senders, listed), request: true };
    const { opened, pk } = await chancery.openWithKey(suite, data(r.secret), context, sealed, options);
    return { payload: opened.payload, response: chancery.sealResponse(suite, pk, sealed, context, data(r.answer)) };
  },
  "response.open": async (r) => {
    const args = [field(r, "suite"), data(r.reply), data(r.sealed), listed(r.context), data(r.response)];
    return { answer: await chancery.openResponse(...args) };
  },
  "x-wing.decapsulate": async (r) => {
    const xWing = new XWing(), recipientKey = await xWing.deserializePrivateKey(data(r.secret));
    return { shared_secret: new Uint8Array(await xWing.decap({ recipientKey, enc: data(r.enc) })) };
  },
  "key.text": (r) => keyWritten(field(r, "kind"), field(r, "algorithm"), data(r.key)),
  "key.parse": keyParse,
  "mac.tag": (r) => ({ tag: keys.macTag(...mac(r)) }),
  "mac.verify": async (r) => {
    keys.macVerify(...mac(r), data(r.tag));
    return { id: await keys.keyId("mac", r.hash, data(r.key)) };
  },
  "signature.sign": (r) => ({ signature: keys.sign(data(r.seed), listed(r.context), data(r.message)) }),
  "signature.verify": async (r) => {
    keys.verify(data(r.public), listed(r.context), data(r.message), data(r.signature));
    return { id: await keys.keyId("verifying", "Ed25519", data(r.public)) };
  },
  "agreement.start": (r) => agreement(r, randomBytes(32)),
  "agreement.derive": (r) => agreement(r, data(r.secret)),
}));

const shown = (value) => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return typeof value === "bigint" ? Number(value) : value; // the matrix stays below 2^53
};

async function answer(line) {
  try {
    const request = JSON.parse(line);
    if (typeof request.op !== "string") throw new TypeError("no op");
    const operation = operations.get(request.op);
    if (!operation) return { error: `unsupported: ${request.op}` };
    const fields = Object.entries(await operation(request));
    return { ok: Object.fromEntries(fields.map(([name, value]) => [name, shown(value)])) };
  } catch (error) {
    // Anything but a refusal is a bug, here or in the request, which must not pass for one.
    return { error: error instanceof chancery.Refused ? error.message : `internal: ${error}` };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}
