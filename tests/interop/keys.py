# SPDX-License-Identifier: MIT OR Apache-2.0
"""Public keys and signatures for the matrix, so that the driver needs no package: test keys only, nothing here is constant time.

X25519 and Ed25519 share one curve. Its base point times the clamped secret is the Ed25519 public key when written as
RFC 8032 writes points, and the X25519 public key when written as RFC 7748 does: u = (1 + y) / (1 - y).
"""
import hashlib

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
BASE = (15112221349535400772501151409588531511454012693041857206046113283949847762202, 4 * pow(5, -1, P) % P)
L = 2**252 + 27742317777372353535851937790883648493  # the order of the base point


def _add(a, b):  # RFC 8032, section 5.1.4, in (X, Y, Z, T)
    m, n = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    c, d = 2 * D * a[3] * b[3], 2 * a[2] * b[2]
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def _clamped(secret):
    return int.from_bytes(secret, "little") & ((1 << 254) - 8) | (1 << 254)


def _times_base(scalar):
    result, power = (0, 1, 1, 0), (*BASE, 1, BASE[0] * BASE[1] % P)
    while scalar:
        if scalar & 1:
            result = _add(result, power)
        power, scalar = _add(power, power), scalar >> 1
    inverse = pow(result[2], -1, P)
    return result[0] * inverse % P, result[1] * inverse % P


def x25519_public(secret):
    _, y = _times_base(_clamped(secret))
    return ((1 + y) * pow(1 - y, -1, P) % P).to_bytes(32, "little")


def _point(scalar):
    x, y = _times_base(scalar)
    return (y | (x & 1) << 255).to_bytes(32, "little")


def ed25519_public(seed):
    return _point(_clamped(hashlib.sha512(seed).digest()[:32]))


def ed25519_sign(seed, message, nonce=None):
    """RFC 8032, section 5.1.6; another nonce is for what must be refused."""
    digest = hashlib.sha512(seed).digest()
    secret = _clamped(digest[:32])
    r = _hashed(digest[32:], message) if nonce is None else nonce
    point = _point(r)
    s = (r + _hashed(point, _point(secret), message) * secret) % L
    return point + s.to_bytes(32, "little")


def _hashed(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L
