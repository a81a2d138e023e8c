# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tokens that must be refused, each good but for one thing, and what is known of who takes them all the same.

They are signed with the right key, unless that is what is wrong with them, and are the same bytes at every run.
"""
import base64
import hashlib
import json
import re
import zlib
from typing import NamedTuple

import cases_bad_signatures
from cases_tokens import (
    ACCESS, AUDIENCE, CLAIMS, DAY, ED, GONE, ISSUER, KID, LEEWAY, LIFETIME, NOW, claims, dumped, header, made, nested,
    public, shared, two_keys, verification,
)  # fmt: skip
from token_keys import KEYS, OTHER, PRIMES, SHARED, base64url, decoded, der, hmac_key, rsa_power


class Bad(NamedTuple):
    why: str  # of WHY
    name: str
    token: str
    known: dict  # the keys
    alg: str = "EdDSA"
    more: dict = {}  # of the request


# Why each is refused, and what says so.
WHY = {
    "alg": ("RFC 8725, 3.1", "The key decides on the algorithm."),
    "keys": ("RFC 8725, 3.10", "Keys come from the issuer, never with a token."),
    "kid": ("RFC 8725, 3.10", "`kid` is 1 to 256 printable ASCII characters, and the name of the key that signed."),
    "crit": ("RFC 7515, 4.1.11", "No extension is known here, and a list of none is none."),
    "b64": ("RFC 7797, 7", "A token is Base64url: `b64`, compression and encryption make another one."),
    "parts": ("RFC 7519, 7.2", "Three parts with two dots between them."),
    "base64": ("RFC 7515, 2", "Base64url without padding, white space and bits that are left over: one text of a token."),
    "json": ("RFC 7519, 7.2", "Header and claims are an object of JSON in UTF-8."),
    "twice": ("RFC 7519, 4", "A member is there once, at every level."),
    "depth": ("RFC 8259, 9", "16 levels at most, and numbers that a double has: what is read is bounded."),
    "size": ("RFC 8259, 9", "8 KiB at most."),
    "typ": ("RFC 8725, 3.11", "The type is what is expected."),
    "type": ("RFC 7519, 4.1", "A registered claim has its type, and is not taken for absent."),
    "time": ("RFC 7519, 4.1.4 to 4.1.6", "`exp` is there, an integer, and the token is valid now, within 60 seconds."),
    "long": ("RFC 6750, 5.3", "A token lives for a day at most."),
    "iss": ("RFC 8725, 3.8", "The issuer, to the letter."),
    "aud": ("RFC 8725, 3.9", "The audience, to the letter."),
    "access": ("RFC 9068, 2.2", "An access token has `sub`, `client_id`, `iat` and `jti`."),
    "cnf": ("RFC 7800, 3.1", "What is bound to a key is none for whoever holds it."),
    "signature": ("RFC 7515, 5.2", "The signature is by the key, over these bytes, and of its one length."),
    "eddsa": ("RFC 8032, 5.1.7", "`s` is below the order, points have their one encoding and are not of small order."),
    "ecdsa": ("RFC 7518, 3.4", "`r` and `s` are 32 bytes each, above 0 and below the order."),
    "rsa": ("RFC 8017, 8", "The padding is that of the algorithm; the salt of PS256 is as long as its hash."),
    "weak": ("RFC 8725, 3.5", "HMAC keys are as long as the hash, RSA is 2048 bits and 65537, points are of large order."),
    "use": ("RFC 7517, 4", "A key is what it says that it is for."),
}

ED_SIGN = KEYS["EdDSA"].sign


def spoken(value):
    kinds = {type(None): "null", bool: "a boolean", int: "a number", str: "text", list: "a list", dict: "an object"}
    return kinds[type(value)]


def spki(key):
    """What a PEM file has, of which much is known to have been taken for the secret of an HMAC."""
    if key.alg == "ES256":
        start = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + b"\x04"
        return start + b"".join(decoded(key.public[name]) for name in "xy")
    if key.alg == "EdDSA":
        return bytes.fromhex("302a300506032b6570032100") + decoded(key.public["x"])
    return der(0x30, bytes.fromhex("300d06092a864886f70d0101010500") + der(0x03, b"\x00" + rsa_public(key)))


def rsa_public(key):
    return der(0x30, b"".join(der(0x02, b"\x00" * (name == "n") + decoded(key.public[name])) for name in "ne"))


def pem(data, name="PUBLIC KEY"):
    text = base64.b64encode(data).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {name}-----", *lines, f"-----END {name}-----", ""]).encode()


def hs256(secret):
    return hmac_key("HS256", secret).sign


def nothing(_):
    return b""


def algorithms():
    for alg in ("none", "None", "NONE", "nOnE", "none ", ""):
        yield f"alg {alg!r}, no signature", made(header(alg), sign=nothing), ED
        yield f"alg {alg!r}, the right signature", made(header(alg)), ED
    yield "no alg", made(header(GONE)), ED
    for alg in (None, 17, True, ["EdDSA"], {"EdDSA": 1}):
        yield f"alg, {spoken(alg)}", made(header(alg)), ED
    others = ("Ed448", "HS256", "RS256", "ES256", "ES256K", "XX256", "HS256,EdDSA")
    for alg in ("eddsa", "EDDSA", "EdDSA ", "EdDSA\x00", *others):
        yield f"alg {alg!r} with a signature by EdDSA", made(header(alg)), ED
    for alg, key in KEYS.items():
        if not key.public:
            continue
        text = pem(spki(key))
        secrets = {"its PEM": text, "its PEM without the last line feed": text[:-1], "its DER": spki(key)}
        secrets |= {"its JWK": dumped(key.published(KID)), "its bare JWK": dumped(key.public), "nothing": b""}
        secrets |= {f"its {name}": decoded(text) for name, text in key.public.items() if name in "xyn"}
        if "RSA" in key.public.values():
            own = rsa_public(key)
            secrets |= {"its PEM by PKCS #1": pem(own, "RSA PUBLIC KEY"), "its DER by PKCS #1": own}
        for what, secret in secrets.items():
            name = f"HS256 with {what} as the secret, of a key of {alg}"
            yield name, made(header("HS256"), sign=hs256(secret)), public(alg), alg
        if alg != "EdDSA":
            yield f"alg none, of a key of {alg}", made(header("none"), sign=nothing), public(alg), alg
    for alg in ("RS256", "PS256"):
        other = "PS256" if alg == "RS256" else "RS256"
        yield f"{other} with the key of {alg}", made(header(other), sign=KEYS[other].sign), public(alg), alg
    for alg in ("RS384", "RS512"):
        yield f"{alg} with the key of RS256", made(header(alg), sign=sha2_rsa(alg)), public("RS256"), "RS256"
    for alg, length in (("HS256", 32), ("HS512", 64)):
        sign = hmac_key("HS384", SHARED[:length]).sign
        yield f"HS384 with the key of {alg}", made(header("HS384"), sign=sign), shared(alg), alg


def sha2_rsa(alg):
    """A signature as RS384 and RS512 have it."""
    name = "sha" + alg[2:]
    info = {"RS384": "3041300d060960864801650304020205000430", "RS512": "3051300d060960864801650304020305000440"}[alg]

    def sign(data):
        block = bytes.fromhex(info) + hashlib.new(name, data).digest()
        return rsa_power(PRIMES, b"\x00\x01" + b"\xff" * (253 - len(block)) + b"\x00" + block)

    return sign


def embedded():
    url = "https://keys.example/set"
    chain = [base64.b64encode(b"a certificate").decode()]
    own, theirs = KEYS["EdDSA"].public, OTHER.public
    for name, value in {"jwk": theirs, "jku": url, "x5u": url, "x5c": chain}.items():
        yield f"{name}, and signed with that key", made(header(**{name: value}), sign=OTHER.sign), ED
        nameless = header(**{name: value, "kid": GONE})
        yield f"{name}, no kid, and signed with that key", made(nameless, sign=OTHER.sign), ED
    yield "the name of a key that came along", made(header(jwk=theirs | {"kid": KID}, kid=KID), sign=OTHER.sign), ED
    for name, value in {"jwk": own, "jku": url, "x5u": url, "x5c": chain}.items():
        yield f"{name} beside the right key", made(header(**{name: value})), ED
    yield "jwk with a secret key", made(header(jwk=KEYS["EdDSA"].secret)), ED
    yield "jwk that is text", made(header(jwk="x")), ED
    yield "jwk that is null", made(header(jwk=None)), ED


def names():
    yield "the kid of another key", made(header(kid="other")), two_keys()
    yield "an unknown kid", made(header(kid="2026-12")), ED
    yield "no kid, and two keys", made(header(kid=GONE)), two_keys()
    yield "an empty kid", made(header(kid="")), ED
    for kid in (None, 17, [KID], {"kid": KID}, True):
        yield f"kid, {spoken(kid)}", made(header(kid=kid)), ED
    for what, kid in {
        "with white space behind": KID + " ",
        "with a NUL behind": KID + "\x00",
        "in a path": "../../" + KID,
        "in SQL": f"x' UNION SELECT '{KID}",
        "of 257 characters": "k" * 257,
    }.items():
        yield f"a kid {what}", made(header(kid=kid)), ED
    odd = {"set": json.dumps({"keys": [KEYS["EdDSA"].published("k" * 257)]})}
    yield "a kid of 257 characters that the set has", made(header(kid="k" * 257)), odd
    odd = {"set": json.dumps({"keys": [KEYS["EdDSA"].published("schlüssel\n")]})}
    yield "a kid beyond printable ASCII that the set has", made(header(kid="schlüssel\n")), odd


def critical():
    yield "crit, a claim", made(header(crit=["exp"], exp=NOW + LIFETIME)), ED
    yield "crit, an unknown extension", made(header(crit=["x-new"], **{"x-new": True})), ED
    yield "crit, an extension that is not there", made(header(crit=["x-new"])), ED
    yield "crit, b64 that is true", made(header(crit=["b64"], b64=True)), ED
    yield "crit, a member of RFC 7515", made(header(crit=["alg"])), ED
    yield "crit, the same twice", made(header(crit=["b64", "b64"], b64=True)), ED
    yield "crit, an empty list", made(header(crit=[])), ED
    for crit in (None, "b64", {"b64": True}, True, 0):
        yield f"crit, {spoken(crit)}", made(header(crit=crit, b64=True)), ED
    for extension in (17, None, ["b64"]):
        yield f"crit, a list with {spoken(extension)}", made(header(crit=[extension], b64=True)), ED


def another_form():
    for value in (False, True):
        yield f"b64 that is {str(value).lower()}, without crit", made(header(b64=value)), ED
    for value in (None, "false", 0):
        yield f"b64, {spoken(value)}, without crit", made(header(b64=value)), ED
    start, payload = base64url(header(b64=False, crit=["b64"])), claims().decode()
    signature = base64url(ED_SIGN(f"{start}.{payload}".encode()))
    yield "b64 false and plain claims", f"{start}.{payload}.{signature}", ED
    yield "b64 false and claims elsewhere", f"{start}..{signature}", ED
    yield "b64 false and Base64url all the same", made(header(b64=False, crit=["b64"])), ED
    yield "zip, and not compressed", made(header(zip="DEF")), ED
    squeezed = zlib.compress(claims())[2:-4]
    yield "zip, and compressed", made(header(zip="DEF"), squeezed), ED
    yield "enc", made(header(enc="A256GCM")), ED
    yield "p2c of many rounds", made(header("PBES2-HS256+A128KW", p2c=2**31 - 1, enc="A128GCM")), ED


def parts():
    good = made()
    start, payload, signature = good.split(".")
    signed = {"protected": start, "signature": signature}
    for what, text in {
        "five parts": f"{start}.{payload}.{signature}.{payload}.{signature}",
        "four parts": good + "." + signature,
        "two parts": f"{start}.{payload}",
        "one part": start,
        "nothing at all": "",
        "two dots": "..",
        "a dot in front": "." + good,
        "a dot behind": good + ".",
        "no header": f".{payload}.{signature}",
        "no claims": f"{start}..{signature}",
        "claims and header swapped": f"{payload}.{start}.{signature}",
        "two tokens": f"{good} {good}",
        "the JSON form": json.dumps(signed | {"payload": payload}),
        "the general JSON form": json.dumps({"payload": payload, "signatures": [signed]}),
        "quotes around it": f'"{good}"',
        "Bearer in front": f"Bearer {good}",
    }.items():
        yield what, text, ED
    encrypted = base64url(dumped({"alg": "dir", "enc": "A256GCM", "kid": KID}))
    yield "an encrypted token", f"{encrypted}..{base64url(bytes(12))}.{payload}.{base64url(bytes(16))}", ED
    yield "no claims, and signed so", made(claims=b""), ED
    yield "a token in a token", made(header(cty="JWT"), good.encode()), ED


def alphabet():
    good = made()
    start, payload, signature = good.split(".")

    def signed(header_text, payload_text):
        text = f"{header_text}.{payload_text}"
        return f"{text}.{base64url(ED_SIGN(text.encode()))}"

    odd = claims(x="~~~~????")  # Base64 of it has what the alphabets differ in
    assert set("-_") <= set(base64url(odd))
    standard = base64.b64encode(odd).decode().rstrip("=")
    yield "the standard alphabet in the claims", signed(start, standard), ED
    swapped = signature.replace("-", "+").replace("_", "/")
    assert swapped != signature
    yield "the standard alphabet in the signature", f"{start}.{payload}.{swapped}", ED
    # With one byte in the last group.
    one, two = (base64url(text + b" " * ((1 - len(text)) % 3)) for text in (header(), claims()))
    yield "padding of the header", signed(one + "==", payload), ED
    yield "padding of the claims", signed(start, two + "=="), ED
    yield "padding of the signature", good + "==", ED
    yield "padding of the signature that is not needed", good + "====", ED
    yield "padding in percent signs", good + "%3D%3D", ED
    yield "bits left over in the header", signed(leftover(one), payload), ED
    yield "bits left over in the claims", signed(start, leftover(two)), ED
    yield "bits left over in the signature", f"{start}.{payload}.{leftover(signature)}", ED
    yield "a character too many in the claims", signed(start, two + "AAA"), ED
    spaces = {"a space": " ", "a line feed": "\n", "a tab": "\t", "CR and LF": "\r\n", "a NUL": "\x00"}
    for what, at in {"in front": 0, "behind": len(good), "in the header": 10, "in the claims": len(start) + 10}.items():
        for name, space in spaces.items():
            yield f"{name} {what}", good[:at] + space + good[at:], ED
    yield "a space in the claims, and signed so", signed(start, payload[:10] + " " + payload[10:]), ED
    yield "a line feed in the header, and signed so", signed(start[:10] + "\n" + start[10:], payload), ED
    yield "a space in the signature", good[:-10] + " " + good[-10:], ED
    yield "a letter beyond ASCII in the signature", good[:-10] + "\u00e9" + good[-9:], ED
    yield "a wide letter in the header", "\uff45" + good[1:], ED
    yield "white space at the dots", f"{start} . {payload} . {signature}", ED
    yield "a byte order mark in front of the text", "\ufeff" + good, ED


def leftover(text):
    """The same bytes, written with bits that mean nothing."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + letters[letters.index(text[-1]) + 1]


