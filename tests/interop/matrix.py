# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs the interop matrix: every peer seals, every other peer opens, and everything that was tampered with is refused.

Usage: matrix.py NAME=COMMAND...   Each COMMAND, quoted as for a shell, speaks the line protocol of README.md. The peer
`rust` is the crate: where it takes part, a pair is run only if it is one of the two. The peer `forge` seals only, the peer
`document` opens envelopes only, and `pypi` and `npm` know webhooks, HTTP signatures and tokens only, which they exchange
with the crate.
"""
import hashlib
import subprocess
import sys
import time
from concurrent.futures import TimeoutError as NoAnswer

import cases
import cases_hostile
import cases_http_signatures
import cases_keys
import cases_pq
import cases_requests
import cases_vectors
import cases_webhooks
import matrix_tokens
from driver import INTERNAL, PATIENCE, Ended, Peer, Tally, changed, encoded

CRATE, FORGE, DOCUMENT, SDKS = "rust", "forge", "document", ("pypi", "npm")


def run(tally, sealer, openers, listed):
    """Seals every case with one peer and opens it, and what is made of it, with the others."""
    before = tally.passed
    started = [(case, sealer.ask(encoded(case.seal))) for case in listed]
    for case, pending in started:
        answer = pending.result(PATIENCE)
        sealed = bytes.fromhex(answer.get("ok", {}).get(case.output, ""))
        length = case.length or len(sealed)
        got = {"ok": {"length": len(sealed)}} if sealed else answer
        tally.check(f"{sealer.name}: seals {case.name}", got, {"length": length})
        if len(sealed) != length or not sealed:
            continue
        want = case.want and encoded(case.want(sealed))
        ways = [("", {}, want)]
        ways += [(f", {how}", changes, want) for how, changes in case.also.items()]
        ways += [(f", {what}", changes, None) for what, changes in case.refused(sealed)]
        asked = [
            (f"{opener.name}: opens {case.name} by {sealer.name}{how}", want, opener.ask(changed(whole, changes)))
            for whole in [case.open | {case.output: sealed}]
            for opener in openers
            for how, changes, want in ways
        ]
        for name, want, pending in asked:
            tally.check(name, pending.result(PATIENCE), want)
    return tally.passed - before


def ask_all(tally, peer, listed):
    """Requests that one peer answers by itself: (name, request, want)."""
    before = tally.passed
    asked = [(name, want, peer.ask(encoded(request))) for name, request, want in listed]
    for name, want, pending in asked:
        tally.check(f"{peer.name}: {name}", pending.result(PATIENCE), encoded(want))
    return tally.passed - before


def ask_kit(tally, peer, op=""):
    """The hostile files: what opens and to which payload, what is refused, and that refusals do not tell secrets apart."""
    before = tally.passed
    listed = [file for file in cases_hostile.requests() if file[2]["op"].startswith(op)]
    asked = [(*file, peer.ask(file[2])) for file in listed]
    errors = {}
    for name, expect, request, want, pending in asked:
        answer = pending.result(PATIENCE)
        if "ok" in answer:
            answer = {"ok": hashlib.sha256(bytes.fromhex(answer["ok"]["payload"])).hexdigest()}
        elif expect == "not authentic" and not answer["error"].startswith("unsupported:"):
            errors.setdefault(request["op"], set()).add(answer["error"])
        tally.check(f"{peer.name}: {name}", answer, want)
    for op, texts in errors.items():
        tally.check(f"{peer.name}: {op}, errors of what is not authentic", {"ok": texts}, {min(texts)})
    return tally.passed - before


def agree(tally, starter, others):
    """One side makes an ephemeral key, the other derives from it. The crate only starts: its secrets cannot be given."""
    before = tally.passed
    for name, start, derive in cases_keys.agreements():
        started = starter.ask(encoded(start)).result(PATIENCE)
        keys = started.get("ok")
        for other in others if keys else ():
            answer = other.ask(encoded(derive | {"public": bytes.fromhex(keys["public"])})).result(PATIENCE)
            want = {"public": start["public"], "sealing": keys["opening"], "opening": keys["sealing"]}
            tally.check(f"{other.name}: {name} of {starter.name}", answer, encoded(want))
        if not keys:
            tally.check(f"{starter.name}: {name}", started, "keys")
    return tally.passed - before


def round_trips(tally, asker, others):
    """The asker opens what the others answer, once, and nothing else as the answer."""
    before = tally.passed
    for other in others:
        for name, ask, respond in cases_requests.round_trips():
            name = f"{asker.name}: {name} by {other.name}"
            asked = asker.ask(encoded(ask)).result(PATIENCE)
            tally.check(f"{name}, asks", {"ok": sorted(asked.get("ok", asked))}, ["reply", "sealed"])
            if "ok" not in asked:
                continue
            sealed, reply = asked["ok"]["sealed"], asked["ok"]["reply"]
            answer = other.ask(encoded(respond) | {"sealed": sealed}).result(PATIENCE)
            payload = answer.get("ok", {}).get("payload")
            tally.check(f"{name}, opens", {"ok": payload} if payload else answer, ask["payload"].hex())
            response = bytes.fromhex(answer.get("ok", {}).get("response", ""))
            opened = {"op": "response.open", "reply": reply, "sealed": sealed, "suite": ask["suite"]}
            opened |= {"context": encoded(ask["context"])}
            for what, bad in cases_requests.spoiled(response) if response else ():
                tally.check(f"{name}, {what}", asker.ask(opened | {"response": bad.hex()}).result(PATIENCE), None)
            good = asker.ask(opened | {"response": response.hex()}).result(PATIENCE)
            tally.check(f"{name}, is answered", good, encoded({"answer": respond["answer"]}))
    return tally.passed - before


def exchange(tally, crate, peer, sdk, source, signer):
    """What one source signs, given to an SDK and to the crate, and what is made of it. Returns what was tried."""
    tried, scheme = set(), sdk["scheme"]
    differs = cases_webhooks.DIFFERENCES.get((peer.name, sdk["sdk"]), {})

    def signed(number, at):
        what, ask = cases_webhooks.requests(scheme, at)[number]
        answer = source.ask(encoded(ask) | {"op": "webhook.sign", "sdk": signer}).result(PATIENCE)
        shown = {"ok": sorted(answer["ok"])} if "ok" in answer else answer
        tally.check(f"{source.name}: signs for {sdk['sdk']}, {scheme}, {what}", shown, ["body", "headers", "url"])
        return answer.get("ok", {})

    for number, (what, ask) in enumerate(cases_webhooks.requests(scheme, int(time.time()))):
        now = int(time.time())  # some bounds are of seconds
        delivery = signed(number, now)
        if not delivery:
            continue
        asked = {"op": "webhook.verify", "scheme": scheme, "sdk": sdk["sdk"], "secret": cases_webhooks.receiver(scheme)}
        ways = list(cases_webhooks.variations(scheme, delivery, now))
        ways += [(how, signed(number, now + by), False) for how, by in cases_webhooks.late(scheme)]
        for how, change, accepted in ways:
            tried |= {what, how}
            request = asked | delivery | change | {"now": str(int(time.time()))}
            for receiver in (peer, crate):
                if what in differs and receiver is not source:
                    want = None  # who signs other bytes than those that are sent agrees with nobody else
                else:
                    want = {"accepted": True} if accepted != (receiver is peer and how in differs) else None
                answer = receiver.ask(request).result(PATIENCE)
                tally.check(f"{receiver.name}: {sdk['sdk']}, {scheme}, {what} by {source.name}, {how}", answer, want)
    return tried


def webhooks(tally, crate, peers):
    """Every SDK: what the crate signs, what it signs itself, and where neither does, what another SDK signs."""
    listed = [(peer, sdk) for peer in peers for sdk in peer.ask({"op": "webhook.list"}).result(PATIENCE)["ok"]["sdks"]]
    signers = {sdk["scheme"]: (peer, sdk["sdk"]) for peer, sdk in listed if sdk["signs"]}
    for peer, sdk in listed:
        before, tried, package = tally.passed, set(), sdk["sdk"]
        foreign = sdk["scheme"] in cases_webhooks.NOT_SIGNED
        sources = [signers.get(sdk["scheme"]) if foreign else (crate, "")]
        sources += [(peer, package)] if sdk["signs"] and (peer, package) not in sources else []
        for source in sources:
            tried |= exchange(tally, crate, peer, sdk, *source) if source else set()
        for who, missing in (("the crate", foreign), ("the SDK", not sdk["signs"])):
            if missing:
                name = f"{peer.name} {package}, {sdk['scheme']}: signs"
                tally.check(name, {"error": f"unsupported: {who} only verifies"}, None)
        differs = cases_webhooks.DIFFERENCES.get((peer.name, package), {}) if any(sources) else {}
        for what, why in differs.items():
            tally.check(f"{peer.name}: {package} {why}", {"ok": what in tried}, True)
            print(f"{peer.name}: {package} differs on {what!r}: it {why}")
        if sdk["scheme"] in ("standard-webhooks", "svix"):
            rotation(tally, crate, peer, sdk)
        print(f"{peer.name}: {package} {sdk['version']}, {sdk['scheme']}, {tally.passed - before} passed", flush=True)


def rotation(tally, crate, peer, sdk):
    """A sender that changes its keys: a receiver needs one of the secrets, and knows what is not for it."""
    sent = crate.ask(encoded(cases_webhooks.sent(int(time.time())))).result(PATIENCE)["ok"]
    for secret, accepted in cases_webhooks.receivers():
        request = sent | {"op": "webhook.verify", "sdk": sdk["sdk"], "secret": secret, "now": str(int(time.time()))}
        for receiver, scheme in ((peer, sdk["scheme"]), (crate, "standard-webhooks")):
            answer = receiver.ask(request | {"scheme": scheme}).result(PATIENCE)
            want = {"accepted": True} if accepted else None
            tally.check(f"{receiver.name}: {sdk['sdk']}, {scheme}, sent with several keys", answer, want)


def signed_message(tally, crate, peer, sdk, source, case):
    """What one side signs, given to both, and what is made of it. Returns what was tried."""
    package, refused = sdk["sdk"], case.name in cases_http_signatures.REFUSED
    where, differs = f"{package}, {case.name}", cases_http_signatures.DIFFERENCES[peer.name, package]

    def signed(how, by, signed_case):
        now = int(time.time())
        request = cases_http_signatures.signing(signed_case, now - 1 + by, now)
        signer = {"sdk": cases_http_signatures.signer(package, signed_case)}
        answer = source.ask(encoded(request) | signer).result(PATIENCE)
        want = None if refused and source is crate else ["headers"]
        shown = {"ok": [*answer["ok"]]} if "ok" in answer else answer
        tally.check(f"{source.name}: signs, {where}, {how}", shown, want)
        if "ok" in answer:
            return encoded(cases_http_signatures.verifying(case, answer["ok"]["headers"], now)) | {"sdk": package}

    message = signed("as it is", 0, case)
    if message is None:
        return set()
    ways = [("as it is", {}, True), *cases_http_signatures.variations(case, message)]
    asked = [(how, accepted, altered(message, change)) for how, change, accepted in ways]
    others = cases_http_signatures.otherwise(case, source is crate)
    asked += [(how, False, signed(how, by, other)) for how, by, other in others]
    receivers = [receiver for receiver in (peer, crate) if not tally.skips(receiver, where, receiver.ask(message))]
    pending = [(receiver, *way, receiver.ask(way[2])) for receiver in receivers for way in asked]
    for receiver, how, accepted, _, answer in pending:
        if receiver is not source and case.name in differs or receiver is crate and refused:
            accepted = False  # they sign other bytes, or none
        elif receiver is peer and how in differs:
            accepted = not accepted
        want = {"accepted": True} if accepted else None
        tally.check(f"{receiver.name}: {where} by {source.name}, {how}", answer.result(PATIENCE), want)
    return {case.name, *(how for how, _, _ in asked)}


def altered(request, change):
    return request | encoded(change) | {"message": request["message"] | encoded(change.get("message", {}))}


def http_signatures(tally, crate, peers):
    """Every package: what the crate signs, and what it signs itself."""
    for peer in peers:
        for sdk in peer.ask({"op": "http.list"}).result(PATIENCE)["ok"]["sdks"]:
            before, tried, package = tally.passed, set(), sdk["sdk"]
            for case in cases_http_signatures.cases(package):
                for source in (crate, peer):
                    tried |= signed_message(tally, crate, peer, sdk, source, case)
            for what, why in cases_http_signatures.DIFFERENCES[peer.name, package].items():
                tally.check(f"{peer.name}: {package} {why}", {"ok": what in tried}, True)
                print(f"{peer.name}: {package} differs on {what!r}: it {why}")
            print(f"{peer.name}: {package} {sdk['version']}, HTTP signatures, {tally.passed - before} passed", flush=True)


CASES = {"sealed": cases.sealed_cases, "hpke": cases.hpke_cases, "envelope": cases.envelope_cases,
         "x-wing": cases_pq.x_wing_cases, "mac": cases_keys.mac_cases, "signature": cases_keys.signature_cases}  # fmt: skip


def alone(peer, tally):
    """What needs no second peer."""
    malformed = [(f"takes {name}", request, INTERNAL) for name, request in cases_keys.malformed_requests()]
    refused = [*cases.seal_refusals(), *cases_keys.agreement_refusals(), *cases_pq.seal_refusals()]
    keys = [*cases_keys.key_requests(), *cases_pq.key_requests()]
    vectors = cases_vectors.requests(crate=peer.name == CRATE)
    vectors = [*vectors, *cases_requests.vectors(crate=peer.name == CRATE)]
    groups = {"malformed": malformed, "not to be made": refused, "keys": keys, "vectors": vectors}
    for what, listed in groups.items():
        print(f"{peer.name}: {what}, {ask_all(tally, peer, listed)} passed", flush=True)
    print(f"{peer.name}: hostile files, {ask_kit(tally, peer)} passed", flush=True)


def read(tally, document, forge):
    """The opener that the specification prints: the envelopes of the vectors, and the forged ones."""
    vectors = [asked for asked in cases_vectors.requests(crate=True) if asked[1]["op"] == "envelope.open"]
    passed = ask_all(tally, document, vectors) + ask_kit(tally, document, "envelope.open")
    if forge is not None:
        listing = forge.ask({"op": "forge.list"}).result(PATIENCE)["ok"]
        passed += run(tally, forge, [document], cases.forged_cases({"envelope": listing["envelope"]}))
    print(f"document: envelopes, {passed} passed", flush=True)


def matrix(tally, peers):
    forge = next((peer for peer in peers if peer.name == FORGE), None)
    document = next((peer for peer in peers if peer.name == DOCUMENT), None)
    sdks = [peer for peer in peers if peer.name in SDKS]
    openers = [peer for peer in peers if peer not in (forge, document, *sdks)]
    crate = next((peer for peer in openers if peer.name == CRATE), None)
    for sealer in openers:
        alone(sealer, tally)
        others = [peer for peer in openers if peer is not sealer and (crate is None or crate in (peer, sealer))]
        names = ", ".join(peer.name for peer in others)
        for what, listed in CASES.items():
            print(f"{sealer.name} -> {names}: {what}, {run(tally, sealer, others, listed())} passed", flush=True)
        print(f"{sealer.name} -> {names}: round trips, {round_trips(tally, sealer, others)} passed", flush=True)
        others = [peer for peer in openers if peer not in (sealer, crate)]
        names = ", ".join(peer.name for peer in others)
        print(f"{sealer.name} -> {names}: agreement, {agree(tally, sealer, others)} passed", flush=True)
    if forge is not None:
        listing = forge.ask({"op": "forge.list"}).result(PATIENCE)["ok"]
        passed = run(tally, forge, openers, cases.forged_cases(listing))
        print(f"forge -> {', '.join(peer.name for peer in openers)}: {passed} passed")
    if document is not None:
        read(tally, document, forge)
    if crate is not None:
        webhooks(tally, crate, sdks)
        http_signatures(tally, crate, sdks)
        matrix_tokens.tokens(tally, crate, sdks)
    for peer in peers:
        peer.close()


def main(arguments):
    tally = Tally()
    try:
        matrix(tally, [Peer(*argument.split("=", 1)) for argument in arguments])
    except (Ended, NoAnswer, subprocess.TimeoutExpired, OSError) as error:
        tally.fail("the matrix was not finished", str(error) or f"a peer gave no answer in {PATIENCE} s")
    return tally.report()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
