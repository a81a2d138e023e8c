# SPDX-License-Identifier: MIT OR Apache-2.0
"""The Python peer: chancery.py and chancery_keys.py behind the line protocol of README.md."""
import hashlib
import json
import os
import sys

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from pyhpke import AEADId, CipherSuite, KDFId, KEMId
from pyhpke.exceptions import PyHPKEError

import chancery
import chancery_keys
from chancery import Refused

CODES = {
    "AES-128-GCM": AEADId.AES128_GCM,
    "AES-256-GCM": AEADId.AES256_GCM,
    "ChaCha20-Poly1305": AEADId.CHACHA20_POLY1305,
}


def data(request, name):
    return bytes.fromhex(request[name])


def listed(request, name):
    return [bytes.fromhex(item) for item in request[name]]


def number(request, name):
    return int(request[name])


def optional(request, name, read):
    return read(request, name) if name in request else None


def kem_named(request):
    return {"X25519": chancery.X25519, "MLKEM768-X25519": chancery.X_WING}[request.get("kem", "X25519")]


class Unsupported(Exception):
    """What this peer cannot do."""


def hpke_psk(request):
    """PSK mode, which `cryptography` has not: pyhpke's suite, the arguments of the key schedule, and the framing."""
    if kem_named(request) != chancery.X25519:
        raise Unsupported("PSK mode with X-Wing, which pyhpke has not")
    _, info, framing = chancery.hpke_start(request["aead"], data(request, "info"), request.get("tink_id"))
    psk, psk_id = data(request, "psk"), data(request, "psk_id")
    chancery.require(len(psk) >= 32 and len(psk_id) > 0, "a PSK has at least 32 bytes and an id")
    suite = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, CODES[request["aead"]])
    return suite, {"info": info, "psk": psk, "psk_id": psk_id}, framing


def hpke_psk_seal(request):
    suite, schedule, framing = hpke_psk(request)
    enc, context = suite.create_sender_context(suite.kem.deserialize_public_key(data(request, "public")), **schedule)
    return framing + enc + context.seal(data(request, "payload"))


def hpke_psk_open(request):
    suite, schedule, framing = hpke_psk(request)
    sealed = data(request, "sealed")
    chancery.require(sealed.startswith(framing), "another Tink key")
    enc, ct = sealed[len(framing) :][:32], sealed[len(framing) + 32 :]
    key = suite.kem.deserialize_private_key(data(request, "secret"))
    try:
        return suite.create_recipient_context(enc, key, **schedule).open(ct)
    except (PyHPKEError, ValueError):
        raise Refused("cannot be opened") from None


def hpke_seal(request):
    if "psk" in request:
        return {"sealed": hpke_psk_seal(request)}
    info = listed(request, "context") if "context" in request else data(request, "info")
    args = request["aead"], data(request, "public"), info, data(request, "payload"), request.get("tink_id")
    return {"sealed": chancery.seal_hpke(*args)}


def hpke_open(request):
    if "psk" in request:
        return {"payload": hpke_psk_open(request)}
    info = listed(request, "context") if "context" in request else data(request, "info")
    args = request["aead"], data(request, "secret"), info, data(request, "sealed"), request.get("tink_id")
    return {"payload": chancery.open_hpke(*args, kem_named(request))}


def sealed_seal(request):
    args = request["aead"], data(request, "key"), listed(request, "context"), data(request, "payload")
    return {"sealed": chancery.seal_sealed(*args)}


def sealed_open(request):
    args = request["aead"], data(request, "key"), listed(request, "context"), data(request, "sealed")
    return {"payload": chancery.open_sealed(*args)}


def envelope_seal(request):
    args = request["suite"], listed(request, "recipients"), listed(request, "context"), data(request, "payload")
    signer = optional(request, "signer", data)
    mixed = request.get("mixed", False)
    return {"sealed": chancery.seal_envelope(*args, request["created"], signer, request["padded"], mixed)}


def envelope_open(request):
    args = request["suite"], data(request, "secret"), listed(request, "context"), data(request, "sealed")
    opened = chancery.open_envelope(*args, optional(request, "senders", listed), kem_named(request))
    if "now" in request:
        max_age = optional(request, "max_age", number)
        chancery.check_time(opened, number(request, "now"), number(request, "skew"), max_age)
    return opened._asdict()


def request_seal(request):
    args = request["suite"], listed(request, "recipients"), listed(request, "context"), data(request, "payload")
    sealed, pk = chancery.seal_with_key(*args, request["created"], optional(request, "signer", data), request=True)
    return {"sealed": sealed, "reply": pk}


