# SPDX-License-Identifier: MIT OR Apache-2.0
"""Keys of tokens, and signatures by RFC 7518, so that the driver can sign what no library would: test keys only."""
import base64
import hashlib
import hmac
import json
from typing import Callable, NamedTuple

from keys import ed25519_public, ed25519_sign


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(value):
    return base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def der(tag, content):
    length = len(content)
    size = bytes([length]) if length < 128 else bytes([0x82]) + length.to_bytes(2, "big")
    return bytes([tag]) + size + content


def hashed(data):
    return hashlib.sha256(data).digest()


class Key(NamedTuple):
    alg: str
    public: dict  # the members of the JWK, without a name and an algorithm; none of HMAC
    secret: dict
    sign: Callable

    def named(self, kid):
        """The secret key, as it is handed to a peer."""
        return {**self.secret, "kid": kid, "alg": self.alg}

    def published(self, kid, **changes):
        return {**self.public, "kid": kid, "use": "sig", "alg": self.alg} | changes

    def thumbprint(self):
        """RFC 7638."""
        return base64url(hashed(json.dumps(self.public, sort_keys=True, separators=(",", ":")).encode()))


def hmac_key(alg, secret):
    digest = "sha" + alg[2:]
    return Key(alg, {}, {"kty": "oct", "k": base64url(secret)}, lambda data: hmac.digest(secret, data, digest))


def ed25519_key(seed):
    public = {"kty": "OKP", "crv": "Ed25519", "x": base64url(ed25519_public(seed))}
    secret = public | {"d": base64url(seed)}
    return Key("EdDSA", public, secret, lambda data: ed25519_sign(seed, data))


# --- P-256: affine, and slow

FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def _add(p, q):
    if p is None or q is None:
        return p or q
    if p[0] == q[0] and (p[1] + q[1]) % FIELD == 0:
        return None
    if p == q:
        slope = 3 * (p[0] * p[0] - 1) * pow(2 * p[1], -1, FIELD)
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, FIELD)
    x = (slope * slope - p[0] - q[0]) % FIELD
    return x, (slope * (p[0] - x) - p[1]) % FIELD


def _times(scalar, point):
    result = None
    while scalar:
        result = _add(result, point) if scalar & 1 else result
        point, scalar = _add(point, point), scalar >> 1
    return result


def p256_numbers(secret, data):
    """`r` and `s`. Nothing is secret here: the nonce is a digest."""
    nonce = int.from_bytes(hashed(secret.to_bytes(32, "big") + data), "big") % ORDER
    r = _times(nonce, BASE)[0] % ORDER
    return r, pow(nonce, -1, ORDER) * (int.from_bytes(hashed(data), "big") + r * secret) % ORDER


def fixed(*numbers):
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def p256_key(secret):
    x, y = (base64url(fixed(number)) for number in _times(secret, BASE))
    public = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    return Key("ES256", public, public | {"d": base64url(fixed(secret))}, lambda data: fixed(*p256_numbers(secret, data)))


# --- RSA

EXPONENT = 65537
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def prime(name, bits, nth):
    """The number that a name gives, and the first prime behind it, which is the nth odd number."""
    start = int.from_bytes(hashlib.shake_256(name.encode()).digest(bits // 8), "big")
    return (start | 3 << (bits - 2) | 1) + 2 * nth


# The primes of a key of 2048 bits, and of one of 1024.
PRIMES = (prime("the prime p", 1024, 152), prime("the prime q", 1024, 40))
SHORT = (prime("the prime p", 512, 129), prime("the prime q", 512, 371))


def pkcs1(data, length, info=SHA256_INFO):
    """RFC 8017, section 9.2."""
    block = info + hashed(data)
    return b"\x00\x01" + b"\xff" * (length - 3 - len(block)) + b"\x00" + block


def pss(data, length, salt=32):
    """RFC 8017, section 9.1.1, for a modulus of whole bytes. The salt is zeros."""
    digest = hashed(bytes(8) + hashed(data) + bytes(salt))
    block = bytes(length - salt - 34) + b"\x01" + bytes(salt)
    masks = (hashed(digest + count.to_bytes(4, "big")) for count in range(length // 32 + 1))
    masked = bytearray(a ^ b for a, b in zip(block, b"".join(masks)))
    masked[0] &= 0x7F
    return bytes(masked) + digest + b"\xbc"


def rsa_power(primes, block, exponent=EXPONENT):
    """What signs a block, whatever it is."""
    modulus = primes[0] * primes[1]
    secret = pow(exponent, -1, (primes[0] - 1) * (primes[1] - 1))
    return pow(int.from_bytes(block, "big"), secret, modulus).to_bytes((modulus.bit_length() + 7) // 8, "big")


def rsa_key(alg, primes=PRIMES, exponent=EXPONENT):
    p, q = primes
    modulus, secret = p * q, pow(exponent, -1, (p - 1) * (q - 1))
    public = {"kty": "RSA", "n": number(modulus), "e": number(exponent)}
    parts = {"d": secret, "p": p, "q": q, "dp": secret % (p - 1), "dq": secret % (q - 1), "qi": pow(q, -1, p)}
    padded, length = (pss if alg == "PS256" else pkcs1), (modulus.bit_length() + 7) // 8
    secrets = {name: number(part) for name, part in parts.items()}
    return Key(alg, public, public | secrets, lambda data: rsa_power(primes, padded(data, length), exponent))


ED25519_SEED, P256_SECRET = hashed(b"a seed"), int.from_bytes(hashed(b"a scalar"), "big") % ORDER
SHARED = hashlib.sha512(b"a shared secret").digest()
# One of each algorithm. A line more is an algorithm more.
KEYS = {
    key.alg: key
    for key in (
        hmac_key("HS256", SHARED[:32]),
        hmac_key("HS384", SHARED[:48]),
        hmac_key("HS512", SHARED),
        ed25519_key(ED25519_SEED),
        p256_key(P256_SECRET),
        rsa_key("RS256"),
        rsa_key("PS256"),
    )
}
OTHER = ed25519_key(hashed(b"another seed"))
OTHER_P256 = p256_key(P256_SECRET + 1)
