# SPDX-License-Identifier: MIT OR Apache-2.0
"""A hostile sealer for the matrix: what it sends is authentic (right keys, right transcripts) and breaks one rule.

Flipping bits only shows that authentication works. What a sender who holds all the keys can get past a reader, only a
forger can show. It speaks the line protocol: "forge.list" names the forgeries, the other operations make them. Each kind
has controls that must be accepted: they show that what is refused is refused for the rule it breaks.
"""
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

import chancery
from chancery import PADDED, REQUEST, SIGNED, Chunked, h, label, u
from keys import L as GROUP_ORDER
from keys import P as FIELD_PRIME
from peer import data, listed, serve

# --- Sealed messages


def sealed(request, prefix=b"\xc1", key_id=None, domain="sealed", salt=None, chunks=None, commitment=None):
    aead, key = chancery.AEADS[request["aead"]], data(request, "key")
    prefix += key_id or chancery.expand(key, label("key-id") + aead.name, 8)
    context = h(label(domain) + prefix + chancery.context_digest(listed(request, "context")))
    cipher = Chunked(aead, key, context, os.urandom(24))
    body = cipher.seal(data(request, "payload"))
    if chunks:
        body = body[:56] + b"".join(cipher._cipher.encrypt(cipher.nonce(i), chunk, b"") for i, chunk in chunks)
    return prefix + body[:24] + (commitment or body[24:56]) + body[56:]


SEALED = {
    "nothing wrong": (True, sealed),
    "another version byte": (False, lambda r: sealed(r, prefix=b"\xc2")),
    "another key id": (False, lambda r: sealed(r, key_id=bytes(8))),
    "another domain": (False, lambda r: sealed(r, domain="field")),
    "a commitment to another key": (False, lambda r: sealed(r, commitment=os.urandom(32))),
    "a full last chunk": (False, lambda r: sealed(r, chunks=[(0, bytes(16384))])),
    "a short chunk before the last": (False, lambda r: sealed(r, chunks=[(0, b"short"), (1, b"last")])),
    "an overlong chunk": (False, lambda r: sealed(r, chunks=[(0, bytes(16385))])),
    "chunks counted from 1": (False, lambda r: sealed(r, chunks=[(1, b"payload")])),
    "a chunk left out": (False, lambda r: sealed(r, chunks=[(0, bytes(16384)), (2, b"last")])),
    "the counter little-endian": (False, lambda r: sealed(r, chunks=[(0, bytes(16384)), (1 << 88, b"last")])),
}

# --- HPKE, by hand (RFC 9180, sections 4.1 and 5.1), because a library would refuse to do this


def hpke_by_hand(aead, public, info, payload, enc, shared):
    def extract(suite, salt, name, ikm):
        return hmac.digest(salt, b"HPKE-v1" + suite + name + ikm, "sha256")

    def expand(suite, prk, name, context, n):  # n <= 32: one block
        return hmac.digest(prk, u(16, n) + b"HPKE-v1" + suite + name + context + b"\x01", "sha256")[:n]

    kem, suite = b"KEM" + u(16, 0x20), b"HPKE" + u(16, 0x20) + u(16, 1) + u(16, aead.code)
    secret = expand(kem, extract(kem, b"", b"eae_prk", shared), b"shared_secret", enc + public, 32)
    context = b"\0" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    secret = extract(suite, secret, b"secret", b"")
    key, nonce = (expand(suite, secret, name, context, n) for name, n in ((b"key", 32), (b"base_nonce", 12)))
    return enc + aead.cipher(key).encrypt(nonce, payload, b"")


def ephemeral(public):
    key = X25519PrivateKey.generate()
    return key.public_key().public_bytes_raw(), key.exchange(X25519PublicKey.from_public_bytes(public))


def hpke(request, enc=None):
    aead, public = chancery.AEADS[request["aead"]], data(request, "public")
    enc, shared = (enc, bytes(32)) if enc else ephemeral(public)
    return hpke_by_hand(aead, public, data(request, "info"), data(request, "payload"), enc, shared)


# Encodings of points of small order: the shared secret is zero whatever the private key (RFC 7748, section 6.1).
ORDER_8 = 39382357235489614581723060781553021112529911719440698176882885853963445705823
SMALL_ORDER = {f"enc of small order, {i}": n.to_bytes(32, "little") for i, n in enumerate(
    [0, 1, ORDER_8, FIELD_PRIME - 1, FIELD_PRIME, FIELD_PRIME + 1, 1 << 255, FIELD_PRIME + (1 << 255)])}  # fmt: skip

