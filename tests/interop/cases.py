# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the matrix seals, what opening it must give, and what must be refused: no chance, no clock."""
import hashlib
from dataclasses import dataclass, field
from typing import Any, Callable

import keys
import tamper

SIZES = [0, 1, 1000, 16383, 16384, 16385, 40000]
FIELDS = [b"orders", b"v1"]
CONTEXTS = {
    "one field": [b"orders"],
    "empty fields in the middle": [b"orders", b"", b"", b"eu-west", b""],
    "an empty field first": [b"", b"orders"],
    "bytes that are not text": [bytes(range(256)), "naïve ☂".encode()],
    "a field of 65535 bytes": [b"orders", bytes(65535)],
    "sixteen fields": [bytes([i]) for i in range(16)],
}
WRONG_CONTEXTS = {
    "another context": [b"orders", b"v2"],
    "fields divided elsewhere": [b"order", b"sv1"],
    "fields in one": [b"ordersv1"],
    "an empty field more": [*FIELDS, b""],
    "a field less": FIELDS[:1],
}
NOT_CONTEXTS = {
    "no field": [],
    "one empty field": [b""],
    "only empty fields": [b"", b""],
    "seventeen fields": [b"x"] * 17,
    "a field of 65536 bytes": [bytes(65536)],
}
CREATED = 1_760_000_000
SIGNED, PADDED = 1, 2


def bytes_of(name, length=32):
    return hashlib.shake_256(name.encode()).digest(length)


IDENTITIES = [bytes_of(f"identity {i}") for i in range(34)]
RECIPIENTS = [keys.x25519_public(secret) for secret in IDENTITIES]
SIGNERS = [bytes_of(f"signer {i}") for i in range(2)]
SENDERS = [keys.ed25519_public(seed) for seed in SIGNERS]
SUITE_AEADS = {1: "AES-256-GCM", 2: "ChaCha20-Poly1305"}


@dataclass
class Case:
    """One sealed thing: how it is sealed, how it is opened, what comes out, and what may not be opened."""

    name: str
    seal: dict[str, Any]
    open: dict[str, Any]
    want: Callable[[bytes], dict] | None  # None: it must be refused as it is
    length: int | None = None
    also: dict[str, dict] = field(default_factory=dict)  # other ways to open it
    refused: Callable[[bytes], Any] = lambda sealed: ()  # yields (what was done, changes of the request to open)
    output: str = "sealed"  # what sealing gives and opening takes


def sealed_as(tampered):
    for name, sealed in tampered:
        yield name, {"sealed": sealed}


def other_contexts(own, contexts=WRONG_CONTEXTS):
    for name, context in contexts.items():
        if context != own:
            yield name, {"context": context}