def texts():
    mark = "\ufeff".encode()
    for part, good in (("header", header()), ("claims", claims())):
        for what, text in {
            "a list": b"[" + good + b"]",
            "a string": dumped(good.decode()),
            "a number": b"17",
            "null": b"null",
            "true": b"true",
            "no JSON": b"eyJ",
            "half of it": good[: len(good) // 2],
            "a byte order mark": mark + good,
            "UTF-16": good.decode().encode("utf-16-le"),
            "UTF-16 with a mark": good.decode().encode("utf-16"),
            "UTF-32": good.decode().encode("utf-32-be"),
            "a byte that is no UTF-8": good[:-1] + b',"x":"\xff"}',
            "a letter in two bytes that is one": good[:-1] + b',"x":"\xc1\x81"}',
            "half a surrogate pair": good[:-1] + b',"x":"\\ud800"}',
            "half a surrogate pair in UTF-8": good[:-1] + b',"x":"\xed\xa0\x80"}',
            "a comma behind": good[:-1] + b",}",
            "single quotes": good.replace(b'"', b"'"),
            "a comment": good[:-1] + b"/* x */}",
            "two objects": good + good,
            "a brace behind": good + b"}",
            "a NUL behind": good + b"\x00",
            "a line feed in a string": good[:-1] + b',"x":"\n"}',
            "a number with a zero in front": good[:-1] + b',"x":017}',
            "a number with a plus": good[:-1] + b',"x":+1}',
            "a number in hexadecimal": good[:-1] + b',"x":0x11}',
            "NaN": good[:-1] + b',"x":NaN}',
            "Infinity": good[:-1] + b',"x":-Infinity}',
            "a name without quotes": good[:-1] + b",x:1}",
            "a no-break space": b"\xc2\xa0" + good,
        }.items():
            yield f"{what}, {part}", made(**{part: text}), ED


def members_twice():
    h, c = header(), claims()
    for what, text in {
        "alg, the right one first": h[:-1] + b',"alg":"none"}',
        "alg, the right one last": b'{"alg":"none",' + h[1:],
        "alg that are the same": h[:-1] + b',"alg":"EdDSA"}',
        "kid": b'{"kid":"2026-12",' + h[1:],
        "typ": b'{"typ":"at+jwt",' + h[1:],
        "alg, one escaped": b'{"\\u0061lg":"none",' + h[1:],
        "of an unknown member": h[:-1] + b',"x":1,"x":1}',
        "of a member of a member": h[:-1] + b',"x":{"y":1,"y":2}}',
    }.items():
        yield f"two {what}, header", made(header=text), ED
    for what, text in {
        "exp, the right one first": c[:-1] + b',"exp":%d}' % (NOW - DAY),
        "exp, the right one last": b'{"exp":%d,' % (NOW - DAY) + c[1:],
        "exp that are the same": c[:-1] + b',"exp":%d}' % CLAIMS["exp"],
        "iss": b'{"iss":"https://evil.example",' + c[1:],
        "aud": b'{"aud":"billing.example.com",' + c[1:],
        "sub": b'{"sub":"admin",' + c[1:],
        "sub, one escaped": b'{"s\\u0075b":"admin",' + c[1:],
        "of an unknown claim": c[:-1] + b',"role":"user","role":"admin"}',
        "of a member of a claim": c[:-1] + b',"x":{"y":1,"y":2}}',
        "of a member in a list": c[:-1] + b',"x":[{"y":1,"y":2}]}',
    }.items():
        yield f"two {what}, claims", made(claims=text), ED


def bounds():
    yield "17 levels of objects in the claims", made(claims=claims(x=nested(17))), ED
    for depth in (100, 1000, 2500):
        levels = b'"x":' + b"[" * depth + b"]" * depth
        yield f"{depth} levels of lists in the claims", made(claims=claims()[:-1] + b"," + levels + b"}"), ED
    yield "1000 levels of lists in the header", made(header()[:-1] + b',"x":' + b"[" * 1000 + b"]" * 1000 + b"}"), ED
    yield "1e400 in a claim of somebody", made(claims=claims()[:-1] + b',"x":1e400}'), ED
    yield "5000 digits in a claim of somebody", made(claims=claims()[:-1] + b',"x":' + b"9" * 5000 + b"}"), ED


def sizes():
    start, payload, _ = made().split(".")
    room = 8 * 1024 + 1 - len(start) - 2 - 86
    filler = claims(x="")
    yield "8 KiB and a byte", made(claims=claims(x="a" * (room * 3 // 4 - len(filler)))), ED
    yield "64 KiB of claims", made(claims=claims(x="a" * 65536)), ED
    yield "200 KiB of claims", made(claims=claims(x="a" * 204800)), ED
    yield "8 KiB of a header", made(header(x="a" * 8192)), ED


def kinds():
    for typ in ("at+jwt", "application/at+jwt", "dpop+jwt", "jose", "JWTX"):
        yield f"typ {typ}", made(header(typ=typ)), ED
    yield "typ with white space behind", made(header(typ="JWT ")), ED
    yield "an empty typ", made(header(typ="")), ED
    yield "no typ", made(header(typ=GONE)), ED
    for typ in (None, 17, ["JWT"]):
        yield f"typ, {spoken(typ)}", made(header(typ=typ)), ED


def types():
    for name in ("iss", "sub", "jti", "client_id"):
        for value in (None, 17, ["x"], {"x": 1}, True):
            yield f"{name}, {spoken(value)}", made(claims=claims(**{name: value})), ED
    for value in (None, 17, {AUDIENCE: 1}, True):
        yield f"aud, {spoken(value)}", made(claims=claims(aud=value)), ED
    for value in (17, None, [AUDIENCE]):
        yield f"aud, a list with ours and {spoken(value)}", made(claims=claims(aud=[AUDIENCE, value])), ED
    yield "iss, a list with the right one", made(claims=claims(iss=[ISSUER])), ED
    for name in ("nbf", "iat"):
        for value in (None, "soon", [NOW], {"at": NOW}, True):
            yield f"{name}, {spoken(value)}", made(claims=claims(**{name: value})), ED
        yield f"{name}, digits in quotes", made(claims=claims(**{name: str(NOW)})), ED
        yield f"{name}, empty text", made(claims=claims(**{name: ""})), ED
        yield f"{name} 1e400", made(claims=raw(name, b"1e400")), ED
        yield f"{name} that is negative", made(claims=claims(**{name: -1})), ED
        yield f"{name} with a fraction", made(claims=claims(**{name: NOW - 0.5})), ED


def raw(name, text):
    """The claims with this text as a value, which no library writes."""
    return claims(**{name: GONE})[:-1] + b',"%s":%s}' % (name.encode(), text)


def times():
    end = NOW + LIFETIME
    yield "no exp", made(claims=claims(exp=GONE)), ED
    for value in (None, "never", [end], {"at": end}, True):
        yield f"exp, {spoken(value)}", made(claims=claims(exp=value)), ED
    yield "exp, digits in quotes", made(claims=claims(exp=str(end))), ED
    yield "exp, empty text", made(claims=claims(exp="")), ED
    numbers = (b"0", b"-1", b"-%d" % end, b"1e400", b"-1e400", b"1e5000")
    for text in (*numbers, b"NaN", b"Infinity", b"0x7fffffff", b"1_790_000_300"):
        yield f"exp {text.decode()}", made(claims=raw("exp", text)), ED
    yield "exp of 400 digits", made(claims=raw("exp", b"9" * 400)), ED
    yield "exp with a fraction", made(claims=claims(exp=end + 0.5)), ED
    yield "exp with .0", made(claims=raw("exp", b"%d.0" % end)), ED
    yield "exp with an exponent", made(claims=raw("exp", b"179000030e1")), ED
    old = {"iat": NOW - DAY + LIFETIME}
    yield "exp, as long ago as the leeway", made(claims=claims(exp=NOW - LEEWAY, **old)), ED
    yield "exp, long ago", made(claims=claims(exp=NOW - DAY // 2, **old)), ED
    yield "nbf, a second after the leeway", made(claims=claims(nbf=NOW + LEEWAY + 1)), ED
    yield "nbf, after exp", made(claims=claims(nbf=end + DAY)), ED
    yield "iat, a second after the leeway", made(claims=claims(iat=NOW + LEEWAY + 1)), ED
    yield "iat, in a year", made(claims=claims(iat=NOW + 365 * DAY)), ED
    yield "exp in milliseconds, passed", made(claims=claims(exp=(NOW - DAY) // 1000)), ED


def lifetimes():
    yield "exp in a day and a second", made(claims=claims(exp=NOW + DAY + 1)), ED
    yield "exp in ten years", made(claims=claims(exp=NOW + 3650 * DAY)), ED
    yield "exp in milliseconds", made(claims=claims(exp=(NOW + LIFETIME) * 1000)), ED
    yield "exp in a year, no iat", made(claims=claims(exp=NOW + 365 * DAY, iat=GONE)), ED
    for bits in (53, 63, 64, 128):
        yield f"exp of 2^{bits}", made(claims=claims(exp=2**bits)), ED


def issuers():
    for what, iss in {
        "no iss": GONE,
        "an empty iss": "",
        "another iss": "https://evil.example",
        "iss with a slash behind": ISSUER + "/",
        "iss in upper case": ISSUER.upper(),
        "iss by http": ISSUER.replace("https", "http"),
        "iss with a port": ISSUER + ":443",
        "iss with more behind": ISSUER + ".evil.example",
        "half an iss": ISSUER[:-4],
        "iss with a space": ISSUER + " ",
        "iss with a NUL": ISSUER + "\x00",
    }.items():
        yield what, made(claims=claims(iss=iss)), ED


def audiences():
    for what, aud in {
        "no aud": GONE,
        "an empty aud": "",
        "an empty list": [],
        "another aud": "billing.example.com",
        "a list without ours": ["billing.example.com", "mail.example.com"],
        "aud with a dot behind": AUDIENCE + ".",
        "aud in upper case": AUDIENCE.upper(),
        "aud in a longer one": "x-" + AUDIENCE,
        "half an aud": AUDIENCE[:6],
        "two in one text": f"{AUDIENCE} billing.example.com",
        "a star": "*",
    }.items():
        yield what, made(claims=claims(aud=aud)), ED


def access_tokens():
    """Beside what is asked of every token."""
    kind = {"typ": "at+jwt"}
    for name in ACCESS["required"]:
        text = made(header(**kind), claims(**{"client_id": "web", name: GONE}))
        yield f"an access token without {name}", text, ED, "EdDSA", ACCESS
    whole = claims(client_id="web", scope="read")
    yield "an ID token for an access token", made(header(), claims(nonce="n", client_id="web")), ED, "EdDSA", ACCESS
    yield "an access token of the type JWT", made(header(), whole), ED, "EdDSA", ACCESS
    yield "an access token without a type", made(header(typ=GONE), whole), ED, "EdDSA", ACCESS


def bound_tokens():
    thumbprint = OTHER.thumbprint()
    for what, cnf in {
        "bound by DPoP, without a proof": {"jkt": thumbprint},
        "bound to a certificate": {"x5t#S256": thumbprint},
        "bound to a key that stands there": {"jwk": OTHER.public},
        "bound to nothing": {},
        "cnf that is text": thumbprint,
        "cnf that is null": None,
    }.items():
        yield what, made(claims=claims(cnf=cnf)), ED


GROUPS = {
    "alg": algorithms, "keys": embedded, "kid": names, "crit": critical, "b64": another_form, "parts": parts,
    "base64": alphabet, "json": texts, "twice": members_twice, "depth": bounds, "size": sizes, "typ": kinds,
    "type": types, "time": times, "long": lifetimes, "iss": issuers, "aud": audiences, "access": access_tokens,
    "cnf": bound_tokens, **cases_bad_signatures.GROUPS,
}  # fmt: skip


def bad():
    listed = [Bad(why, *one) for why, group in GROUPS.items() for one in group()]
    keys = [(one.token, str(one.known), str(one.more)) for one in listed]
    twice = [one for one, key in zip(listed, keys) if keys.count(key) > 1]
    assert not twice, [one.name for one in twice]
    names = [one.name for one in listed]
    assert len({*names}) == len(names), [name for name in names if names.count(name) > 1]
    assert not any(mark in name for name in names for mark in ("; ", "|", "`"))
    return listed


def asking(one):
    return verification(one.token, one.known, one.alg) | one.more


# --- Who takes them all the same

CODE = re.compile(r"\b(alg|kid|typ|crit|b64|zip|enc|jwk|jku|x5u|x5c|iss|sub|aud|exp|nbf|iat|jti|client_id|cnf|EdDSA)\b")

def table(listed, takes, versions):
    """What docs/tokens.md says: in one row what is refused for the same reason and taken by the same packages."""
    rows = {}
    for one in listed:
        takers = tuple(one.name in takes[package] for package in versions)
        if any(takers):
            rows.setdefault((one.why, takers), []).append(one.name)
    head = " | ".join(f"`{package}` {version}" for package, version in versions.items())
    lines = [f"| refused here | {head} | because |", "|---|" + "---|" * (len(versions) + 1)]
    for (why, takers), names in rows.items():
        section, reason = WHY[why]
        cells = " | ".join("takes" if taken else "" for taken in takers)
        shown = CODE.sub(r"`\g<0>`", "; ".join(names))
        lines.append(f"| {shown} | {cells} | {reason} ({section}) |")
    return "\n".join(lines) + "\n"


def declared(document):
    """The same table, read: which names a package takes."""
    lines = iter(document.splitlines())
    head = next(line for line in lines if line.startswith("| refused here |"))
    packages = [cell.split("`")[1] for cell in cells_of(head)[1:-1]]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append(cells_of(line))
    listed = [(row[0].replace("`", "").split("; "), dict(zip(packages, row[1:-1]))) for row in rows[1:]]
    return {package: {name for names, takers in listed if takers[package] for name in names} for package in packages}


def cells_of(line):
    return [cell.strip() for cell in line.strip("|").split("|")]
