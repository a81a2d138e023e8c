# SPDX-License-Identifier: MIT OR Apache-2.0
"""The part of cases_bad_tokens.py whose signatures or keys are bad: (name, token, keys, algorithm)."""
import hashlib
import json

from cases_tokens import ED, KID, claims, header, made, public, published, shared
from keys import L, P, ed25519_sign
from token_keys import (
    ED25519_SEED, KEYS, ORDER, OTHER, OTHER_P256, P256_SECRET, PRIMES, SHA256_INFO, SHARED, SHORT, base64url, decoded, der,
    fixed, hashed, hmac_key, p256_numbers, pkcs1, pss, rsa_key, rsa_power,
)  # fmt: skip


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def signatures():
    for alg, key in KEYS.items():
        known = public(alg) if key.public else shared(alg)

        def token(changed, head=header(alg)):
            return made(head, sign=lambda data: changed(key.sign(data)))

        for what, change in {
            "no signature": lambda s: b"",
            "a byte less": lambda s: s[:-1],
            "a byte less in front": lambda s: s[1:],
            "a byte more": lambda s: s + b"\x00",
            "a zero in front": lambda s: b"\x00" + s,
            "half of it": lambda s: s[: len(s) // 2],
            "twice": lambda s: s + s,
            "the first bit": lambda s: flipped(s, 0),
            "a bit in the middle": lambda s: flipped(s, len(s) // 2),
            "the last bit": lambda s: flipped(s, len(s) - 1),
            "zeros": lambda s: bytes(len(s)),
            "ones": lambda s: b"\xff" * len(s),
        }.items():
            yield f"{what}, {alg}", token(change), known, alg
        good = token(lambda s: s)
        start, payload, signature = good.split(".")
        yield f"of another token, {alg}", f"{start}.{base64url(claims(sub='admin'))}.{signature}", known, alg
        yield f"of another header, {alg}", f"{base64url(header(alg, x=1))}.{payload}.{signature}", known, alg
        if not key.public:
            other = hmac_key(alg, bytes(range(64)))
        elif key.public["kty"] == "RSA":
            other = rsa_key(alg, SHORT)
        else:
            other = OTHER_P256 if alg == "ES256" else OTHER
        yield f"by another key, {alg}", made(header(alg), sign=other.sign), known, alg
    yield "in hexadecimal", ".".join([*made().split(".")[:2], decoded(made().split(".")[2]).hex()]), ED


def eddsa():
    def changed(change):
        return made(sign=lambda data: change(KEYS["EdDSA"].sign(data)))

    def with_s(signature, add):
        return signature[:32] + (int.from_bytes(signature[32:], "little") + add).to_bytes(32, "little")

    yield "s and the order", changed(lambda s: with_s(s, L)), ED
    yield "s and twice the order", changed(lambda s: with_s(s, 2 * L)), ED
    yield "the highest bit of s", changed(lambda s: s[:63] + bytes([s[63] | 0x80])), ED
    yield "the other sign of the point", changed(lambda s: s[:31] + bytes([s[31] ^ 0x80]) + s[32:]), ED
    neutral = made(sign=lambda data: ed25519_sign(ED25519_SEED, data, nonce=0))
    yield "a signature with a point of order 1", neutral, ED
    start, _, signature = neutral.rpartition(".")
    odd = (P + 1).to_bytes(32, "little") + decoded(signature)[32:]
    yield "a signature with a point of order 1, written in another way", f"{start}.{base64url(odd)}", ED
    hashed_first = made(sign=lambda data: KEYS["EdDSA"].sign(hashlib.sha512(data).digest()))
    yield "over a digest", hashed_first, ED


def der_signature(r, s):
    def integer(number):
        data = number.to_bytes(33, "big").lstrip(b"\x00") or b"\x00"
        return der(0x02, (b"\x00" if data[0] & 0x80 else b"") + data)

    return der(0x30, integer(r) + integer(s))


def ecdsa():
    known = public("ES256")

    def of(change):
        return made(header("ES256"), sign=lambda data: change(*p256_numbers(P256_SECRET, data)))

    for what, change in {
        "in DER": der_signature,
        "r of 0": lambda r, s: fixed(0, s),
        "s of 0": lambda r, s: fixed(r, 0),
        "r of 0 and s of 1": lambda r, s: fixed(0, 1),
        "r of 1 and s of 0": lambda r, s: fixed(1, 0),
        "r of 1 and s of 1": lambda r, s: fixed(1, 1),
        "r of the order": lambda r, s: fixed(ORDER, s),
        "s of the order": lambda r, s: fixed(r, ORDER),
        "r and s of the order": lambda r, s: fixed(ORDER, ORDER),
        "s above the order": lambda r, s: fixed(r, 2**256 - 1),
        "r and s swapped": lambda r, s: fixed(s, r),
        "the other r": lambda r, s: fixed(ORDER - r, s),
        "a byte more each": lambda r, s: b"\x00" + fixed(r) + b"\x00" + fixed(s),
    }.items():
        yield f"{what}, ES256", of(change), known, "ES256"


def rsa():
    modulus = PRIMES[0] * PRIMES[1]

    def number(value):
        return lambda _: value.to_bytes(256, "big")

    def padded(block):
        return lambda data: rsa_power(PRIMES, block(data))

    no_null = bytes.fromhex("302f300b06096086480165030402010420")
    of_sha512 = bytes.fromhex("3031300d060960864801650304020305000420")
    for what, sign in {
        "1": number(1),
        "the modulus less 1": number(modulus - 1),
        "the modulus": number(modulus),
        "no padding": padded(lambda data: hashed(data)),
        "no DigestInfo": padded(lambda data: pkcs1(data, 256, b"")),
        "a DigestInfo without NULL": padded(lambda data: pkcs1(data, 256, no_null)),
        "a DigestInfo of SHA-512": padded(lambda data: pkcs1(data, 256, of_sha512)),
        "padding of 8 bytes and the rest behind": padded(
            lambda data: b"\x00\x01" + b"\xff" * 8 + b"\x00" + SHA256_INFO + hashed(data) + bytes(256 - 62)
        ),
        "the padding of encryption": padded(lambda data: b"\x00\x02" + pkcs1(data, 256)[2:]),
        "zeros for padding": padded(lambda data: pkcs1(data, 256).replace(b"\xff", b"\x00")),
    }.items():
        yield f"{what}, RS256", made(header("RS256"), sign=sign), public("RS256"), "RS256"
    for salt in (0, 20, 31, 33, 222):
        sign = padded(lambda data: pss(data, 256, salt))
        yield f"a salt of {salt} bytes, PS256", made(header("PS256"), sign=sign), public("PS256"), "PS256"
    yield "the padding of RS256, PS256", made(header("PS256"), sign=KEYS["RS256"].sign), public("PS256"), "PS256"
    yield "the padding of PS256, RS256", made(header("RS256"), sign=KEYS["PS256"].sign), public("RS256"), "RS256"


def by_nobody(order, key):
    """With a public key of such an order one signature fits every token, or every second or fourth."""
    signature = (1).to_bytes(32, "little") + bytes(32)

    def fits(text):
        digest = hashlib.sha512(signature[:32] + key + text.encode()).digest()
        return int.from_bytes(digest, "little") % L % order == 0

    tokens = (made(claims=claims(jti=f"token-{number}"), sign=lambda _: signature) for number in range(100))
    return next(token for token in tokens if fits(token.rpartition(".")[0]))


def weak_keys():
    for alg, length in (("HS256", 31), ("HS256", 0), ("HS384", 47), ("HS512", 63)):
        key = hmac_key(alg, SHARED[:length])
        known = {"shared": json.dumps(key.named(KID))}
        yield f"a key of {length} bytes, {alg}", made(header(alg), sign=key.sign), known, alg
    zeros = hmac_key("HS256", bytes(32))
    known = {"shared": json.dumps(zeros.named(KID))}
    yield "a key of zeros, HS256", made(header("HS256"), sign=zeros.sign), known, "HS256"
    for alg in ("RS256", "PS256"):
        short = rsa_key(alg, SHORT)
        yield f"a key of 1024 bits, {alg}", made(header(alg), sign=short.sign), published(short.published(KID)), alg
    odd = rsa_key("RS256", exponent=5)
    yield "an exponent of 5, RS256", made(header("RS256"), sign=odd.sign), published(odd.published(KID)), "RS256"
    unsigned = made(header("RS256"), sign=lambda data: pkcs1(data, 256))  # its own signature
    yield "an exponent of 1, RS256", unsigned, public("RS256", e="AQ"), "RS256"
    for order, point in {1: 1, 2: P - 1, 4: 0}.items():
        key = point.to_bytes(32, "little")
        yield f"a key of order {order}, EdDSA", by_nobody(order, key), public("EdDSA", x=base64url(key))
    known = public("ES256", y=base64url(fixed(1)))
    yield "a point beside the curve, ES256", made(header("ES256"), sign=KEYS["ES256"].sign), known, "ES256"
    known = public("ES256", x=base64url(fixed(0)), y=base64url(fixed(0)))
    yield "the point at infinity, ES256", made(header("ES256"), sign=KEYS["ES256"].sign), known, "ES256"


def other_use():
    yield "a key for encryption", made(), public("EdDSA", use="enc")
    yield "a key that only signs", made(), public("EdDSA", key_ops=["sign"])
    yield "a key of another algorithm", made(), public("EdDSA", alg="ES256")
    unsaid = published({**KEYS["PS256"].public, "kid": KID, "use": "sig"})
    yield "PS256 by a key without alg", made(header("PS256"), sign=KEYS["PS256"].sign), unsaid, "PS256"
    yield "a key of X25519", made(), public("EdDSA", crv="X25519")
    yield "a set with a secret key", made(), public("EdDSA", **KEYS["EdDSA"].secret)
    two = published(KEYS["EdDSA"].published(KID), OTHER.published(KID))
    yield "two keys of one name, by the first", made(), two
    yield "two keys of one name, by the second", made(sign=OTHER.sign), two
    known = published({**KEYS["HS256"].secret, "kid": KID, "alg": "HS256"})
    yield "a set with a key that both sides have", made(header("HS256"), sign=KEYS["HS256"].sign), known, "HS256"


GROUPS = {
    "signature": signatures, "eddsa": eddsa, "ecdsa": ecdsa, "rsa": rsa, "weak": weak_keys, "use": other_use,
}  # fmt: skip