def request_answer(request):
    suite, context, sealed = request["suite"], listed(request, "context"), data(request, "sealed")
    senders = optional(request, "senders", listed)
    opened, pk = chancery.open_with_key(suite, data(request, "secret"), context, sealed, senders, request=True)
    response = chancery.seal_response(suite, pk, sealed, context, data(request, "answer"))
    return {"payload": opened.payload, "response": response}


def response_open(request):
    args = request["suite"], data(request, "reply"), data(request, "sealed"), listed(request, "context")
    return {"answer": chancery.open_response(*args, data(request, "response"))}


def x_wing_decapsulate(request):
    """As section 8 writes it, since `cryptography` keeps the shared secret to itself."""
    expanded, enc = hashlib.shake_256(data(request, "secret")).digest(96), data(request, "enc")
    sk_x, ct_x = X25519PrivateKey.from_private_bytes(expanded[64:]), enc[1088:]
    ss_m = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).decapsulate(enc[:1088])
    ss_x = sk_x.exchange(X25519PublicKey.from_public_bytes(ct_x))
    pk_x = sk_x.public_key().public_bytes_raw()
    return {"shared_secret": hashlib.sha3_256(ss_m + ss_x + ct_x + pk_x + bytes.fromhex("5c2e2f2f5e5c")).digest()}


def key_written(kind, algorithm, key):
    return {"text": chancery_keys.key_text(kind, algorithm, key), "id": chancery_keys.key_id(kind, algorithm, key)}


def key_text(request):
    return key_written(request["kind"], request["algorithm"], data(request, "key"))


def key_parse(request):
    return key_written(request["kind"], *chancery_keys.parse_key(request["kind"], request["text"]))


def mac(request):
    return request["hash"], data(request, "key"), listed(request, "context"), data(request, "message")


def mac_tag(request):
    return {"tag": chancery_keys.mac_tag(*mac(request))}


def mac_verify(request):
    chancery_keys.mac_verify(*mac(request), data(request, "tag"))
    return {"id": chancery_keys.key_id("mac", request["hash"], data(request, "key"))}


def signature_sign(request):
    args = data(request, "seed"), listed(request, "context"), data(request, "message")
    return {"signature": chancery_keys.sign(*args)}


def signature_verify(request):
    public, context, message = data(request, "public"), listed(request, "context"), data(request, "message")
    chancery_keys.verify(public, context, message, data(request, "signature"))
    return {"id": chancery_keys.key_id("verifying", "Ed25519", public)}


def agreement(request, secret):
    initiator = {"initiator": True, "responder": False}[request["role"]]
    keys = chancery_keys.agreed_keys(secret, data(request, "public"), initiator, listed(request, "context"))
    sealing, opening = (chancery_keys.key_text("seal", "AES-256-GCM", key) for key in keys)
    return {"public": chancery_keys.x25519_public(secret), "sealing": sealing, "opening": opening}


OPERATIONS = {
    "context.digest": lambda request: {"ctx": chancery.context_digest(listed(request, "context"))},
    "sealed.seal": sealed_seal,
    "sealed.open": sealed_open,
    "hpke.seal": hpke_seal,
    "hpke.open": hpke_open,
    "hpke.context.seal": hpke_seal,
    "hpke.context.open": hpke_open,
    "envelope.seal": envelope_seal,
    "envelope.open": envelope_open,
    "request.seal": request_seal,
    "request.answer": request_answer,
    "response.open": response_open,
    "x-wing.decapsulate": x_wing_decapsulate,
    "key.text": key_text,
    "key.parse": key_parse,
    "mac.tag": mac_tag,
    "mac.verify": mac_verify,
    "signature.sign": signature_sign,
    "signature.verify": signature_verify,
    "agreement.start": lambda request: agreement(request, os.urandom(32)),
    "agreement.derive": lambda request: agreement(request, data(request, "secret")),
}


def answer(line, operations):
    try:
        request = json.loads(line)
        operation = operations.get(request["op"])
        if operation is None:
            return {"error": f"unsupported: {request['op']}"}
        fields = operation(request).items()
        return {"ok": {name: value.hex() if isinstance(value, bytes) else value for name, value in fields}}
    except Refused as refused:
        return {"error": str(refused)}
    except Unsupported as what:
        return {"error": f"unsupported: {what}"}
    except Exception as error:  # a bug, here or in the request, which must not pass for a refusal
        return {"error": f"internal: {error!r}"}


def serve(operations):
    for line in sys.stdin:
        print(json.dumps(answer(line, operations)), flush=True)


if __name__ == "__main__":
    serve(OPERATIONS)
