# SPDX-License-Identifier: MIT OR Apache-2.0
"""The cases of keys (ids, texts, MACs, signatures, agreement), and requests that no peer may take for anything."""
import base64
import hashlib
import hmac

import keys
import tamper
from cases import CONTEXTS, FIELDS, IDENTITIES, NOT_CONTEXTS, RECIPIENTS, SENDERS, SIGNERS, Case, bytes_of, other_contexts

# --- Key ids and texts (sections 4 and 5), worked out here a third time

AEAD_CODES = {"AES-128-GCM": 1, "AES-256-GCM": 2, "ChaCha20-Poly1305": 3}
AEAD_NAMES = {"AES-256-GCM": b"AEAD_AES_256_GCM", "ChaCha20-Poly1305": b"AEAD_CHACHA20_POLY1305"}
HASH_LENGTHS = {"SHA-256": 32, "SHA-384": 48, "SHA-512": 64}
SEAL = {name: code.to_bytes(2, "big") for name, code in AEAD_CODES.items() if name in AEAD_NAMES}
SUITE = {name: bytes([0, 0x20, 0, 1, 0, code]) for name, code in AEAD_CODES.items()}
MAC = {name: bytes([0, code]) for name, code in zip(HASH_LENGTHS, (4, 5, 6))}
ED25519 = {"Ed25519": b"\x08\x07"}
KINDS = {
    "seal": ("chn_sk_seal_", SEAL),
    "mac": ("chn_sk_mac_", MAC),
    "signing": ("chn_sk_signing_", ED25519),
    "verifying": ("chn_pk_verifying_", ED25519),
    "identity": ("chn_sk_identity_", SUITE),
    "recipient": ("chn_pk_recipient_", SUITE),
}


def key_id(kind, algorithm, key):
    if kind in ("seal", "mac"):
        name = AEAD_NAMES[algorithm] if kind == "seal" else b"HMAC-" + algorithm.encode()
        return hmac.digest(key, b"chancery/v1 key-id\0" + name + b"\x01", "sha512")[:8]
    if kind in ("signing", "verifying"):
        public = keys.ed25519_public(key) if kind == "signing" else key
        return hashlib.sha256(b"chancery/v1 key-id ed25519\0" + public).digest()[:8]
    public = keys.x25519_public(key) if kind == "identity" else key
    return recipient_id(SUITE[algorithm], public)


def recipient_id(codes, public):
    return hashlib.sha256(b"chancery/v1 key-id recipient\0" + codes + public).digest()[:8]


def text_of(prefix, data, checksum=None):
    checksum = checksum or hashlib.sha256(b"chancery/v1 key-text\0" + prefix.encode() + data).digest()[:4]
    return prefix + base64.urlsafe_b64encode(data + checksum).decode().rstrip("=")


def sound_keys(kind, algorithm):
    """(name, key) that must be accepted."""
    if kind == "mac":
        for length in (HASH_LENGTHS[algorithm], 100, 128):
            yield f"of {length} bytes", bytes_of(f"key {algorithm}", length)
    elif kind in ("verifying", "recipient"):
        yield "", {"verifying": SENDERS, "recipient": RECIPIENTS}[kind][0]
    else:
        yield "", {"seal": [bytes_of("key")], "signing": SIGNERS, "identity": IDENTITIES}[kind][0]
    if kind == "identity":
        clamped = bytearray(IDENTITIES[0])
        clamped[0], clamped[31] = clamped[0] & 248, clamped[31] & 127 | 64
        yield "clamped", bytes(clamped)


