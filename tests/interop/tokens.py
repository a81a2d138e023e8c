# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tokens as packages of PyPI issue and verify them; a module of sdks.py.

They are asked for all that the crate asks for, where they have it: neither looks at `typ`.
"""
import json
import uuid
import warnings
from datetime import datetime
from importlib.metadata import version

import jwt
from joserfc import jwt as joserfc
from joserfc.jwk import KeySet, import_key

LEEWAY = 60  # seconds, as the crate's

warnings.simplefilter("ignore")  # of keys and algorithms that they would rather not have


class Stopped(datetime):
    """A clock for PyJWT, which takes none."""

    seconds = 0

    @classmethod
    def now(cls, tz=None):
        return datetime.fromtimestamp(cls.seconds, tz)


jwt.api_jwt.datetime = Stopped


class Published(jwt.PyJWKClient):
    """The set of an issuer, without the request that it takes to read it."""

    def __init__(self, keys):
        super().__init__("https://id.example", cache_jwk_set=False)
        self.keys = keys

    def fetch_data(self):
        return self.keys


def pyjwt_sign(request, key, claims):
    headers = {"kid": key["kid"], "typ": request["typ"]}
    return jwt.encode(claims, jwt.PyJWK(key), key["alg"], headers)


def pyjwt_verify(request):
    Stopped.seconds = int(request["now"])
    token = request["token"]
    if "shared" in request:
        key = jwt.PyJWK(json.loads(request["shared"]))
    else:
        key = Published(json.loads(request["set"])).get_signing_key_from_jwt(token)
    return jwt.decode(
        token,
        key,
        algorithms=request["algorithms"],
        issuer=request["issuer"],
        audience=request["audience"],
        leeway=LEEWAY,
        options={"require": ["exp", "iss", "aud", *request["required"]], "enforce_minimum_key_length": True},
    )


def pyjwt_publish(keys):
    def published(key):
        jwk = jwt.PyJWK(key)
        named = {"kid": key["kid"], "use": "sig", "alg": key["alg"]}
        return jwk.Algorithm.to_jwk(jwk.key.public_key(), as_dict=True) | named

    return {"keys": [published(key) for key in keys]}


def joserfc_sign(request, key, claims):
    header = {"alg": key["alg"], "kid": key["kid"], "typ": request["typ"]}
    return joserfc.encode(header, claims, import_key(key), [key["alg"]])


def joserfc_verify(request):
    if "shared" in request:
        keys = import_key(json.loads(request["shared"]))
    else:
        keys = KeySet.import_key_set(json.loads(request["set"]))
    claims = joserfc.decode(request["token"], keys, request["algorithms"]).claims
    required = {name: {"essential": True} for name in ("exp", *request["required"])}
    named = {"iss": "issuer", "aud": "audience"}
    expected = {name: {"essential": True, "value": request[full]} for name, full in named.items()}
    joserfc.JWTClaimsRegistry(now=int(request["now"]), leeway=LEEWAY, **required, **expected).validate(claims)
    return claims


def joserfc_publish(keys):
    keys = [import_key(key, parameters={"use": "sig"}) for key in keys]
    return KeySet(keys).as_dict(private=False)


def joserfc_thumbprints(keys):
    return [[key.kid, key.thumbprint()] for key in KeySet.import_key_set(keys)]


SDKS = {
    "PyJWT": {"sign": pyjwt_sign, "verify": pyjwt_verify, "publish": pyjwt_publish},
    "joserfc": {
        "sign": joserfc_sign,
        "verify": joserfc_verify,
        "publish": joserfc_publish,
        "thumbprints": joserfc_thumbprints,
    },
}


def claims_of(request):
    """All of them, of which the package sets none itself."""
    names = {"iss": "issuer", "aud": "audience", "sub": "subject", "client_id": "client_id"}
    registered = {name: request[full] for name, full in names.items() if full in request}
    now = int(request["now"])
    return request["claims"] | registered | {"iat": now, "exp": now + request["lifetime"], "jti": str(uuid.uuid4())}


def listed(_):
    return {"sdks": [{"sdk": sdk, "version": version(sdk)} for sdk in SDKS]}


def sign(request):
    token = SDKS[request["sdk"]]["sign"](request, json.loads(request["key"]), claims_of(request))
    return {"token": token}


def verify(request):
    """Refused is what the package does not accept, however it says so: the same call accepts what is good."""
    try:
        claims = SDKS[request["sdk"]]["verify"](request)
    except Exception as error:
        return {"refused": type(error).__name__}
    return {"claims": json.dumps(claims)}


def publish(request):
    return {"set": json.dumps(SDKS[request["sdk"]]["publish"]([json.loads(key) for key in request["keys"]]))}


def thumbprints(request):
    if "thumbprints" not in SDKS[request["sdk"]]:
        return {"unsupported": "thumbprints"}
    return {"thumbprints": SDKS[request["sdk"]]["thumbprints"](json.loads(request["set"]))}


OPERATIONS = {
    "jwt.list": listed,
    "jwt.sign": sign,
    "jwt.verify": verify,
    "jwk.publish": publish,
    "jwk.thumbprints": thumbprints,
}
