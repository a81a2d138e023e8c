# SPDX-License-Identifier: MIT OR Apache-2.0
"""Seals and opens chancery's formats in Python: the envelope v1, the sealed message, and HPKE (RFC 9180).

Copy this file. It needs Python 3.11 and the package `cryptography`, nothing else. The sections named below are those of
docs/envelope-v1.md. Keys are raw bytes: 32-byte symmetric, X25519 and Ed25519 keys. A public key of 1216 bytes is one of
X-Wing, whose secret key is a seed of 32 bytes; an opener says which `kem` it has. A context is the list of fields, as
bytes, that the other side uses. Everything that is refused, on either side, raises `Refused`; no plaintext is returned
before all of it has been verified.

A replay is not noticed here: claim `Opened.message_id` in a store before acting on the payload, and give what was opened
to `check_time` if age matters. Key texts, MACs and detached signatures are in chancery_keys.py.
"""
from __future__ import annotations

import hashlib
import hmac
import os
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

__all__ = ["Opened", "Refused", "check_time", "open_envelope", "open_hpke", "open_sealed", "seal_envelope", "seal_hpke", "seal_sealed"]


class Refused(Exception):
    """What was to be opened is not what it should be, or what was to be sealed may not be."""


class Opened(NamedTuple):
    payload: bytes
    created: int  # Unix seconds, as the sealer claims
    message_id: bytes  # what a replay guard claims
    sender: bytes | None  # key id of the verified sender


class Aead(NamedTuple):
    name: bytes  # as RFC 5116 and C2SP write it
    code: int  # RFC 9180, section 7.3
    hpke: hpke.AEAD
    cipher: type | None  # for chunks; AES-128 is for HPKE only


AEADS = {
    "AES-256-GCM": Aead(b"AEAD_AES_256_GCM", 2, hpke.AEAD.AES_256_GCM, AESGCM),
    "ChaCha20-Poly1305": Aead(b"AEAD_CHACHA20_POLY1305", 3, hpke.AEAD.CHACHA20_POLY1305, ChaCha20Poly1305),
    "AES-128-GCM": Aead(b"AEAD_AES_128_GCM", 1, hpke.AEAD.AES_128_GCM, None),
}
# Section 2. Nothing on the wire chooses an algorithm: it is the key's, and what the wire says must agree.
SUITES = {1: AEADS["AES-256-GCM"], 2: AEADS["ChaCha20-Poly1305"]}
SIGNED, PADDED, REQUEST = 1, 2, 4
X25519, X_WING = 0x0020, 0x647A
KEMS = {X25519: hpke.KEM.X25519, X_WING: hpke.KEM.MLKEM768_X25519}
ENC = {X25519: 32, X_WING: 1120}  # KEM -> length of enc
WRAP = 32 + 16


def require(condition: bool, why: str = "cannot be opened") -> None:
    """One text for every cryptographic failure: an attacker learns nothing from which one it was."""
    if not condition:
        raise Refused(why)


