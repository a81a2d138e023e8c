# SPDX-License-Identifier: MIT OR Apache-2.0
"""Key ids and texts, MACs, detached signatures and key agreement: sections 4 and 5 and appendix B of docs/envelope-v1.md.

Copy this file beside chancery.py, of which it uses the notation. Keys are raw bytes. What is refused raises `Refused`.
Key texts are parsed with Python's base64, whose time depends on the secret: fine for configuration, not for requests.
"""
from __future__ import annotations

import base64
import hmac
import re
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from chancery import (AEADS, P, X25519, X_WING, Refused, context_digest, expand, h, hpke_private, is_sound, label,
                      recipient_id, require, u, verify_ed25519, verifying_id)  # fmt: skip

# --- Sections 2 and 5. The kinds of keys, and the codes of their algorithms

HASHES = {"SHA-256": (4, 32), "SHA-384": (5, 48), "SHA-512": (6, 64)}  # code, length; a MAC key is at least as long


class Kind(NamedTuple):
    prefix: str
    codes: dict[str, bytes]  # by the name of the algorithm


SEAL = {name: u(16, aead.code) for name, aead in AEADS.items() if aead.cipher}
SUITE = {name: u(16, X25519) + u(16, 1) + u(16, aead.code) for name, aead in AEADS.items()}
SUITE |= {f"X-Wing {name}": u(16, X_WING) + SUITE[name][2:] for name in SEAL}
MAC = {name: u(16, code) for name, (code, _) in HASHES.items()}
ED25519 = {"Ed25519": u(16, 0x0807)}
KINDS = {
    "seal": Kind("chn_sk_seal_", SEAL),
    "mac": Kind("chn_sk_mac_", MAC),
    "signing": Kind("chn_sk_signing_", ED25519),
    "verifying": Kind("chn_pk_verifying_", ED25519),
    "identity": Kind("chn_sk_identity_", SUITE),
    "recipient": Kind("chn_pk_recipient_", SUITE),
}


def check_key(kind: str, algorithm: str, key: bytes) -> None:
    require(kind in KINDS and algorithm in KINDS[kind].codes, "no such key")
    if kind == "mac":
        require(HASHES[algorithm][1] <= len(key) <= 128, "a MAC key as long as its hash, and up to 128 bytes")
    else:
        x_wing = kind == "recipient" and algorithm.startswith("X-Wing ")
        require(len(key) == (1216 if x_wing else 32), "a key of 32 bytes, or 1216 for X-Wing")
    if kind == "verifying":
        require(is_sound(key), "not a verifying key")
    elif kind == "recipient":
        pairs, x25519 = [int.from_bytes(key[at : at + 3], "little") for at in range(0, len(key) - 64, 3)], key[-32:]
        require(all(pair >> 12 < 3329 and pair & 0xFFF < 3329 for pair in pairs), "a coefficient of ML-KEM beyond the modulus")
        require(int.from_bytes(x25519, "little") < P, "not canonical")
        exchange(bytes(32), x25519)  # any secret shows that a point has small order
    else:
        require(len(set(key)) > 1, "not chosen at random")


def key_id(kind: str, algorithm: str, key: bytes) -> bytes:
    """Section 4. The id of a secret half is that of its public half."""
    if kind == "seal":
        return expand(key, label("key-id") + AEADS[algorithm].name, 8)
    if kind == "mac":
        return expand(key, label("key-id") + b"HMAC-" + algorithm.encode(), 8)
    if kind in ("signing", "verifying"):
        return verifying_id(ed25519_public(key) if kind == "signing" else key)
    kem, aead = (X_WING, algorithm[7:]) if algorithm.startswith("X-Wing ") else (X25519, algorithm)
    return recipient_id(AEADS[aead], hpke_private(kem, key)[1] if kind == "identity" else key)


def checksum(prefix: str, data: bytes) -> bytes:
    return h(label("key-text") + prefix.encode() + data)[:4]


def key_text(kind: str, algorithm: str, key: bytes) -> str:
    check_key(kind, algorithm, key)
    prefix, data = KINDS[kind].prefix, KINDS[kind].codes[algorithm] + key
    return prefix + base64.urlsafe_b64encode(data + checksum(prefix, data)).decode().rstrip("=")


def parse_key(kind: str, text: str) -> tuple[str, bytes]:
    """The algorithm and the key in a text of the expected kind."""
    prefix, codes = KINDS[kind]
    require(text.startswith(prefix), f"not the text of a key: {prefix}...")
    require(re.fullmatch("[A-Za-z0-9_-]*", text) is not None and len(text) <= 1652, "not the text of a key")
    body = text[len(prefix) :]
    require(len(body) % 4 != 1, "not the text of a key")
    data = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    require(base64.urlsafe_b64encode(data).decode().rstrip("=") == body, "left-over bits")
    data, found = data[:-4], data[-4:]
    require(checksum(prefix, data) == found, "mistyped or cut")
    algorithm, code = next(((name, code) for name, code in codes.items() if data.startswith(code)), (None, b""))
    require(algorithm is not None, "no such algorithm")
    check_key(kind, algorithm, data[len(code) :])
    return algorithm, data[len(code) :]


# --- Appendix B. MAC, detached signature, agreement


def mac_tag(algorithm: str, key: bytes, context: list[bytes], message: bytes) -> bytes:
    check_key("mac", algorithm, key)
    return hmac.digest(key, label("mac") + context_digest(context) + message, algorithm.replace("-", "").lower())


def mac_verify(algorithm: str, key: bytes, context: list[bytes], message: bytes, tag: bytes) -> None:
    require(hmac.compare_digest(mac_tag(algorithm, key, context, message), tag))


def signature_input(context: list[bytes], message: bytes) -> bytes:
    return b"\xff" + label("signature") + context_digest(context) + message


def sign(seed: bytes, context: list[bytes], message: bytes) -> bytes:
    check_key("signing", "Ed25519", seed)
    return Ed25519PrivateKey.from_private_bytes(seed).sign(signature_input(context, message))


def verify(public: bytes, context: list[bytes], message: bytes, signature: bytes) -> None:
    check_key("verifying", "Ed25519", public)
    verify_ed25519(public, signature_input(context, message), signature)


def agreed_keys(secret: bytes, public: bytes, initiator: bool, context: list[bytes]) -> tuple[bytes, bytes]:
    """The keys for AES-256-GCM that this side seals with and opens with."""
    pair = [x25519_public(secret), public]
    prk = hmac.digest(b"", exchange(secret, public), "sha512")  # HKDF-Extract with an empty salt
    info = label("agreement") + context_digest(context) + b"".join(pair if initiator else reversed(pair))
    okm = expand(prk, info, 64)
    return (okm[:32], okm[32:]) if initiator else (okm[32:], okm[:32])


def exchange(secret: bytes, public: bytes) -> bytes:
    try:
        return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:  # not 32 bytes, or a shared secret of zeros
        raise Refused("not a public key") from None


def x25519_public(secret: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def ed25519_public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
