# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tokens that are good: what is asked of who issues and who verifies them, and what is decided otherwise."""
import json
from typing import NamedTuple

from token_keys import ED25519_SEED, KEYS, ORDER, OTHER, OTHER_P256, P256_SECRET, base64url, fixed, hashed, p256_numbers

ISSUER, AUDIENCE = "https://id.example.com", "orders.example.com"
NOW, LIFETIME, LEEWAY, DAY = 1_790_000_000, 300, 60, 86400
KID = "2026-11"
FOR = {"issuer": ISSUER, "audience": AUDIENCE, "typ": "JWT", "required": []}
ACCESS = {"typ": "at+jwt", "required": ["sub", "client_id", "iat", "jti"]}  # RFC 9068, section 2.2


class Case(NamedTuple):
    name: str
    alg: str = "EdDSA"
    claims: dict = {}
    more: dict = {}  # of the request
    required: list = []


def nested(levels):
    return {"a": nested(levels - 1)} if levels > 1 else {}


CONTENTS = {
    "no claims": {},
    "text beyond ASCII": {"name": "Zoë \U0001f511 漢字 \u202e\x00\u001f\"\\/", "été": ["\u2028", "e\u0301", "é"]},
    "objects and lists": {"roles": ["a", ["b", []], {}], "tenant": {"id": 17, "plan": {"name": "x", "beta": None}}},
    "16 levels": nested(17),
    "numbers": {"big": 2**53 - 1, "small": -(2**53) + 1, "part": 0.1, "tiny": 1.5e-300, "zero": 0, "yes": True},
    "4 KiB": {"scope": " ".join(f"resource:{number}:read" for number in range(240))},
    "200 claims": {f"claim-{number}": number for number in range(200)},
    "names that are odd": {"": 1, "a.b": 2, "__proto__": {"x": 1}, "constructor": 3, "toString": 4, "Exp": "5"},
}


def cases():
    for alg in KEYS:
        yield Case(alg, alg, {"tenant": "acme"})
    for name, claims in CONTENTS.items():
        yield Case(name, claims=claims)
    yield Case("a subject", more={"subject": "user-17"}, required=["sub"])
    yield Case("a type of its own", more={"typ": "confirm+jwt"})
    for alg in KEYS:
        access = {"subject": "user-17", "client_id": "web", "typ": ACCESS["typ"]}
        yield Case(f"an access token, {alg}", alg, {"scope": "read write"}, access, ACCESS["required"])


def issuing(case):
    asked = {"op": "jwt.sign", "key": json.dumps(KEYS[case.alg].named(KID)), "claims": case.claims}
    return FOR | asked | {"lifetime": LIFETIME} | case.more | {"now": str(NOW)}


def publishing(*algs):
    """Of each of these keys, under a name of its own."""
    names = [KID, *(f"{KID}-{number}" for number in range(1, len(algs)))]
    return {"op": "jwk.publish", "keys": [json.dumps(KEYS[alg].named(name)) for alg, name in zip(algs, names)]}


def sets():
    for alg, key in KEYS.items():
        if key.public:
            yield f"a set of one key, {alg}", (alg,)
    yield "a set of two keys", ("EdDSA", "ES256")
    yield "a set of three keys", ("RS256", "EdDSA", "ES256")


def as_published(algs):
    keys = [json.loads(key) for key in publishing(*algs)["keys"]]
    return [KEYS[alg].published(key["kid"]) for alg, key in zip(algs, keys)]


def thumbprints(algs):
    return [[jwk["kid"], KEYS[jwk["alg"]].thumbprint()] for jwk in as_published(algs)]


def verifying(case, token, published):
    """What is asked of who is given the token, with the keys as their owner has published them."""
    key = KEYS[case.alg]
    known = {"set": published} if key.public else {"shared": json.dumps(key.named(KID))}
    return verification(token, known, case.alg) | {"required": case.required} | case.more


def verification(token, known, *algorithms):
    return FOR | known | {"op": "jwt.verify", "algorithms": algorithms, "token": token, "now": str(NOW)}


def registered(case):
    """What stands in the token beside its claims, but for `jti`."""
    names = {"iss": "issuer", "aud": "audience", "sub": "subject", "client_id": "client_id"}
    asked = FOR | case.more
    there = {name: asked[full] for name, full in names.items() if full in asked}
    return case.claims | there | {"iat": NOW, "exp": NOW + LIFETIME}


EARLY = f"{LEEWAY + 1} s before it was issued"
# What a package is known to decide otherwise than the crate, and why. Checked: where it does not, the case fails.
DIFFERENCES = {"jose": {EARLY: "does not look at iat"}}


