# SPDX-License-Identifier: MIT OR Apache-2.0
"""The opener that section 10 of docs/envelope-v1.md prints, run as it stands there, as a peer that opens envelopes.

So that whoever copies it from the document gets what was tested. The functions it names are those of chancery.py.
"""
from pathlib import Path
from types import SimpleNamespace

import chancery
from chancery import Refused
from peer import data, kem_named, listed, number, optional, serve

DOCUMENT = Path(__file__).parent.parent.parent / "docs/envelope-v1.md"
AEADS = {aead.name.decode(): aead for aead in chancery.AEADS.values()}


def c2sp_open(name, key, context, sealed):
    return chancery.Chunked(AEADS[name], key, context, sealed[:24]).open(sealed)


def hpke_open(identity, info, enc, ct):
    return chancery.hpke_open(identity.suite, identity.kem, identity.secret, info, enc + ct)


def open_failed(function):
    """What the functions of chancery.py refuse is the document's OpenFailed."""

    def call(*args):
        try:
            return function(*args)
        except Refused:
            raise names["OpenFailed"] from None

    return call


def padme(v):  # section 9.4
    e = v.bit_length() - 1
    s = e.bit_length()
    return -(-v // 2 ** (e - s)) * 2 ** (e - s)


ERRORS = ["Malformed", "WrongSuite", "WrongFlags", "UnknownKey", "FromTheFuture", "Expired", "OpenFailed"]
names = {name: type(name, (Refused,), {"__str__": lambda self: type(self).__name__}) for name in ERRORS}
names |= {"H": chancery.h, "L": chancery.label, "padme": padme}
names |= {"u64": lambda n: n.to_bytes(8, "big"), "u64_of": lambda b: int.from_bytes(b, "big")}
names |= {"u16_of": names["u64_of"], "c2sp_open": open_failed(c2sp_open), "hpke_open": open_failed(hpke_open)}
names |= {"ed25519_verify_strict": open_failed(chancery.verify_ed25519)}
_, _, block = DOCUMENT.read_text().partition("\n```python\n")
exec(compile(block.partition("\n```\n")[0], str(DOCUMENT), "exec"), names)


def envelope_open(request):
    suite, kem, identities = chancery.SUITES[request["suite"]], kem_named(request), {}
    for secret in listed(request, "secrets") if "secrets" in request else [data(request, "secret")]:
        name = chancery.recipient_name(suite, chancery.hpke_private(kem, secret)[1])
        identities[name] = SimpleNamespace(aead=suite.code, suite=suite, kem=kem, secret=secret)
    senders = {chancery.verifying_id(key): key for key in listed(request, "senders")} if "senders" in request else None
    ctx = chancery.context_digest(listed(request, "context"))
    now, skew, max_age = int(request.get("now", 2**64)), int(request.get("skew", 0)), optional(request, "max_age", number)
    opened = names["open_envelope"](data(request, "sealed"), identities, ctx, senders, False, now, skew, max_age)
    payload, sender, created, message_id, _ = opened
    sender = chancery.verifying_id(sender) if sender else None
    return {"payload": payload, "created": created, "message_id": message_id, "sender": sender}


if __name__ == "__main__":
    serve({"envelope.open": envelope_open, "envelope.open with several identities": envelope_open})