def u(bits: int, value: int) -> bytes:
    require(0 <= value < 1 << bits, "number out of range")
    return value.to_bytes(bits // 8, "big")

def h(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()

def label(name: str) -> bytes:  # L, section 1
    return b"chancery/v1 " + name.encode() + b"\0"


def expand(key: bytes, info: bytes, n: int) -> bytes:  # X, section 1: HKDF-Expand-SHA-512 without Extract, n <= 128
    t1 = hmac.digest(key, info + b"\x01", "sha512")
    t2 = hmac.digest(key, t1 + info + b"\x02", "sha512")
    return (t1 + t2)[:n]


def context_digest(fields: list[bytes]) -> bytes:  # CTX, section 3
    require(1 <= len(fields) <= 16 and all(len(f) <= 65535 for f in fields) and any(fields), "not a context")
    return h(label("context") + u(16, len(fields)) + b"".join(u(32, len(f)) + f for f in fields))


# --- Section 6. C2SP chunked encryption, with SHA-512: salt || commitment || chunks

SALT, COMMITMENT, CHUNK, TAG = 24, 32, 16384, 16


class Chunked:
    """The chunk cipher for one key, salt and context. A nonce is never repeated: the salt is fresh for every message."""

    def __init__(self, aead: Aead, key: bytes, context: bytes, salt: bytes):
        okm = expand(key, b"c2sp.org/chunked-encryption@v1+" + aead.name + b"\0" + salt + context, 32 + 12 + COMMITMENT)
        self.salt, self.commitment = salt, okm[44:]
        self._cipher, self._base_nonce = aead.cipher(okm[:32]), int.from_bytes(okm[32:44], "big")

    def nonce(self, number: int) -> bytes:
        return u(96, self._base_nonce ^ number)

    def seal(self, message: bytes) -> bytes:
        # The last chunk is strictly shorter than the others, which is what makes it the last: it may be empty.
        pieces = [message[at : at + CHUNK] for at in range(0, len(message) + 1, CHUNK)]
        chunks = [self._cipher.encrypt(self.nonce(i), piece, b"") for i, piece in enumerate(pieces)]
        return self.salt + self.commitment + b"".join(chunks)

    def open(self, sealed: bytes) -> bytes:
        require(hmac.compare_digest(sealed[SALT : SALT + COMMITMENT], self.commitment))
        body, step = sealed[SALT + COMMITMENT :], CHUNK + TAG
        require(len(body) % step >= TAG)
        try:
            pieces = [body[at : at + step] for at in range(0, len(body), step)]
            return b"".join([self._cipher.decrypt(self.nonce(i), piece, b"") for i, piece in enumerate(pieces)])
        except InvalidTag:
            raise Refused("cannot be opened") from None


# --- Section 7. Sealed message: P || C2SP(aead, key, H(L("sealed") || P || CTX), m),  P = 0xC1 || key id


def sealed_start(aead: str, key: bytes, fields: list[bytes]) -> tuple[Aead, bytes, bytes]:
    require(aead in AEADS and AEADS[aead].cipher is not None and len(key) == 32, "not a key for sealing")
    prefix = b"\xc1" + expand(key, label("key-id") + AEADS[aead].name, 8)
    return AEADS[aead], prefix, h(label("sealed") + prefix + context_digest(fields))


def seal_sealed(aead: str, key: bytes, context: list[bytes], payload: bytes) -> bytes:
    suite, prefix, digest = sealed_start(aead, key, context)
    return prefix + Chunked(suite, key, digest, os.urandom(SALT)).seal(payload)


def open_sealed(aead: str, key: bytes, context: list[bytes], sealed: bytes) -> bytes:
    suite, prefix, digest = sealed_start(aead, key, context)
    require(sealed[:9] == prefix, "sealed with another key")
    return Chunked(suite, key, digest, sealed[9 : 9 + SALT]).open(sealed[9:])


# --- Section 8. HPKE (RFC 9180, base mode, AAD empty): [0x01 || u32 Tink key id] || enc || ct


def kem_of(public: bytes) -> int:
    return X_WING if len(public) == 1216 else X25519


def hpke_public(public: bytes) -> X25519PublicKey | hpke.MLKEM768X25519PublicKey:
    x25519 = X25519PublicKey.from_public_bytes(public[-32:] if kem_of(public) == X_WING else public)
    if kem_of(public) == X25519:
        return x25519
    return hpke.MLKEM768X25519PublicKey(MLKEM768PublicKey.from_public_bytes(public[:1184]), x25519)


def hpke_private(kem: int, secret: bytes) -> tuple[X25519PrivateKey | hpke.MLKEM768X25519PrivateKey, bytes]:
    """The key, and its public key as bytes."""
    require(kem in KEMS and len(secret) == 32, "not an identity")
    if kem == X25519:
        key = X25519PrivateKey.from_private_bytes(secret)
        return key, key.public_key().public_bytes_raw()
    expanded = hashlib.shake_256(secret).digest(96)
    mlkem, x25519 = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])
    public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
    return hpke.MLKEM768X25519PrivateKey(mlkem, x25519), public


def hpke_seal(aead: Aead, public: bytes, info: bytes, payload: bytes) -> bytes:
    suite = hpke.Suite(KEMS[kem_of(public)], hpke.KDF.HKDF_SHA256, aead.hpke)
    try:
        return suite.encrypt(payload, hpke_public(public), info)
    except ValueError:  # of another length, of small order, or a coefficient beyond the modulus
        raise Refused("not a recipient's key") from None


def hpke_open(aead: Aead, kem: int, secret: bytes, info: bytes, sealed: bytes) -> bytes:
    key, _ = hpke_private(kem, secret)
    require(len(sealed) >= ENC[kem] + TAG)
    try:
        return hpke.Suite(KEMS[kem], hpke.KDF.HKDF_SHA256, aead.hpke).decrypt(sealed, key, info)
    except (InvalidTag, ValueError):  # a shared secret of zeros comes back as InvalidTag too
        raise Refused("cannot be opened") from None


def hpke_start(aead: str, info: bytes | list[bytes], tink_id: int | None) -> tuple[Aead, bytes, bytes]:
    """The suite, the info, and Tink's framing. A list as info is a context; given bytes cannot imitate one."""
    require(aead in AEADS, "unknown AEAD")
    framing = b"" if tink_id is None else b"\x01" + u(32, tink_id)
    if not isinstance(info, bytes):
        return AEADS[aead], label("hpke") + context_digest(info), framing
    require(not info.startswith(b"chancery/"), "reserved info")
    return AEADS[aead], info, framing