HPKE = {"nothing wrong": (True, hpke)}
HPKE |= {what: (False, lambda r, enc=enc: hpke(r, enc)) for what, enc in SMALL_ORDER.items()}

# --- Envelopes: header, then content, then signature

X25519, XWING, P256 = 0x0020, 0x647A, 0x0010


def stranger(number, kem=X25519, enc=32):
    """An entry for somebody else. Its content is noise: only its own recipient could tell."""
    return u(16, kem) + u(64, number), os.urandom(enc + 48)


def envelope(request, content=None, version=1, suite=None, flags=0, before=(), after=(), own=1, enc=None):
    """`own` entries for the recipient, between those for strangers; `content` makes the content, unsigned by default."""
    aead, public = chancery.SUITES[request["suite"]], data(request, "public")
    ctx = chancery.context_digest(listed(request, "context"))
    name = chancery.recipient_name(aead, public)
    names = [n for n, _ in before] + [name] * own + [n for n, _ in after]
    start = b"CHN" + bytes([version, suite or request["suite"], flags, len(names)])
    pk, info = os.urandom(32), chancery.wrap_info(start, names, ctx)
    wrap = hpke_by_hand(aead, public, info, pk, *((enc, bytes(32)) if enc else ephemeral(public)))
    header = start + b"".join(n + rest for n, rest in [*before, *[(name, wrap)] * own, *after])
    body = chancery.body_cipher(aead, pk, h(header), ctx, os.urandom(24))
    created, payload = u(64, request["created"]), data(request, "payload")
    return header + body.seal(content(created, payload, h(header), body, ctx) if content else created + payload)


ENVELOPE = {
    "nothing wrong": (True, envelope),
    "version 2": (False, lambda r: envelope(r, version=2)),
    "another suite in the header": (False, lambda r: envelope(r, suite=3 - r["suite"])),
    "an unknown suite in the header": (False, lambda r: envelope(r, suite=3)),
    "a request": (False, lambda r: envelope(r, flags=REQUEST)),
    "a request to two": (False, lambda r: envelope(r, flags=REQUEST, after=[stranger(1)])),
    **{f"flag {1 << bit:#04x}": (False, lambda r, bit=bit: envelope(r, flags=1 << bit)) for bit in range(3, 8)},
    "no entry": (False, lambda r: envelope(r, own=0)),
    "32 entries": (True, lambda r: envelope(r, before=[stranger(i) for i in range(31)])),
    "33 entries": (False, lambda r: envelope(r, before=[stranger(i) for i in range(32)])),
    "an entry twice": (False, lambda r: envelope(r, own=2)),
    "a stranger's entry twice": (False, lambda r: envelope(r, after=[stranger(1), stranger(1)])),
    "an X-Wing entry before": (True, lambda r: envelope(r, before=[stranger(1, XWING, 1120)])),
    "an X-Wing entry after": (True, lambda r: envelope(r, after=[stranger(1, XWING, 1120)])),
    "an id under both KEMs": (True, lambda r: envelope(r, before=[stranger(1, XWING, 1120), stranger(1)])),
    "an X-Wing entry twice": (False, lambda r: envelope(r, before=[stranger(1, XWING, 1120)] * 2)),
    "an X-Wing entry too short": (False, lambda r: envelope(r, after=[stranger(1, XWING, 32)])),
    "an unknown KEM": (False, lambda r: envelope(r, after=[stranger(1, P256, 65)])),
    "an unknown KEM of 32 bytes": (False, lambda r: envelope(r, after=[stranger(1, 0x0021, 32)])),
    **{what: (False, lambda r, enc=enc: envelope(r, enc=enc)) for what, enc in SMALL_ORDER.items()},
    "content of 7 bytes": (False, lambda r: envelope(r, lambda *_: bytes(7))),
    "no content": (False, lambda r: envelope(r, lambda *_: b"")),
}


def padded(total=256, fill=b"\0", n=None, at=None):
    """Padded content of `total` bytes, `n` as claimed, with one padding byte at `at` set."""

    def content(created, payload, *_):
        made = created + u(64, len(payload) if n is None else n(len(payload)) % 2**64) + payload
        made += fill * (total - len(made))
        return made if at is None else made[:at] + b"\x01" + made[at:][1:]

    return lambda r: envelope(r, content, flags=PADDED)


