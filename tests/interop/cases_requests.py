# SPDX-License-Identifier: MIT OR Apache-2.0
"""Requests and their answers, section 11: one peer asks, another answers, and the first opens the answer."""
import json
from pathlib import Path

from cases import CREATED, FIELDS, IDENTITIES, RECIPIENTS, SENDERS, SIGNERS, SUITE_AEADS, bytes_of

FILE = Path(__file__).parent.parent / "vectors/round-trip-v1.json"
SUITES = {aead: suite for suite, aead in SUITE_AEADS.items()}


def round_trips():
    """(name, what is asked, how it is answered, the answer)."""
    for suite in SUITE_AEADS:
        for signed in (False, True):
            for size in (0, 100, 16384):
                common = {"suite": suite, "context": FIELDS}
                ask = {"op": "request.seal", **common, "recipients": RECIPIENTS[:1], "created": CREATED, "padded": False}
                ask["payload"] = bytes_of("question", 50)
                respond = {"op": "request.answer", **common, "secret": IDENTITIES[0], "answer": bytes_of("answer", size)}
                if signed:
                    ask["signer"], respond["senders"] = SIGNERS[0], [SENDERS[0]]
                yield f"a request of suite {suite}{', signed' if signed else ''}, answered by {size} bytes", ask, respond


def spoiled(response):
    """What is no answer: (what was done, the bytes)."""
    for at in (0, 1, 25, 57, len(response) - 1):
        yield f"bit flipped at {at}", response[:at] + bytes([response[at] ^ 1]) + response[at + 1 :]
    yield "one byte less", response[:-1]
    yield "one byte more", response + b"\0"
    yield "nothing", b""


def vectors(crate):
    """tests/vectors/round-trip-v1.json. The crate asks and answers; it does not take a payload key from elsewhere."""
    for number, row in enumerate(json.loads(FILE.read_text())["round_trips"]):
        common = {"suite": SUITES[row["aead"]], "context": row["context"], "sealed": row["request"]}
        senders = {"senders": [row["sender"]]} if row["sender"] else {}
        name = f"round-trip-v1 {number}"
        # A request is no message. Whether it opens as a request is seen by the answer.
        yield f"{name}, as a message", {"op": "envelope.open", **common, **senders, "secret": row["secret"]}, None
        if not crate:
            opened = {"op": "response.open", **common, "reply": row["payload_key"], "response": row["response"]}
            yield f"{name}, the response", opened, {"answer": row["answer"]}
            for what, response in spoiled(bytes.fromhex(row["response"])):
                yield f"{name}, the response, {what}", opened | {"response": response.hex()}, None