def seal_hpke(aead: str, public: bytes, info: bytes | list[bytes], payload: bytes, tink_id: int | None = None) -> bytes:
    suite, info, framing = hpke_start(aead, info, tink_id)
    return framing + hpke_seal(suite, public, info, payload)


def open_hpke(aead: str, secret: bytes, info: bytes | list[bytes], sealed: bytes, tink_id: int | None = None,
              kem: int = X25519) -> bytes:  # fmt: skip
    suite, info, framing = hpke_start(aead, info, tink_id)
    require(sealed.startswith(framing), "another Tink key")
    return hpke_open(suite, kem, secret, info, sealed[len(framing) :])


# --- Section 9.5. Ed25519, strict. OpenSSL compares R as bytes and refuses S beyond the group order; the rest is here.

P = 2**255 - 19
D = -121665 * pow(121666, -1, P)  # of the curve: y^2 - x^2 = 1 + D x^2 y^2


def is_sound(point: bytes) -> bool:
    """On the curve, in its canonical encoding, and not one of the eight points of small order."""
    y = int.from_bytes(point, "little") & ((1 << 255) - 1)  # the highest bit is the sign of x
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    small = x2 == 0 or y == 0 or (x2 + y * y) % P == 0  # of order 1 or 2, 4, 8
    return len(point) == 32 and y < P and pow(x2, (P - 1) // 2, P) == 1 and not small


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> None:
    require(is_sound(public) and is_sound(signature[:32]))
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        raise Refused("cannot be opened") from None


# --- Sections 4, 9 and 10. Envelope v1: header || body


def recipient_id(aead: Aead, public: bytes) -> bytes:
    return h(label("key-id recipient") + u(16, kem_of(public)) + u(16, 0x0001) + u(16, aead.code) + public)[:8]


def recipient_name(aead: Aead, public: bytes) -> bytes:
    return u(16, kem_of(public)) + recipient_id(aead, public)


def verifying_id(public: bytes) -> bytes:
    return h(label("key-id ed25519") + public)[:8]


def wrap_info(start: bytes, names: list[bytes], ctx: bytes) -> bytes:  # start: 7 header bytes; name: kem || id8
    return label("envelope wrap") + h(start + b"".join(names) + ctx)


def body_cipher(aead: Aead, pk: bytes, hh: bytes, ctx: bytes, salt: bytes) -> Chunked:
    return Chunked(aead, pk, h(label("envelope body") + hh + ctx), salt)


def signed_bytes(hh: bytes, body: Chunked, ctx: bytes, sender: bytes, created: int, payload: bytes) -> bytes:
    """Section 9.5. It binds the header, and so the recipients, and the content itself, whose key every recipient knows."""
    start = b"\xff" + label("envelope signature") + hh + body.salt + body.commitment + ctx + sender
    return start + u(64, created) + u(64, len(payload)) + h(payload)


def padded_length(n: int) -> int:  # section 9.4: max(256, padme(n))
    e = n.bit_length() - 1
    unit = 1 << (e - e.bit_length())
    return max(256, -(-n // unit) * unit)


def parse_header(sealed: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """Section 9.1. Returns the header and its entries, {kem || id: enc || wrap}, in order."""
    require(len(sealed) >= 7 and sealed[:4] == b"CHN\x01", "not an envelope v1")
    suite, flags, count = sealed[4:7]
    require(suite in SUITES and flags <= 7 and 1 <= count <= 32, "malformed header")
    require(not flags & REQUEST or count == 1, "malformed header")
    entries, at = {}, 7
    for _ in range(count):
        enc = ENC.get(int.from_bytes(sealed[at : at + 2], "big"))
        require(enc is not None and len(sealed) >= at + 10 + enc + WRAP, "malformed header")
        name, at = sealed[at : at + 10], at + 10
        require(name not in entries, "malformed header")
        entries[name], at = sealed[at : at + enc + WRAP], at + enc + WRAP
    return sealed[:at], entries


def seal_envelope(suite: int, recipients: list[bytes], context: list[bytes], payload: bytes, created: int,
                  signer: bytes | None = None, padded: bool = False, mixed: bool = False) -> bytes:  # fmt: skip
    return seal_with_key(suite, recipients, context, payload, created, signer, padded, mixed)[0]


def seal_with_key(suite: int, recipients: list[bytes], context: list[bytes], payload: bytes, created: int,
                  signer: bytes | None = None, padded: bool = False, mixed: bool = False,
                  request: bool = False) -> tuple[bytes, bytes]:  # fmt: skip
    """The envelope and PK. `mixed` permits recipients of both KEMs: the envelope is then as strong as X25519 against quantum computers."""
    require(suite in SUITES, "unknown suite")
    require(mixed or len({kem_of(public) for public in recipients}) == 1, "recipients of one KEM, unless mixed")
    aead, ctx = SUITES[suite], context_digest(context)
    names = [recipient_name(aead, public) for public in recipients]
    require(1 <= len(names) <= 32 and len(set(names)) == len(names), "recipients: 1 to 32, each once")
    require(not request or len(names) == 1, "a request has one recipient")
    flags = (SIGNED if signer is not None else 0) | (PADDED if padded else 0) | (REQUEST if request else 0)
    start = b"CHN\x01" + bytes([suite, flags, len(names)])
    pk, info = os.urandom(32), wrap_info(start, names, ctx)
    header = start + b"".join(name + hpke_seal(aead, public, info, pk) for name, public in zip(names, recipients))

    hh = h(header)
    body = body_cipher(aead, pk, hh, ctx, os.urandom(SALT))
    content, signature = u(64, created) + payload, b""
    if signer is not None:
        require(len(signer) == 32, "not a signing key")
        key = Ed25519PrivateKey.from_private_bytes(signer)
        sender = key.public_key().public_bytes_raw()
        signature = verifying_id(sender) + key.sign(signed_bytes(hh, body, ctx, sender, created, payload))
    if padded:
        content = u(64, created) + u(64, len(payload)) + payload
        content += bytes(padded_length(len(content + signature)) - len(content + signature))
    return header + body.seal(content + signature), pk


def open_envelope(suite: int, secret: bytes, context: list[bytes], sealed: bytes,
                  senders: list[bytes] | None = None, kem: int = X25519) -> Opened:  # fmt: skip
    return open_with_key(suite, secret, context, sealed, senders, kem)[0]


def open_with_key(suite: int, secret: bytes, context: list[bytes], sealed: bytes,
                  senders: list[bytes] | None = None, kem: int = X25519,
                  request: bool = False) -> tuple[Opened, bytes]:  # fmt: skip
    """What was sealed and PK. With `senders` the envelope must be signed by one of these Ed25519 keys; without, it must not be signed."""
    header, entries = parse_header(sealed)
    flags, ctx = header[5], context_digest(context)
    require(suite == header[4], "another suite")
    require(bool(flags & SIGNED) == (senders is not None), "signed where anyone may send, or the reverse")
    require(bool(flags & REQUEST) == request, "a request, which wants an answer, or the reverse")
    aead, name = SUITES[suite], recipient_name(SUITES[suite], hpke_private(kem, secret)[1])
    require(name in entries, "for other recipients")
    pk = hpke_open(aead, kem, secret, wrap_info(header[:7], list(entries), ctx), entries[name])

    hh, rest = h(header), sealed[len(header) :]
    body = body_cipher(aead, pk, hh, ctx, rest[:SALT])
    content = body.open(rest)
    first, last = 16 if flags & PADDED else 8, len(content) - (72 if flags & SIGNED else 0)
    require(last >= first)
    created, length = int.from_bytes(content[:8], "big"), last - first
    if flags & PADDED:
        length = int.from_bytes(content[8:16], "big")
        require(len(content) == padded_length(first + length + len(content) - last))
        require(not any(content[first + length : last]))
    payload, sender = content[first : first + length], None
    if senders is not None:
        sender = next((key for key in senders if verifying_id(key) == content[last : last + 8]), None)
        require(sender is not None)
        verify_ed25519(sender, signed_bytes(hh, body, ctx, sender, created, payload), content[last + 8 :])
    message_id = h(label("message-id") + hh + body.salt + (sender or b""))
    return Opened(payload, created, message_id, None if sender is None else verifying_id(sender)), pk


# --- Section 11. Response: 0xC2 || C2SP(aead of the suite, RK, H(L("response") || 0xC2 || CTX), answer)


def response_cipher(suite: int, pk: bytes, request: bytes, context: list[bytes], salt: bytes) -> Chunked:
    rk = expand(pk, label("response key") + h(request), 32)
    return Chunked(SUITES[suite], rk, h(label("response") + b"\xc2" + context_digest(context)), salt)


def seal_response(suite: int, pk: bytes, request: bytes, context: list[bytes], answer: bytes) -> bytes:
    return b"\xc2" + response_cipher(suite, pk, request, context, os.urandom(SALT)).seal(answer)


def open_response(suite: int, pk: bytes, request: bytes, context: list[bytes], response: bytes) -> bytes:
    require(len(response) >= 73 and response[0] == 0xC2, "not a response")
    return response_cipher(suite, pk, request, context, response[1 : 1 + SALT]).open(response[1:])


def check_time(opened: Opened, now: int, skew: int = 60, max_age: int | None = None) -> Opened:
    """Section 10, step 7, in seconds: made at most `skew` in the future and, if it is said, at most `max_age` ago."""
    require(opened.created <= now + skew, "from the future")
    require(max_age is None or opened.created + max_age >= now, "expired")
    return opened
