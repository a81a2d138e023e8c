# SPDX-License-Identifier: MIT OR Apache-2.0
"""HTTP signatures as the package of PyPI makes and verifies them; a module of sdks.py."""
import warnings
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from types import SimpleNamespace

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import load_der_public_key
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, MappingKeyResolver, algorithms
from http_message_signatures.signatures import SignatureVerifyWarning

PACKAGE = "http-message-signatures"
ALGORITHMS = {
    "ed25519": (
        algorithms.ED25519,
        ed25519.Ed25519PrivateKey.from_private_bytes,
        ed25519.Ed25519PublicKey.from_public_bytes,
    ),
    "hmac-sha256": (algorithms.HMAC_SHA256, bytes, bytes),
    "ecdsa-p256-sha256": (
        algorithms.ECDSA_P256_SHA256,
        lambda scalar: ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1()),
        load_der_public_key,
    ),
}
ORDER = ("created", "keyid", "alg", "expires", "nonce", "tag")  # that of the package
UNSUPPORTED = ("Unknown Structured Field type", "not supported")


warnings.simplefilter("ignore", SignatureVerifyWarning)


class Verifier(HTTPMessageVerifier):
    """Takes messages without a tag, too, of which it warns."""

    allow_label_only_selection = True


class Headers:
    """Every line of a field by itself."""

    def __init__(self, lines):
        self.lines = lines

    def items(self):
        return [tuple(line) for line in self.lines]

    def __iter__(self):
        return iter(dict.fromkeys(name for name, _ in self.lines))

    def __contains__(self, name):
        return any(other.lower() == name.lower() for other, _ in self.lines)

    def __setitem__(self, name, value):
        del self[name]
        self.lines.append([name, value])

    def __delitem__(self, name):
        self.lines = [line for line in self.lines if line[0].lower() != name.lower()]


def message_of(message):
    headers = Headers(message["headers"])
    if "request" in message:
        return SimpleNamespace(status_code=message["status"], headers=headers, request=message_of(message["request"]))
    return SimpleNamespace(method=message["method"], url=message["url"], headers=headers)


def identifiers(components):
    """As RFC 9421 writes them, with quotes around the name."""
    return ['"{}"{}{}'.format(*component.partition(";")) for component in components]


def listed(_):
    return {"sdks": [{"sdk": PACKAGE, "version": version(PACKAGE)}]}


def sign(request):
    order = request.get("order", [name for name in ORDER if name in request or name == "alg"])
    if list(order) != [name for name in ORDER if name in order]:
        return {"unsupported": "to choose the parameters and their order"}
    algorithm, private, _ = ALGORITHMS[request["algorithm"]]
    key = private(bytes.fromhex(request["secret"]))
    keys = MappingKeyResolver(public_keys={}, private_keys={request["keyid"]: key})
    chosen = {name: request.get(name) if name in order else None for name in ORDER}
    times = ("created", "expires")
    moments = {name: chosen[name] and datetime.fromtimestamp(chosen[name], timezone.utc) for name in times}
    digested, message = "content-digest" in request["components"], message_of(request["message"])
    try:
        HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=keys).sign(
            message,
            key_id=request["keyid"],
            nonce=chosen["nonce"],
            tag=chosen["tag"],
            include_alg="alg" in order,
            label=request["label"],
            covered_component_ids=identifiers(request["components"]),
            append_if_signature_exists=True,
            body=bytes.fromhex(request["body"]) if digested else None,
            use_existing_digest="content-digest" in message.headers,
            **moments,
        )
    except Exception as error:
        return refusal(error)
    return {"headers": message.headers.lines}


def verify(request):
    algorithm, _, public = ALGORITHMS[request["algorithm"]]
    key = public(bytes.fromhex(request["key"]))
    verifier = Verifier(
        signature_algorithm=algorithm,
        key_resolver=MappingKeyResolver(public_keys={request["keyid"]: key}, private_keys={}),
    )
    try:
        results = verifier.verify(
            message_of(request["message"]),
            max_age=timedelta(seconds=request["max_age"]),
            expect_tag=request.get("tag"),
            expect_label=None if "tag" in request else request["label"],
            require_components=identifiers(request["components"]),
            body=bytes.fromhex(request["body"]),
        )
    except Exception as error:
        return refusal(error)
    return {"accepted": len(results) == 1}


def refusal(error):
    return {"unsupported" if any(text in str(error) for text in UNSUPPORTED) else "refused": str(error)}


OPERATIONS = {"http.list": listed, "http.sign": sign, "http.verify": verify}