ENVELOPE |= {
    "padded, nothing wrong": (True, padded()),
    "padded, not to the end": (False, padded(total=255)),
    "padded, one too far": (False, padded(total=257)),
    "padded, a step too far": (False, padded(total=264)),
    "padded, twice as far": (False, padded(total=512)),
    "padded, not at all": (False, padded(total=0)),
    "padded with ones": (False, padded(fill=b"\x01")),
    "padded, the first byte not zero": (False, padded(at=16 + 101)),
    "padded, the last byte not zero": (False, padded(at=255)),
    "padded, one byte less claimed": (False, padded(n=lambda n: n - 1)),
    "padded, nothing claimed": (False, padded(n=lambda n: 0)),
    "padded, all and more claimed": (False, padded(n=lambda n: 241)),
    "padded, 2^32 claimed": (False, padded(n=lambda n: n + 2**32)),
    "padded, 2^63 claimed": (False, padded(n=lambda n: n + 2**63)),
    "padded, 2^64 - 16 claimed": (False, padded(n=lambda n: -16)),
    "padded, 2^64 - 1 claimed": (False, padded(n=lambda n: -1)),
    "padded content of 15 bytes": (False, lambda r: envelope(r, lambda *_: bytes(15), flags=PADDED)),
}


def signed(signer=None, sender_id=None, message=lambda m: m, signature=lambda s: s, payload_as=lambda p: p, whole=None):
    """Signed content, with a change to the key, to the id that is sent, to the signed bytes or to the signature."""

    def forge(request):
        key = Ed25519PrivateKey.from_private_bytes(data(request, "signer"))
        public = key.public_key().public_bytes_raw()

        def content(created, payload, hh, body, ctx):
            over = chancery.signed_bytes(hh, body, ctx, public, request["created"], payload)
            made = whole(data(request, "signer"), public, over) if whole else signature((signer or key).sign(message(over)))
            return created + payload_as(payload) + (sender_id or chancery.verifying_id(public)) + made

        return envelope(request, content, flags=SIGNED)

    return forge


def other_s(signature):
    """S + L for S: the same signature where S is not checked to be canonical (RFC 8032, section 5.1.7)."""
    s = int.from_bytes(signature[32:], "little") + GROUP_ORDER
    return signature[:32] + s.to_bytes(32, "little")


def flipped(at):
    return lambda m: m[:at] + bytes([m[at] ^ 1]) + m[at + 1 :]


def small_r(seed, public, m):
    """R is the neutral point, S = h a: it verifies, and for the signer costs no secret (section 9.5, rule 1)."""
    a = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little") & ((1 << 254) - 8) | 1 << 254
    r = (1).to_bytes(32, "little")
    return r + (int.from_bytes(hashlib.sha512(r + public + m).digest(), "little") * a % GROUP_ORDER).to_bytes(32, "little")


START = 1 + len(label("envelope signature"))
TRANSCRIPT = {"0xFF": 0, "label": 1, "HH": START, "salt": START + 32, "commitment": START + 56, "context": START + 88,
              "sender": START + 120, "created": START + 159, "length": START + 167, "payload": START + 168}  # fmt: skip

ENVELOPE |= {
    "signed, nothing wrong": (True, signed()),
    "signed by another key": (False, signed(signer=Ed25519PrivateKey.generate())),
    "signed, by nobody known": (False, signed(sender_id=bytes(8))),
    "signed, S not canonical": (False, signed(signature=other_s)),
    "signed, R of small order": (False, signed(whole=small_r)),
    "signed, another payload": (False, signed(payload_as=lambda p: p[:-1] + b"\x02")),
    "signed, a shorter payload": (False, signed(payload_as=lambda p: p[:-1])),
    "signed, signature of zeros": (False, signed(signature=lambda _: bytes(64))),
    "signed, without 0xFF": (False, signed(message=lambda m: m[1:])),
    "signed, prehashed": (False, signed(message=lambda m: hashlib.sha512(m).digest())),
    **{f"signed, over another {part}": (False, signed(message=flipped(at))) for part, at in TRANSCRIPT.items()},
    "signed content of 79 bytes": (False, lambda r: envelope(r, lambda *_: bytes(79), flags=SIGNED)),
    "signed content of 71 bytes": (False, lambda r: envelope(r, lambda *_: bytes(71), flags=SIGNED)),
    "signed content of nothing": (False, lambda r: envelope(r, lambda *_: b"", flags=SIGNED)),
}

KINDS = {"sealed": SEALED, "hpke": HPKE, "envelope": ENVELOPE}


def forge(request):
    _, make = KINDS[request["op"].removeprefix("forge.")][request["what"]]
    return {"sealed": make(request)}


def listing(_):
    def described(what, accepted):
        return {"what": what, "accepted": accepted, "signed": what.startswith("signed")}

    return {kind: [described(what, accepted) for what, (accepted, _) in made.items()] for kind, made in KINDS.items()}


if __name__ == "__main__":
    serve({"forge.list": listing} | {f"forge.{kind}": forge for kind in KINDS})
