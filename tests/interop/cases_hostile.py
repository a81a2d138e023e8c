# SPDX-License-Identifier: MIT OR Apache-2.0
"""The kit of tests/hostile as requests: (name, expect, request, SHA-256 of the payload or, to be refused, None)."""
from pathlib import Path

from cases import SUITE_AEADS

KIT = Path(__file__).parent.parent / "hostile"
SUITES = {aead: suite for suite, aead in SUITE_AEADS.items()}
KNOWN = {"expect", "format", "comment", "aead", "identity", "key", "sender", "context", "info", "psk", "psk-id", "tink-id",
         "now", "skew", "max-age", "payload-sha256"}  # fmt: skip


def parse(text):
    head, _, body = text.partition("\n\n")
    fields = {}
    for line in head.splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name, []).append(value.strip())
    return fields, "".join(body.split())


def request(fields, sealed):
    def given(**names):
        return {to: fields[name][0] for to, name in names.items() if name in fields}

    common = {"aead": fields["aead"][0], "sealed": sealed}
    if unknown := fields.keys() - KNOWN:
        return {"op": f"{fields['format'][0]}.open with {', '.join(sorted(unknown))}"}
    if fields["format"] == ["sealed"]:
        return common | {"op": "sealed.open", "context": fields["context"]} | given(key="key")
    if fields["format"] == ["hpke"]:
        tink_id = {"tink_id": int(fields["tink-id"][0])} if "tink-id" in fields else {}
        return common | {"op": "hpke.open"} | given(secret="identity", info="info", psk="psk", psk_id="psk-id") | tink_id
    senders = {} if fields["sender"] == ["anyone"] else {"senders": fields["sender"]}
    made = {"op": "envelope.open", "suite": SUITES[fields["aead"][0]], "context": fields["context"], "sealed": sealed}
    if len(fields["identity"]) > 1:
        made |= {"op": "envelope.open with several identities", "secrets": fields["identity"]}
    return made | senders | given(secret="identity", now="now", skew="skew", max_age="max-age")


def requests():
    paths = sorted(KIT.glob("*/*.txt"))
    if not paths:
        raise ValueError(f"no files in {KIT}")
    for path in paths:
        fields, sealed = parse(path.read_text())
        name = f"hostile {path.parent.name}/{path.stem}"
        yield name, fields["expect"][0], request(fields, sealed), fields.get("payload-sha256", [None])[0]