# The coordinates of the points of order 8: two u for X25519, and y, as either sign, for Ed25519.
ORDER_8 = int.from_bytes(bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"), "little")
OTHER_8 = int.from_bytes(bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"), "little")
EDWARDS_8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")


def unsound_keys(kind, algorithm):
    """(name, key) that must be refused, as bytes and inside a text."""
    whole = next(sound_keys(kind, algorithm))[1]
    yield "a byte short", whole[:-1]
    yield "no key", b""
    if kind == "mac":
        yield "129 bytes", bytes_of("key", 129)
    else:
        yield "a byte more", whole + b"\x01"
    if kind == "verifying":
        small = {0, 1, keys.P - 1, EDWARDS_8, keys.P - EDWARDS_8}
        yield from ((f"y = {y:x}, sign {sign}", (y | sign << 255).to_bytes(32, "little")) for y in small for sign in (0, 1))
        yield from ((f"y = p + {n}", (keys.P + n).to_bytes(32, "little")) for n in (0, 1, 3, 18))
        yield "not on the curve", (2).to_bytes(32, "little")
    elif kind == "recipient":
        small = {0, 1, keys.P - 1, ORDER_8, OTHER_8}
        yield from ((f"u = {u:x}", u.to_bytes(32, "little")) for u in small)
        yield from ((f"u = p + {n}", (keys.P + n).to_bytes(32, "little")) for n in (0, 1, 9, 18))
        yield "the highest bit set", bytes([*whole[:31], whole[31] | 0x80])
    else:
        yield "all zeros", bytes(len(whole))
        yield "all bytes alike", b"\x55" * len(whole)


def wrong_texts(kind, prefix, code, key):
    """(name, text) that must be refused, made of the sound text of a key."""
    text = text_of(prefix, code + key)
    for at in range(0, len(text), 7):
        yield f"character {at} changed", text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
    for name, changed in {
        "nothing": "",
        "the prefix alone": prefix,
        "the prefix in capitals": prefix.upper() + text[len(prefix) :],
        "without the prefix": text[len(prefix) :],
        "the last character missing": text[:-1],
        "the last two characters missing": text[:-2],
        "a character more": text + "A",
        "four characters more": text + "AAAA",
        "padded": text + "=" * (-len(text[len(prefix) :]) % 4 or 4),
        "a space in front": " " + text,
        "a space at the end": text + " ",
        "a line end": text + "\n",
        "a space inside": text[:30] + " " + text[30:],
        "a NUL at the end": text + "\0",
        "not ASCII": text[:-1] + "é",
        "the other alphabet": prefix + base64.b64encode(b"\xfb\xff" + code + key).decode().rstrip("="),
        "5000 characters": text + "A" * 5000,
        "no checksum": prefix + base64.urlsafe_b64encode(code + key).decode().rstrip("="),
        "a checksum of zeros": text_of(prefix, code + key, bytes(4)),
        "the checksum of no key": text_of(prefix, b""),
        "a code cut": text_of(prefix, code[:1]),
        "an unknown code": text_of(prefix, b"\xff" * len(code) + key),
        "a code of zeros": text_of(prefix, bytes(len(code)) + key),
    }.items():
        yield name, changed
    if len(text[len(prefix) :]) % 4:
        last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        yield "left-over bits set", text[:-1] + last[last.index(text[-1]) | 1]
    for other, (other_prefix, _) in KINDS.items():
        if other != kind:
            yield f"with the prefix of {other}", text_of(other_prefix, code + key)
            yield f"checksummed for {other}", text_of(prefix, code + key, checksum_of(other_prefix, code + key))


def checksum_of(prefix, data):
    return hashlib.sha256(b"chancery/v1 key-text\0" + prefix.encode() + data).digest()[:4]


def key_requests():
    """(name, request, want)."""
    for kind, (prefix, codes) in KINDS.items():
        for algorithm, code in codes.items():
            name = f"key {kind} {algorithm}"
            for which, key in sound_keys(kind, algorithm):
                text = text_of(prefix, code + key)
                want = {"text": text, "id": key_id(kind, algorithm, key)}
                yield f"{name} {which}", {"op": "key.text", "kind": kind, "algorithm": algorithm, "key": key}, want
                yield f"{name} {which} from text", {"op": "key.parse", "kind": kind, "text": text}, want
            for what, key in unsound_keys(kind, algorithm):
                yield f"{name}, {what}", {"op": "key.text", "kind": kind, "algorithm": algorithm, "key": key}, None
                yield f"{name}, text of {what}", {"op": "key.parse", "kind": kind, "text": text_of(prefix, code + key)}, None
        code, key = codes[algorithm], next(sound_keys(kind, algorithm))[1]
        for what, text in wrong_texts(kind, prefix, code, key):
            yield f"key {kind}, {what}", {"op": "key.parse", "kind": kind, "text": text}, None
    for kind, code in (("seal", b"\0\1"), ("seal", b"\0\4"), ("mac", b"\0\3"), ("mac", b"\0\7"), ("signing", b"\x08\x08")):
        text = text_of(KINDS[kind][0], code + bytes_of("key", 64 if kind == "mac" else 32))
        yield f"key {kind} of code {code.hex()}", {"op": "key.parse", "kind": kind, "text": text}, None
    for codes in ((0x10, 1, 2), (0x20, 2, 2), (0x20, 3, 2), (0x20, 1, 0xFFFF), (0x20, 1, 4)):
        text = text_of("chn_pk_recipient_", b"".join(c.to_bytes(2, "big") for c in codes) + RECIPIENTS[0])
        yield f"key recipient of codes {codes}", {"op": "key.parse", "kind": "recipient", "text": text}, None


# --- Appendix B


def mac_cases():
    for algorithm, length in HASH_LENGTHS.items():
        for size, context in [(size, FIELDS) for size in (0, 1, 1000)] + [(100, context) for context in CONTEXTS.values()]:
            common = {"hash": algorithm, "key": bytes_of("key", length), "context": context}
            common |= {"message": bytes_of(f"payload {size}", size)}
            other = "SHA-512" if algorithm != "SHA-512" else "SHA-256"

            def refused(tag, common=common, size=size, context=context, other=other):
                yield from ((name, {"tag": changed}) for name, changed in tamper.each_byte(tag, len(tag), "tag"))
                yield from ((name, {"tag": changed}) for name, changed in tamper.cuts(tag, range(len(tag))))
                yield from ((name, {"tag": changed}) for name, changed in tamper.longer(tag))
                yield from other_contexts(context, NOT_CONTEXTS | {"another context": [b"orders", b"v2"]})
                yield "another message", {"message": common["message"] + b"\0"}
                yield "another key", {"key": bytes_of("another key", 64)}
                yield "another hash", {"hash": other, "key": bytes_of("key", 64)}

            yield Case(f"mac {algorithm} {size} bytes", {"op": "mac.tag", **common}, {"op": "mac.verify", **common},
                       lambda _, common=common: {"id": key_id("mac", common["hash"], common["key"])},
                       length, refused=refused, output="tag")  # fmt: skip


def signature_cases():
    for size, context in [(size, FIELDS) for size in (0, 1, 1000)] + [(100, context) for context in CONTEXTS.values()]:
        message = bytes_of(f"payload {size}", size)
        common = {"context": context, "message": message}

        def refused(signature, message=message, context=context):
            tampered = [*tamper.each_byte(signature, 64, "signature"), *tamper.longer(signature)]
            s = int.from_bytes(signature[32:], "little")
            tampered += [("S + the order", signature[:32] + (s + keys.L).to_bytes(32, "little"))]
            tampered += [*tamper.cuts(signature, [0, 32, 63]), ("zeros", bytes(64))]
            yield from ((name, {"signature": changed}) for name, changed in tampered)
            yield from other_contexts(context, NOT_CONTEXTS | {"another context": [b"orders", b"v2"]})
            yield "another message", {"message": message + b"\0"}
            yield "another key", {"public": SENDERS[1]}
            yield "a key of small order", {"public": bytes(32)}

        yield Case(f"signature of {size} bytes", {"op": "signature.sign", **common, "seed": SIGNERS[0]},
                   {"op": "signature.verify", **common, "public": SENDERS[0]},
                   lambda _: {"id": key_id("verifying", "Ed25519", SENDERS[0])},
                   64, refused=refused, output="signature")  # fmt: skip


def agreements():
    """(name, request to the side that starts, request to the other side, to which the former's public key is added)."""
    for context_name, context in CONTEXTS.items():
        for role, other in (("initiator", "responder"), ("responder", "initiator")):
            start = {"op": "agreement.start", "public": RECIPIENTS[0], "role": role, "context": context}
            derive = {"op": "agreement.derive", "secret": IDENTITIES[0], "role": other, "context": context}
            yield f"agreement as {role}, context of {context_name}", start, derive


def agreement_refusals():
    """(name, request, want)."""
    start = {"op": "agreement.start", "public": RECIPIENTS[0], "role": "initiator", "context": FIELDS}
    for u in (0, 1, keys.P - 1, keys.P, keys.P + 1, ORDER_8, OTHER_8):
        yield f"agreement, u = {u:x}", {**start, "public": u.to_bytes(32, "little")}, None
    yield "agreement, 31 bytes", {**start, "public": RECIPIENTS[0][:31]}, None
    for name, context in NOT_CONTEXTS.items():
        yield f"agreement, context of {name}", {**start, "context": context}, None


# --- Requests that are not understood: `internal:`, so that a broken driver never counts as a refusal


def malformed_requests():
    """(name, request), as JSON."""
    whole = {"op": "sealed.open", "aead": "AES-256-GCM", "key": "00" * 31 + "01", "context": ["aa"], "sealed": "c1"}
    yield "no object", "sealed.open"
    yield "no op", {}
    yield "an op that is a list", {"op": []}
    for name in ("aead", "key", "context", "sealed"):
        yield f"without {name}", {field: value for field, value in whole.items() if field != name}
    yield "hexadecimal of odd length", {**whole, "sealed": "c1c"}
    yield "not hexadecimal", {**whole, "sealed": "zz"}
    yield "bytes as a number", {**whole, "sealed": 193}
    yield "bytes as null", {**whole, "key": None}
    yield "a context that is a string", {**whole, "context": "aa"}
    yield "a context of numbers", {**whole, "context": [1]}
    yield "an envelope without suite", {"op": "envelope.open", "secret": whole["key"], "context": ["aa"], "sealed": ""}