def chunked_length(n):
    return tamper.PREFIX + n + 16 * (n // 16384 + 1)


# --- Sealed messages


def sealed_case(name, aead, size, context, refused=None):
    payload, key = bytes_of(f"payload {size}", size), bytes_of(f"key {aead}")
    common = {"aead": aead, "key": key, "context": context}
    other = "ChaCha20-Poly1305" if aead == "AES-256-GCM" else "AES-256-GCM"

    def refusals(sealed):
        yield from sealed_as(tamper.each_byte(sealed, 9, "prefix"))
        yield from sealed_as(tamper.chunked(sealed, 9))
        yield from other_contexts(context, WRONG_CONTEXTS | NOT_CONTEXTS)
        yield "another key", {"key": bytes_of("another key")}
        yield "another AEAD", {"aead": other}

    seal = {"op": "sealed.seal", **common, "payload": payload}
    opened = {"op": "sealed.open", **common}
    length = 9 + chunked_length(size)
    return Case(f"sealed {aead} {name}", seal, opened, lambda _: {"payload": payload}, length, refused=refused or refusals)


def sealed_cases():
    for aead in SUITE_AEADS.values():
        for size in SIZES:
            yield sealed_case(f"{size} bytes", aead, size, FIELDS)
        for name, context in CONTEXTS.items():
            yield sealed_case(f"context of {name}", aead, 100, context, lambda _, own=context: other_contexts(own))


# --- HPKE


def hpke_case(aead, size, info, psk, tink, name=""):
    payload = bytes_of(f"payload {size}", size)
    common = {"aead": aead, **info}
    if psk:
        common |= {"psk": bytes_of("psk"), "psk_id": b"partner"}
    if tink:
        common["tink_id"] = 0x01020304
    start = 5 if tink else 0
    other = "ChaCha20-Poly1305" if aead == "AES-256-GCM" else "AES-256-GCM"

    def refused(sealed):
        yield from sealed_as(tamper.each_byte(sealed, start + 32, "framing or enc"))
        yield from sealed_as(tamper.flips(sealed, {"the ciphertext": start + 32, "the tag": -16, "the last byte": -1}))
        lengths = [0, 1, 4, 5, start + 31, start + 32, start + 47, len(sealed) - 16, len(sealed) - 1]
        yield from sealed_as(tamper.cuts(sealed, lengths))
        yield from sealed_as(tamper.longer(sealed))
        yield "another identity", {"secret": IDENTITIES[1]}
        yield "another AEAD", {"aead": other}
        if "info" in info:
            yield "another info", {"info": b"another info"}
            yield "a longer info", {"info": info["info"] + b"\0"}
        else:
            yield from other_contexts(FIELDS)
        if psk:
            yield "another PSK", {"psk": bytes_of("another psk")}
            yield "another PSK id", {"psk_id": b"another"}
            yield "no PSK", {"psk": None, "psk_id": None}
        elif "info" in info:
            yield "a PSK where none was used", {"psk": bytes_of("psk"), "psk_id": b"partner"}
        if tink:
            yield "another Tink key", {"tink_id": 0x01020305}
            yield "no framing expected", {"tink_id": None}
        else:
            yield "framing expected", {"tink_id": 0x01020304}

    op = "hpke" if "info" in info else "hpke.context"
    return Case(f"hpke {aead} {size} bytes {'psk' if psk else 'base'} {'tink' if tink else 'raw'} {name}".rstrip(),
                {"op": f"{op}.seal", **common, "public": RECIPIENTS[0], "payload": payload},
                {"op": f"{op}.open", **common, "secret": IDENTITIES[0]},
                lambda _: {"payload": payload}, start + 32 + size + 16, refused=refused)  # fmt: skip


def hpke_cases():
    for aead in (*SUITE_AEADS.values(), "AES-128-GCM"):
        for psk in (False, True):
            for tink in (False, True):
                for info in (b"", bytes_of("info", 64)):
                    yield hpke_case(aead, 1000, {"info": info}, psk, tink, f"info of {len(info)}")
            for size in (0, 1, 16384, 40000):
                yield hpke_case(aead, size, {"info": b"orders"}, psk, False)
        yield hpke_case(aead, 100, {"context": FIELDS}, False, False, "info from a context")


# --- Envelopes


def message_id(sealed, sender):
    """H(L("message-id") || HH || salt || [sender public key])."""
    at = 7
    for _ in range(sealed[6]):
        at += 10 + {b"\0\x20": 32, b"\x64\x7a": 1120}[sealed[at : at + 2]] + 48
    hh, salt = hashlib.sha256(sealed[:at]).digest(), sealed[at : at + 24]
    return hashlib.sha256(b"chancery/v1 message-id\0" + hh + salt + (sender or b"")).digest()


def opened_envelope(sealed, payload, sender, created=CREATED):
    """The whole answer to envelope.open, worked out here a third time."""
    sender_id = sender and hashlib.sha256(b"chancery/v1 key-id ed25519\0" + sender).digest()[:8]
    return {"payload": payload, "created": created, "message_id": message_id(sealed, sender), "sender": sender_id}


def padme(n):
    e = n.bit_length() - 1
    unit = 1 << (e - e.bit_length())
    return max(256, -(-n // unit) * unit)


def envelope_case(name, suite, count, size, signed=False, padded=False, context=FIELDS, created=CREATED, tampered=False):
    payload, sender = bytes_of(f"payload {size}", size), SENDERS[0] if signed else None
    common = {"suite": suite, "context": context}
    seal = {"op": "envelope.seal", **common, "recipients": RECIPIENTS[:count], "payload": payload}
    seal |= {"created": created, "padded": padded}
    opened = {"op": "envelope.open", **common, "secret": IDENTITIES[0]}
    also = {f"recipient {i}": {"secret": IDENTITIES[i]} for i in range(1, count) if count <= 2 or i in (15, 31)}
    if signed:
        seal["signer"], opened["senders"] = SIGNERS[0], [sender]
        also["several senders"] = {"senders": [SENDERS[1], sender]}
    content = 8 + size + (72 if signed else 0)
    header = 7 + count * tamper.ENTRY

    def refused(sealed):
        yield "not a recipient", {"secret": IDENTITIES[33]}
        yield "another suite expected", {"suite": 3 - suite}
        yield "another suite throughout", {"suite": 3 - suite, "sealed": sealed[:4] + bytes([3 - suite]) + sealed[5:]}
        yield "signed where anyone may send, or the reverse", {"senders": None if signed else [SENDERS[0]]}
        yield from other_contexts(context, WRONG_CONTEXTS | NOT_CONTEXTS)
        if signed:
            yield "another sender", {"senders": [SENDERS[1]]}
        if tampered:
            yield from sealed_as(tamper.each_byte(sealed, header, "header"))
            for at, field_name in ((3, "version"), (4, "suite"), (5, "flags"), (6, "count")):
                for bit in range(8):
                    yield f"bit {bit} of the {field_name} flipped", {"sealed": tamper.flip(sealed, at, bit)}
            yield from sealed_as(tamper.cuts(sealed, [3, 4, 6, 7, 8, 9, 17, 49, 7 + tamper.ENTRY]))
            yield from sealed_as(tamper.entries(sealed))
        # Cuts, at every boundary, for one recipient; for more the header is another one and the body is not.
        yield from sealed_as(tamper.chunked(sealed, header, cut=tampered or count == 1))

    length = header + chunked_length(padme(content + 8) if padded else content)
    style = f"{'signed' if signed else 'unsigned'} {'padded' if padded else 'unpadded'}"
    return Case(f"envelope {suite} to {count} {style} {size} bytes {name}".rstrip(), seal, opened,
                lambda sealed: opened_envelope(sealed, payload, sender, created), length, also, refused)  # fmt: skip


def envelope_cases():
    for suite in SUITE_AEADS:
        for signed in (False, True):
            for padded in (False, True):
                for count in (1, 2, 32):
                    for size in SIZES:
                        tampered = (count, size) in ((1, 1000), (2, 40000))
                        yield envelope_case("", suite, count, size, signed, padded, tampered=tampered)
        for name, context in CONTEXTS.items():
            yield envelope_case(f"context of {name}", suite, 1, 100, signed=True, context=context)
        yield envelope_case("created at 0", suite, 1, 100, created=0)
        for size in (167, 168, 169, 239, 240, 241, 65535):  # around the smallest padded length, and where steps are large
            yield envelope_case("", suite, 1, size, signed=size < 200, padded=True)


# --- What no peer may even be asked to seal


def seal_refusals():
    """(name, request, want): refused by the sealer itself."""
    for name, request in not_sealed():
        yield f"seals {name}", request, None


def not_sealed():
    common = {"aead": "AES-256-GCM", "payload": b"payload"}
    message = {"op": "sealed.seal", **common, "key": bytes_of("key"), "context": FIELDS}
    hpke = {"op": "hpke.seal", **common, "public": RECIPIENTS[0], "info": b""}
    envelope = {"op": "envelope.seal", "suite": 1, "recipients": RECIPIENTS[:2], "context": FIELDS}
    envelope |= {"payload": b"payload", "created": CREATED, "padded": False}
    for name, context in NOT_CONTEXTS.items():
        yield f"sealed, context of {name}", {**message, "context": context}
        yield f"envelope, context of {name}", {**envelope, "context": context}
    yield "sealed, key of 31 bytes", {**message, "key": bytes_of("key", 31)}
    yield "hpke, reserved info", {**hpke, "info": b"chancery/v1 envelope wrap\0" + bytes(32)}
    yield "hpke, recipient of small order", {**hpke, "public": bytes(32)}
    yield "hpke, recipient of 31 bytes", {**hpke, "public": RECIPIENTS[0][:31]}
    yield "hpke, PSK of 31 bytes", {**hpke, "psk": bytes_of("psk", 31), "psk_id": b"partner"}
    yield "hpke, PSK without an id", {**hpke, "psk": bytes_of("psk"), "psk_id": b""}
    yield "envelope, no recipient", {**envelope, "recipients": []}
    yield "envelope, 33 recipients", {**envelope, "recipients": RECIPIENTS[:33]}
    yield "envelope, a recipient twice", {**envelope, "recipients": [*RECIPIENTS[:2], RECIPIENTS[0]]}
    yield "envelope, recipient of small order", {**envelope, "recipients": [RECIPIENTS[0], bytes(32)]}
    yield "envelope, recipient of 31 bytes", {**envelope, "recipients": [RECIPIENTS[0][:31]]}


# --- Forgeries: authentic, and one rule broken (forge.py)


def forged_cases(listing):
    """`listing` is forge.py's own: {kind: [{what, accepted, signed}]}. What is accepted is a control, or must be read."""
    aeads = [{"aead": aead} for aead in SUITE_AEADS.values()]
    suites = [{"suite": suite} for suite in SUITE_AEADS]
    requests = {
        "sealed": ({"key": bytes_of("key"), "context": FIELDS}, aeads),
        "hpke": ({"info": b"orders", "secret": IDENTITIES[0]}, aeads),
        "envelope": ({"context": FIELDS, "secret": IDENTITIES[0]}, suites),
    }
    for kind, forgeries in listing.items():
        base, algorithms = requests[kind]
        for forgery in forgeries:
            for algorithm in algorithms:
                yield forged_case(kind, forgery, base | algorithm, *algorithm.values())


def forged_case(kind, forgery, common, algorithm):
    payload = bytes_of("forged", 100) + b"\x01"  # does not end in a zero, which padding might swallow
    forge = {"op": f"forge.{kind}", "what": forgery["what"], "payload": payload, "created": CREATED}
    forge |= {**common, "public": RECIPIENTS[0], "signer": SIGNERS[0]}
    opened = {"op": f"{kind}.open", **common}
    if forgery["signed"]:
        opened["senders"] = SENDERS

    def want(sealed):
        sender = SENDERS[0] if forgery["signed"] else None
        return opened_envelope(sealed, payload, sender) if kind == "envelope" else {"payload": payload}

    return Case(f"forged {kind} {algorithm}: {forgery['what']}", forge, opened, want if forgery["accepted"] else None)
