# SPDX-License-Identifier: MIT OR Apache-2.0
"""tests/vectors/envelope-v1.json and envelope-v1-pq.json as requests: (name, request, want), want being None where a row is to be refused."""
import base64
import json
from pathlib import Path

from cases import SUITE_AEADS
from cases_keys import KINDS, key_id, text_of

FILES = [Path(__file__).parent.parent / "vectors" / name for name in ("envelope-v1.json", "envelope-v1-pq.json")]
SUITES = {aead: suite for suite, aead in SUITE_AEADS.items()}


def some(row, *names):
    """These fields, those that are null left out."""
    return {name: row[name] for name in names if row[name] is not None}


def key_requests(row):
    yield {"op": "key.parse", **some(row, "kind", "text")}, row.get("id") and some(row, "text", "id")
    if "bytes" in row:
        prefix, codes = KINDS[row["kind"]]
        body = row["text"].removeprefix(prefix)
        data = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).hex()
        if "kem" in row:
            algorithm = f"X-Wing {row['aead']}"
        else:
            algorithm = next(name for name, code in codes.items() if data.startswith(code.hex() + row["bytes"]))
        yield {"op": "key.text", "kind": row["kind"], "algorithm": algorithm, "key": row["bytes"]}, some(row, "text", "id")


def sealed_requests(row):
    yield {"op": "sealed.open", **some(row, "aead", "key", "context", "sealed")}, payload(row)


def hpke_requests(row):
    request = {"op": "hpke.open", **some(row, "aead", "secret", "info", "psk", "psk_id", "tink_id", "sealed")}
    yield request | kem(row), payload(row)


def hpke_context_requests(row):
    yield {"op": "hpke.context.open", **some(row, "aead", "secret", "context", "sealed")}, payload(row)


def kem(row):
    return {"kem": row["kem"]} if "kem" in row else {}


def payload(row):
    return some(row, "payload") if "payload" in row else None


def envelope_requests(row):
    for recipient in row.get("recipients", [row]):
        request = {"op": "envelope.open", "suite": SUITES[row["aead"]], "secret": recipient["secret"]}
        request |= kem(recipient) | some(row, "context", "sealed") | ({"senders": [row["sender"]]} if row["sender"] else {})
        want = None
        if "payload" in row:
            sender = row["sender"] and key_id("verifying", "Ed25519", bytes.fromhex(row["sender"]))
            want = some(row, "payload", "created", "message_id") | {"sender": sender}
        yield request, want


def mac_requests(row):
    common = some(row, "hash", "key", "context", "message")
    if "reason" in row:
        yield {"op": "mac.verify", **common, **some(row, "tag")}, None
        return
    yield {"op": "mac.tag", **common}, some(row, "tag")
    yield {"op": "mac.verify", **common, **some(row, "tag")}, {"id": key_id("mac", row["hash"], bytes.fromhex(row["key"]))}


def signature_requests(row):
    want = {"id": key_id("verifying", "Ed25519", bytes.fromhex(row["public"]))} if "seed" in row else None
    yield {"op": "signature.verify", **some(row, "public", "context", "message", "signature")}, want
    if "seed" in row:
        yield {"op": "signature.sign", **some(row, "seed", "context", "message")}, some(row, "signature")


def context_requests(row):
    yield {"op": "context.digest", "context": row["fields"]}, some(row, "ctx")


def agreement_requests(row):
    keys = [text_of("chn_sk_seal_", b"\0\2" + bytes.fromhex(row[name])) for name in ("to_responder", "to_initiator")]
    for own, other, (sealing, opening) in (("initiator", "responder", keys), ("responder", "initiator", keys[::-1])):
        request = {"op": "agreement.derive", "secret": row[f"{own}_secret"], "public": row[f"{other}_public"]}
        want = {"public": row[f"{own}_public"], "sealing": sealing, "opening": opening}
        yield request | {"role": own, **some(row, "context")}, want


def kem_requests(row):
    yield {"op": "x-wing.decapsulate", **some(row, "secret", "enc")}, some(row, "shared_secret")


ROWS = {"keys": key_requests, "sealed": sealed_requests, "hpke": hpke_requests, "hpke_contexts": hpke_context_requests,
        "envelopes": envelope_requests, "macs": mac_requests, "signatures": signature_requests}  # fmt: skip
# What the crate keeps to itself: tests/vectors.rs checks these, and the matrix what it agrees on.
READERS_ROWS = {"contexts": context_requests, "agreements": agreement_requests, "kem": kem_requests}


def requests(crate):
    """For the crate, or for a reader in another language."""
    for path in FILES:
        yield from requests_of_file(json.loads(path.read_text()), path.stem, ROWS if crate else ROWS | READERS_ROWS)


def requests_of_file(file, name, made):
    unknown = set(file) - set(ROWS) - set(READERS_ROWS) - {"format", "refused"} | set(file["refused"]) - set(ROWS)
    if unknown:
        raise ValueError(f"no requests are made of {unknown}")
    for kind, requests_of in made.items():
        for number, row in enumerate(file.get(kind, ())):
            yield from ((f"{name} {kind} {number}", request, want) for request, want in requests_of(row))
        for row in file["refused"].get(kind, []):
            yield from ((f"{name} {kind}, {row['reason']}", request, None) for request, _ in requests_of(row))
