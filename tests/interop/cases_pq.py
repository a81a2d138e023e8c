# SPDX-License-Identifier: MIT OR Apache-2.0
"""The cases of X-Wing (KEM 0x647a): HPKE, envelopes, mixed ones, keys. Its keys are those of the vectors."""
import json
from pathlib import Path

import cases
import tamper
from cases import CREATED, FIELDS, IDENTITIES, RECIPIENTS, SENDERS, SIGNERS, SUITE_AEADS, Case, bytes_of, sealed_as
from cases_keys import KINDS, recipient_id, text_of

FILE = Path(__file__).parent.parent / "vectors/envelope-v1-pq.json"
KEM, ENC, ENTRY = "MLKEM768-X25519", 1120, 2 + 8 + 1120 + 48
VECTORS = json.loads(FILE.read_text())
KEYS = [(bytes.fromhex(row["secret"]), bytes.fromhex(row["public"])) for row in VECTORS["kem"]]
(SECRET, PUBLIC), (OTHER_SECRET, OTHER_PUBLIC) = KEYS
MINE, OTHERS = {"kem": KEM, "secret": SECRET}, {"kem": KEM, "secret": OTHER_SECRET}


def some_bytes(sealed, start, length, name):
    """Each byte would take minutes; these are in every part of both halves."""
    for at in [*range(start, start + length, 37), start + 1087, start + 1088, start + length - 1]:
        yield f"a bit flipped in {name} byte {at - start}", tamper.flip(sealed, at)


def hpke_case(aead, size, info, tink):
    payload = bytes_of(f"payload {size}", size)
    common = {"aead": aead, **info} | ({"tink_id": 0x01020304} if tink else {})
    start = 5 if tink else 0

    def refused(sealed):
        yield from sealed_as(some_bytes(sealed, start, ENC, "enc"))
        yield from sealed_as(tamper.flips(sealed, {"the ciphertext": start + ENC, "the tag": -16, "the last byte": -1}))
        yield from sealed_as(tamper.cuts(sealed, [0, start + 32, start + 1088, start + ENC, start + ENC + 15, len(sealed) - 1]))
        yield from sealed_as(tamper.longer(sealed))
        yield "another identity", OTHERS
        yield "the seed as an X25519 key", {"kem": "X25519"}
        yield "another AEAD", {"aead": next(other for other in SUITE_AEADS.values() if other != aead)}
        yield "framing expected, or another", {"tink_id": 0x01020305}

    op = "hpke" if "info" in info else "hpke.context"
    return Case(f"x-wing hpke {aead} {size} bytes {'tink' if tink else 'raw'}",
                {"op": f"{op}.seal", **common, "public": PUBLIC, "payload": payload}, {"op": f"{op}.open", **common, **MINE},
                lambda _: {"payload": payload}, start + ENC + size + 16, refused=refused)  # fmt: skip


def envelope_case(name, suite, recipients, size, signed, mixed=False):
    """`recipients` are pairs of what opens and a public key."""
    payload, sender = bytes_of(f"payload {size}", size), SENDERS[0] if signed else None
    common = {"suite": suite, "context": FIELDS}
    seal = {"op": "envelope.seal", **common, "recipients": [public for _, public in recipients], "payload": payload}
    seal |= {"created": CREATED, "padded": signed} | ({"mixed": True} if mixed else {})
    opened = {"op": "envelope.open", **common, **recipients[0][0]}
    if signed:
        seal["signer"], opened["senders"] = SIGNERS[0], [sender]
    content = 8 + size + (72 if signed else 0)
    header = 7 + sum(ENTRY if len(public) == 1216 else tamper.ENTRY for _, public in recipients)
    length = header + cases.chunked_length(cases.padme(content + 8) if signed else content)
    also = {f"recipient {i}": identity for i, (identity, _) in enumerate(recipients) if i}

    def refused(sealed):
        yield "not a recipient", {"kem": KEM, "secret": IDENTITIES[33]}
        yield "the seed as an X25519 key", {"kem": "X25519", "secret": SECRET}
        yield "another suite throughout", {"suite": 3 - suite, "sealed": sealed[:4] + bytes([3 - suite]) + sealed[5:]}
        yield from sealed_as(tamper.each_byte(sealed, 17, "header"))
        yield from sealed_as(some_bytes(sealed, 17, ENC, "enc"))
        yield from sealed_as(tamper.flips(sealed, {"the wrap": 17 + ENC, "the header's end": header - 1}))
        yield "the KEM of the entry changed", {"sealed": sealed[:7] + b"\0\x20" + sealed[9:]}
        yield from sealed_as(tamper.cuts(sealed, [7, 17, 17 + 32, 17 + 32 + 48, 17 + ENC, 7 + ENTRY, header, len(sealed) - 1]))

    return Case(f"x-wing envelope {suite} {name} {size} bytes", seal, opened,
                lambda sealed: cases.opened_envelope(sealed, payload, sender), length, also, refused)  # fmt: skip