def variations(case, request):
    """What is made of a good token: (what was done, the fields that are changed, whether it is accepted)."""
    end = NOW + LIFETIME + LEEWAY
    yield "in its last second", {"now": str(end - 1)}, True
    yield "when it has ended", {"now": str(end)}, False
    yield f"{LEEWAY} s before it was issued", {"now": str(NOW - LEEWAY)}, True
    yield EARLY, {"now": str(NOW - LEEWAY - 1)}, False
    yield "for somebody else", {"audience": "billing.example.com"}, False
    yield "by somebody else", {"issuer": ISSUER + "/"}, False
    yield "without a claim that is required", {"required": [*case.required, "missing"]}, False
    text = request["token"]
    start, payload, signature = text.split(".")
    for at in (0, len(signature) // 2):
        other = "B" if signature[at] != "B" else "C"
        changed = f"{start}.{payload}.{signature[:at]}{other}{signature[at + 1 :]}"
        yield f"character {at} of the signature", {"token": changed}, False
    yield "half a signature", {"token": text[: -(len(signature) // 2)]}, False
    yield "no signature", {"token": f"{start}.{payload}."}, False
    yield "another payload", {"token": f"{start}.{base64url(json.dumps(registered(case)).encode())}.{signature}"}, False
    if "set" in request:
        kids = json.loads(request["set"])["keys"]
        other = OTHER_P256 if case.alg == "ES256" else OTHER
        if other.alg == case.alg:
            yield "under another key of the name", {"set": json.dumps({"keys": [kids[0] | other.public]})}, False
        yield "under another name", {"set": json.dumps({"keys": [kids[0] | {"kid": "2026-12"}]})}, False
    else:
        key = json.loads(request["shared"])
        yield "under another key", {"shared": json.dumps(key | {"k": base64url(bytes(range(64)))})}, False


# --- Tokens that no package makes


CLAIMS = {"iss": ISSUER, "aud": AUDIENCE, "sub": "user-17", "iat": NOW, "exp": NOW + LIFETIME, "jti": "token-1"}
GONE = object()  # in place of a value: the member is not there


def dumped(members):
    return json.dumps(members, separators=(",", ":")).encode()


def without_gone(members):
    return {name: value for name, value in members.items() if value is not GONE}


def header(alg="EdDSA", **changes):
    return dumped(without_gone({"alg": alg, "kid": KID, "typ": "JWT"} | changes))


def claims(**changes):
    return dumped(without_gone(CLAIMS | changes))


def made(header=header(), claims=claims(), sign=KEYS["EdDSA"].sign):
    """The token of these bytes, whatever they are."""
    text = f"{base64url(header)}.{base64url(claims)}"
    return f"{text}.{base64url(sign(text.encode()))}"


def published(*keys):
    return {"set": json.dumps({"keys": keys})}


def public(alg, /, **changes):
    return published(KEYS[alg].published(KID, **changes))


def shared(alg):
    return {"shared": json.dumps(KEYS[alg].named(KID))}


ED = public("EdDSA")


def high_s(data):
    """The other of two signatures by ECDSA."""
    r, s = p256_numbers(P256_SECRET, data)
    return fixed(r, ORDER - s)


ONE_KEY, ED25519 = "no kid, of the only key", "alg Ed25519 for EdDSA"
# Good tokens that a package refuses, and why.
REFUSED = {"PyJWT": {ONE_KEY: "wants a kid", ED25519: "knows EdDSA alone"}}


def good():
    """(what is odd about it, the token, the keys, the algorithm)"""
    for alg, key in KEYS.items():
        yield f"nothing, {alg}", made(header(alg), sign=key.sign), public(alg) if key.public else shared(alg), alg
    for what, changes in {
        "audiences, ours among them": {"aud": ["billing.example.com", AUDIENCE]},
        "one audience in a list": {"aud": [AUDIENCE]},
        "no iat": {"iat": GONE},
        "an nbf of just now": {"nbf": NOW},
        "an nbf within the leeway": {"nbf": NOW + LEEWAY},
        "an iat within the leeway": {"iat": NOW + LEEWAY},
        "an exp within the leeway": {"iat": NOW - LIFETIME, "exp": NOW - LEEWAY + 1},
        "an exp in a day": {"exp": NOW + DAY},
        "no subject": {"sub": GONE},
        "an unknown claim that is null": {"x": None},
    }.items():
        yield what, made(claims=claims(**changes)), ED, "EdDSA"
    spaced = json.dumps(CLAIMS, indent=1).encode()
    yield "white space between claims", made(claims=b"\r\n\t " + spaced + b" "), ED, "EdDSA"
    yield "escapes in names and values", made(claims=claims().replace(b'"exp"', b'"\\u0065xp"')), ED, "EdDSA"
    yield "a typ in lower case", made(header(typ="jwt")), ED, "EdDSA"
    yield "a typ with application/", made(header(typ="application/jwt")), ED, "EdDSA"
    yield "a content type", made(header(cty="example")), ED, "EdDSA"
    yield ONE_KEY, made(header(kid=GONE)), ED, "EdDSA"
    yield "the second of two keys", made(header(kid="other"), sign=OTHER.sign), two_keys(), "EdDSA"
    yield "the other s of ECDSA", made(header("ES256"), sign=high_s), public("ES256"), "ES256"
    yield ED25519, made(header("Ed25519")), public("EdDSA", alg="Ed25519"), "Ed25519"
    foreign = ({"kty": "XYZ", "kid": "x"}, {**KEYS["EdDSA"].public, "crv": "X25519", "use": "enc"})
    yield "a set with keys of another use", made(), published(*foreign, KEYS["EdDSA"].published(KID)), "EdDSA"


def two_keys():
    return published(KEYS["EdDSA"].published(KID), OTHER.published("other"))


# --- DPoP


PROVERS = ("jose",)  # the others have nothing for it
TOKEN_URL, URL = "https://id.example.com/token", "https://orders.example.com/orders"
PROOF_KEYS = {"EdDSA": (KEYS["EdDSA"], ED25519_SEED), "ES256": (KEYS["ES256"], fixed(P256_SECRET))}


def proving(alg, method, url, token=None):
    key, secret = PROOF_KEYS[alg]
    asked = {"op": "dpop.prove", "key": json.dumps(key.named("client")), "algorithm": alg, "secret": secret}
    return asked | {"method": method, "url": url, "now": str(NOW)} | ({"token": token} if token else {})


def bound(alg, proof):
    """The token that is asked for: the key of the issuer is another than that of the client."""
    shown = {"proof": proof, "method": "POST", "url": TOKEN_URL}
    asked = {"op": "jwt.sign", "key": json.dumps(OTHER.named(KID)), "claims": {}, "lifetime": LIFETIME, "proof": shown}
    return FOR | ACCESS | asked | {"subject": "user-17", "client_id": "web", "now": str(NOW)}


def presented(token, proof):
    asked = verification(token, published(OTHER.published(KID)), OTHER.alg) | ACCESS
    return asked | {"op": "dpop.verify", "proof": proof, "method": "GET", "url": URL + "?open#top"}


def forged(alg, token):
    """Proofs for the request, of which the first alone is good: (what is wrong, the proof)."""
    key = PROOF_KEYS[alg][0]

    def proof(change={}, head={}, sign=key.sign):
        hashed_token = base64url(hashed(token.encode()))
        members = {"jti": "proof-1", "htm": "GET", "htu": URL, "iat": NOW, "ath": hashed_token}
        top = {"typ": "dpop+jwt", "alg": alg, "jwk": key.public}
        return made(dumped(without_gone(top | head)), dumped(without_gone(members | change)), sign)

    shared_key, rsa = KEYS["HS256"], KEYS["RS256"]
    stranger = KEYS["ES256" if alg == "EdDSA" else "EdDSA"]
    yield "nothing", proof()
    yield "another method", proof({"htm": "POST"})
    yield "the method in lower case", proof({"htm": "get"})
    yield "another path", proof({"htu": URL + "/17"})
    yield "another host", proof({"htu": URL.replace("orders.", "billing.")})
    yield "another scheme", proof({"htu": URL.replace("https", "http")})
    yield "for another token", proof({"ath": base64url(hashed(token.encode() + b"A"))})
    yield "for no token", proof({"ath": GONE})
    for name in ("jti", "htm", "htu", "iat"):
        yield f"without {name}", proof({name: GONE})
    yield "too old", proof({"iat": NOW - 2 * LEEWAY - 1})
    yield "of the future", proof({"iat": NOW + LEEWAY + 1})
    yield "of a time that is text", proof({"iat": str(NOW)})
    yield "of another type", proof(head={"typ": "JWT"})
    yield "without a type", proof(head={"typ": GONE})
    yield "without a key", proof(head={"jwk": GONE})
    yield "with a key of somebody", proof(head={"jwk": stranger.public, "alg": stranger.alg}, sign=stranger.sign)
    yield "with the key of the token", proof(head={"jwk": OTHER.public, "alg": OTHER.alg}, sign=OTHER.sign)
    yield "with a key that did not sign it", proof(sign=stranger.sign)
    yield "with a secret key", proof(head={"jwk": key.secret})
    yield "with a key that both sides have", proof(head={"jwk": shared_key.secret, "alg": "HS256"}, sign=shared_key.sign)
    yield "by RSA", proof(head={"jwk": rsa.public, "alg": "RS256"}, sign=rsa.sign)
    yield "by nobody", proof(head={"alg": "none"}, sign=lambda _: b"")
    yield "that is the token", token
