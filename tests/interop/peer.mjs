// SPDX-License-Identifier: MIT OR Apache-2.0
/** The JavaScript peer: chancery.mjs behind the line protocol of README.md. */
import { createInterface } from "node:readline";
import * as chancery from "./chancery.mjs";

const data = (hex) => Buffer.from(hex, "hex");
const listed = (items) => items.map(data);
const optional = (value, read) => (value === undefined ? undefined : read(value));

const info = (r) => (r.context ? listed(r.context) : data(r.info));
const hpkeOptions = (r) => ({ tinkId: r.tink_id, psk: optional(r.psk, (psk) => ({ key: data(psk), id: data(r.psk_id) })) });
const hpkeSeal = async (r) => ({
  sealed: await chancery.sealHpke(r.aead, data(r.public), info(r), data(r.payload), hpkeOptions(r)),
});
const hpkeOpen = async (r) => ({
  payload: await chancery.openHpke(r.aead, data(r.secret), info(r), data(r.sealed), hpkeOptions(r)),
});

const operations = new Map(Object.entries({
  "sealed.seal": async (r) => ({
    sealed: await chancery.sealSealed(r.aead, data(r.key), listed(r.context), data(r.payload)),
  }),
  "sealed.open": async (r) => ({
    payload: await chancery.openSealed(r.aead, data(r.key), listed(r.context), data(r.sealed)),
  }),
  "hpke.seal": hpkeSeal,
  "hpke.open": hpkeOpen,
  "hpke.context.seal": hpkeSeal,
  "hpke.context.open": hpkeOpen,
  "envelope.seal": async (r) => {
    const [recipients, context, payload] = [listed(r.recipients), listed(r.context), data(r.payload)];
    const options = { signer: optional(r.signer, data), padded: r.padded };
    return { sealed: await chancery.sealEnvelope(r.suite, recipients, context, payload, r.created, options) };
  },
  "envelope.open": async (r) => {
    const options = { senders: optional(r.senders, listed) };
    const opened = await chancery.openEnvelope(r.suite, data(r.secret), listed(r.context), data(r.sealed), options);
    return { payload: opened.payload, created: opened.created, message_id: opened.messageId, sender: opened.sender };
  },
}));

const shown = (value) => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return typeof value === "bigint" ? Number(value) : value; // the matrix stays below 2^53
};

async function answer(request) {
  const operation = operations.get(request.op);
  if (!operation) return { error: `unsupported: ${request.op}` };
  try {
    const fields = Object.entries(await operation(request));
    return { ok: Object.fromEntries(fields.map(([name, value]) => [name, shown(value)])) };
  } catch (error) {
    // Anything but a refusal is a bug, which must not pass for one.
    return { error: error instanceof chancery.Refused ? error.message : `internal: ${error}` };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