def x_wing_cases():
    both, classical = [(MINE, PUBLIC), (OTHERS, OTHER_PUBLIC)], ({"kem": "X25519", "secret": IDENTITIES[0]}, RECIPIENTS[0])
    for suite, aead in SUITE_AEADS.items():
        yield hpke_case(aead, 0, {"info": b""}, False)
        yield hpke_case(aead, 1000, {"info": bytes_of("info", 64)}, True)
        yield hpke_case(aead, 100, {"context": FIELDS}, False)
        yield envelope_case("to one", suite, both[:1], 0, False)
        yield envelope_case("to two, signed", suite, both, 1000, True)
        yield envelope_case("mixed", suite, [both[0], classical], 100, True, mixed=True)


# --- What no peer may be asked to seal, and keys


def unsound_publics():
    coefficient = (3329).to_bytes(3, "little")
    yield "a coefficient beyond the modulus", coefficient + PUBLIC[3:]
    yield "the last coefficient beyond the modulus", PUBLIC[:1149] + (3329 << 12).to_bytes(3, "little") + PUBLIC[1152:]
    yield "all coefficients 4095", b"\xff" * 1152 + PUBLIC[1152:]
    yield "an X25519 half of small order", PUBLIC[:1184] + bytes(32)
    yield "a byte short", PUBLIC[:-1]
    yield "a byte more", PUBLIC + b"\0"
    yield "the ML-KEM half alone", PUBLIC[:1184]


def seal_refusals():
    """(name, request, want)."""
    hpke = {"op": "hpke.seal", "aead": "AES-256-GCM", "payload": b"payload", "info": b""}
    envelope = {"op": "envelope.seal", "suite": 1, "context": FIELDS, "payload": b"payload", "created": CREATED, "padded": False}
    for name, public in unsound_publics():
        yield f"x-wing hpke, recipient with {name}", {**hpke, "public": public}, None
        yield f"x-wing envelope, recipient with {name}", {**envelope, "recipients": [public]}, None
    yield "mixed, unsaid", {**envelope, "recipients": [PUBLIC, RECIPIENTS[0]]}, None
    yield "mixed the other way, unsaid", {**envelope, "recipients": [RECIPIENTS[0], PUBLIC]}, None
    yield "mixed at the end, unsaid", {**envelope, "recipients": [PUBLIC, OTHER_PUBLIC, RECIPIENTS[0]]}, None
    yield "a recipient twice", {**envelope, "recipients": [PUBLIC, PUBLIC]}, None


def key_requests():
    """(name, request, want)."""
    for code, aead in ((2, "AES-256-GCM"), (3, "ChaCha20-Poly1305")):
        codes, algorithm = bytes([0x64, 0x7A, 0, 1, 0, code]), f"X-Wing {aead}"
        for kind, key in (("identity", SECRET), ("recipient", PUBLIC)):
            text = text_of(KINDS[kind][0], codes + key)
            want = {"text": text, "id": recipient_id(codes, PUBLIC)}
            yield f"x-wing {kind} {aead}", {"op": "key.text", "kind": kind, "algorithm": algorithm, "key": key}, want
            yield f"x-wing {kind} {aead} from text", {"op": "key.parse", "kind": kind, "text": text}, want
        unsound = [("recipient", *row) for row in unsound_publics()]
        unsound += [("identity", "64 bytes", SECRET + SECRET), ("identity", "equal bytes", b"\x55" * 32), ("identity", "none", b"")]
        for kind, what, key in unsound:
            text = text_of(KINDS[kind][0], codes + key)
            yield f"x-wing {kind}, {what}", {"op": "key.text", "kind": kind, "algorithm": algorithm, "key": key}, None
            yield f"x-wing {kind}, text of {what}", {"op": "key.parse", "kind": kind, "text": text}, None
    for codes in ((0x20, 1, 2), (0x647A, 2, 2), (0x647A, 1, 4), (0x647A, 1, 0xFFFF)):
        text = text_of("chn_pk_recipient_", b"".join(c.to_bytes(2, "big") for c in codes) + PUBLIC)
        yield f"x-wing recipient of codes {codes}", {"op": "key.parse", "kind": "recipient", "text": text}, None
