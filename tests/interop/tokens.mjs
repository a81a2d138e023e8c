// SPDX-License-Identifier: MIT OR Apache-2.0
/** Tokens as `jose` issues and verifies them, and DPoP proofs made and verified with it; a module of sdks.mjs. */
import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  calculateJwkThumbprint, createLocalJWKSet, EmbeddedJWK, exportJWK, importJWK, jwtVerify, SignJWT,
} from "jose";

const SDK = "jose";
const LEEWAY = 60, PROOF_AGE = 60; // seconds, as the crate's
const PROOF_ALGORITHMS = ["EdDSA", "ES256"];

/** The secret key of a JWK, and what of it is public. */
const keyOf = async (text) => {
  const jwk = JSON.parse(text);
  return { jwk, key: await importJWK(jwk, jwk.alg) };
};
const PRIVATE = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
const publicOf = async ({ kid, alg, ...jwk }) => {
  const bare = Object.fromEntries(Object.entries(jwk).filter(([name]) => !PRIVATE.includes(name)));
  return exportJWK(await importJWK(bare, alg, { extractable: true }));
};

const signed = (claims, header, r) =>
  new SignJWT(claims).setProtectedHeader(header).setIssuer(r.issuer).setAudience(r.audience)
    .setIssuedAt(Number(r.now)).setExpirationTime(Number(r.now) + r.lifetime).setJti(randomUUID());

const sign = async (r) => {
  const { jwk, key } = await keyOf(r.key);
  const claims = { ...r.claims };
  if (r.client_id !== undefined) claims.client_id = r.client_id;
  if (r.proof) claims.cnf = { jkt: await proven(r.proof, r.now) };
  const made = signed(claims, { alg: jwk.alg, kid: jwk.kid, typ: r.typ }, r);
  if (r.subject !== undefined) made.setSubject(r.subject);
  return made.sign(key);
};

const verified = async (r) => {
  const keys = r.shared === undefined ? createLocalJWKSet(JSON.parse(r.set)) : JSON.parse(r.shared);
  const { payload } = await jwtVerify(r.token, keys, {
    algorithms: r.algorithms,
    issuer: r.issuer,
    audience: r.audience,
    typ: r.typ,
    requiredClaims: ["exp", ...r.required],
    clockTolerance: LEEWAY,
    currentDate: new Date(r.now * 1000),
  });
  return payload;
};

const hashOf = (token) => createHash("sha256").update(token).digest("base64url");

/** RFC 9449, section 4.2: the package has the parts. */
const prove = async (r) => {
  const { jwk, key } = await keyOf(r.key);
  const claims = { htm: r.method, htu: r.url };
  if (r.token !== undefined) claims.ath = hashOf(r.token);
  const header = { alg: jwk.alg, typ: "dpop+jwt", jwk: await publicOf(jwk) };
  return new SignJWT(claims).setProtectedHeader(header).setIssuedAt(Number(r.now)).setJti(randomUUID()).sign(key);
};

/** Section 4.3: the thumbprint of the key. */
const proven = async (r, now) => {
  const { payload, protectedHeader } = await jwtVerify(r.proof, EmbeddedJWK, {
    algorithms: PROOF_ALGORITHMS,
    typ: "dpop+jwt",
    requiredClaims: ["jti", "htm", "htu", "iat"],
    maxTokenAge: PROOF_AGE,
    clockTolerance: LEEWAY,
    currentDate: new Date(now * 1000),
  });
  const url = (text) => text.split(/[?#]/)[0];
  if (payload.htm !== r.method || payload.htu !== url(r.url)) throw new Error("for another request");
  if (r.token !== undefined && payload.ath !== hashOf(r.token)) throw new Error("for another token");
  return calculateJwkThumbprint(protectedHeader.jwk);
};

const bound = async (r) => {
  const payload = await verified(r);
  if (payload.cnf?.jkt !== (await proven(r, r.now))) throw new Error("bound to another key");
  return payload;
};

/** Refused is what the package does not accept: the same call accepts what is good. */
const attempt = async (call) => {
  try {
    return await call();
  } catch (error) {
    return { refused: error.code ?? error.message };
  }
};

export const operations = {
  "jwt.list": () => {
    const { version } = JSON.parse(readFileSync(new URL(`./node_modules/${SDK}/package.json`, import.meta.url)));
    return { sdks: [{ sdk: SDK, version }] };
  },
  "jwt.sign": async (r) => ({ token: await sign(r) }),
  "jwt.verify": (r) => attempt(async () => ({ claims: JSON.stringify(await verified(r)) })),
  "jwk.publish": async (r) => {
    const published = async (text) => {
      const jwk = JSON.parse(text);
      return { ...(await publicOf(jwk)), kid: jwk.kid, use: "sig", alg: jwk.alg };
    };
    return { set: JSON.stringify({ keys: await Promise.all(r.keys.map(published)) }) };
  },
  "jwk.thumbprints": async (r) => {
    const { keys } = JSON.parse(r.set);
    return { thumbprints: await Promise.all(keys.map(async (jwk) => [jwk.kid, await calculateJwkThumbprint(jwk)])) };
  },
  "dpop.prove": async (r) => ({ proof: await prove(r) }),
  "dpop.verify": (r) => attempt(async () => ({ claims: JSON.stringify(await bound(r)) })),
};
