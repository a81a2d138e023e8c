# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tokens, between the crate and the packages: those that are good, the keys that they name, and those that are bad."""
import base64
import json
from pathlib import Path

import cases_bad_tokens
import cases_tokens
from driver import PATIENCE, encoded

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "tokens.md"
CRATE = "chancery"


class Package:
    """A package behind its peer, or the crate."""

    def __init__(self, peer, name, version=""):
        self.peer, self.name, self.version = peer, name, version

    def ask(self, request):
        return self.peer.ask(encoded(request) | {"sdk": self.name})

    def answer(self, request):
        return self.ask(request).result(PATIENCE)


def claims_of(answer):
    """With the claims as they are, and without the name of the token, which its issuer chooses."""
    if "ok" not in answer:
        return answer
    claims = json.loads(answer["ok"]["claims"])
    return {"ok": claims | {"jti": bool(claims.get("jti"))}}


def tokens(tally, peer, peers):
    crate = Package(peer, CRATE)
    listed = [(other, sdk) for other in peers for sdk in other.ask({"op": "jwt.list"}).result(PATIENCE)["ok"]["sdks"]]
    packages = [Package(other, sdk["sdk"], sdk["version"]) for other, sdk in listed]
    for package in packages:
        before, tried = tally.passed, set()
        for case in cases_tokens.cases():
            for source in (crate, package):
                tried |= exchange(tally, crate, package, source, case)
        known(tally, package, tried, cases_tokens.DIFFERENCES)
        sets(tally, crate, package)
        print(f"{package.name} {package.version}: tokens, {tally.passed - before} passed", flush=True)
    good(tally, crate, packages)
    proofs(tally, crate, [package for package in packages if package.name in cases_tokens.PROVERS])
    bad(tally, crate, packages)


def known(tally, package, tried, differences):
    """What a package decides otherwise was asked, and is told."""
    for what, why in differences.get(package.name, {}).items():
        tally.check(f"{package.name}: {why}", {"ok": what in tried}, True)
        print(f"{package.name} differs on {what!r}: it {why}")


def exchange(tally, crate, package, source, case):
    """What one side issues, given to both with the keys as it publishes them. Returns what was tried."""
    where = f"{package.name}, tokens, {case.name}"
    answer = source.answer(cases_tokens.issuing(case))
    shown = {"ok": [*answer["ok"]]} if "ok" in answer else answer
    tally.check(f"{source.name}: issues, {where}", shown, ["token"])
    if "ok" not in answer:
        return set()
    token, published = answer["ok"]["token"], None
    if cases_tokens.KEYS[case.alg].public:
        published = source.answer(cases_tokens.publishing(case.alg))["ok"]["set"]
    request = cases_tokens.verifying(case, token, published)
    ways = [("as it is", {}, True), *cases_tokens.variations(case, request)]
    asked = [(receiver, *way, receiver.ask(request | way[1])) for receiver in (package, crate) for way in ways]
    for receiver, how, _, accepted, answer in asked:
        if how in cases_tokens.DIFFERENCES.get(receiver.name, {}):
            accepted = not accepted
        want = cases_tokens.registered(case) | {"jti": True} if accepted else None
        tally.check(f"{receiver.name}: {where} by {source.name}, {how}", claims_of(answer.result(PATIENCE)), want)
    return {how for how, *_ in ways}


def sets(tally, crate, package):
    """Keys that one side publishes, and what all call them."""
    for source in (crate, package):
        for name, keys in cases_tokens.sets():
            where = f"{package.name}, {name} by {source.name}"
            answer = source.answer(cases_tokens.publishing(*keys))
            if "ok" not in answer:
                tally.check(f"{source.name}: publishes, {where}", answer, "a set")
                continue
            text = answer["ok"]["set"]
            shown = [{name: jwk[name] for name in jwk if name != "key_ops"} for jwk in json.loads(text)["keys"]]
            tally.check(f"{source.name}: publishes, {where}", {"ok": shown}, cases_tokens.as_published(keys))
            for receiver in (crate, package):
                answer = receiver.answer({"op": "jwk.thumbprints", "set": text})
                want = {"thumbprints": cases_tokens.thumbprints(keys)}
                tally.check(f"{receiver.name}: thumbprints, {where}", answer, want)


def good(tally, crate, packages):
    """Tokens that the driver has signed: all take them, or it is known who does not."""
    before, listed = tally.passed, [*cases_tokens.good()]
    for receiver in (crate, *packages):
        refused = cases_tokens.REFUSED.get(receiver.name, {})
        asked = [(what, receiver.ask(cases_tokens.verification(*rest))) for what, *rest in listed]
        for what, answer in asked:
            answer = answer.result(PATIENCE)
            shown = {"ok": [*answer["ok"]]} if "ok" in answer else answer
            tally.check(f"{receiver.name}: a token with {what}", shown, None if what in refused else ["claims"])
        known(tally, receiver, {what for what, *_ in listed}, cases_tokens.REFUSED)
    print(f"tokens of the driver, {len(listed)}: {tally.passed - before} passed", flush=True)


def proofs(tally, crate, packages):
    """A client, an issuer and a service, each of them the crate or the package; then proofs that are forged."""
    before = tally.passed
    for package in packages:
        sides = (crate, package)
        for alg in cases_tokens.PROOF_KEYS:
            for client, issuer in [(client, issuer) for client in sides for issuer in sides]:
                where = f"{alg}, by {client.name}, for {issuer.name}"
                asked = cases_tokens.proving(alg, "POST", cases_tokens.TOKEN_URL)
                proof = made(tally, client, f"proves, {where}", asked)
                token = made(tally, issuer, f"binds, {where}", cases_tokens.bound(alg, proof))
                payload = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
                thumbprint = cases_tokens.KEYS[alg].thumbprint()
                tally.check(f"{issuer.name}: is bound, {where}", {"ok": payload["cnf"]}, {"jkt": thumbprint})
                asked = cases_tokens.proving(alg, "GET", cases_tokens.URL, token)
                proof = made(tally, client, f"proves with it, {where}", asked)
                for service in sides:
                    named = f"{service.name}: a bound token, {where}"
                    answer = claims_of(service.answer(cases_tokens.presented(token, proof)))
                    shown = answer["ok"].get("cnf") if "ok" in answer else None
                    tally.check(named, {"ok": shown} if shown else answer, {"jkt": thumbprint})
                    for what, other in cases_tokens.forged(alg, token):
                        answer = service.answer(cases_tokens.presented(token, other))
                        shown = {"ok": [*answer["ok"]]} if "ok" in answer else answer
                        tally.check(f"{named}, the proof: {what}", shown, ["claims"] if what == "nothing" else None)
    print(f"DPoP: {tally.passed - before} passed", flush=True)


def made(tally, source, what, request):
    answer = source.answer(request)
    tally.check(f"{source.name}: {what}", {"ok": len(answer["ok"])} if "ok" in answer else answer, 1)
    return next(iter(answer.get("ok", {"": ""}).values()))


def bad(tally, crate, packages):
    """The crate refuses all of them; a package those that the document does not say it takes."""
    listed, text = cases_bad_tokens.bad(), DOCUMENT.read_text()
    declared = cases_bad_tokens.declared(text)
    takes = {package.name: set() for package in packages}
    for receiver in (crate, *packages):
        asked = [(one, receiver.ask(cases_bad_tokens.asking(one))) for one in listed]
        for one, answer in asked:
            answer = answer.result(PATIENCE)
            shown = {"ok": [*answer["ok"]]} if "ok" in answer else answer
            taken = one.name in declared.get(receiver.name, ())
            tally.check(f"{receiver.name}: a bad token, {one.name}", shown, ["claims"] if taken else None)
            if "ok" in answer:
                takes.setdefault(receiver.name, set()).add(one.name)
    table = cases_bad_tokens.table(listed, takes, {package.name: package.version for package in packages})
    known = {"table": table in text, "count": f"gives {len(listed)} bad tokens" in text}
    tally.check("driver: what others take stands in docs/tokens.md", {"ok": known}, {"table": True, "count": True})
    if table not in text:
        print(table)
    count, some = len(listed), {name for names in takes.values() for name in names}
    by = ", ".join(f"{receiver.name} {count - len(takes.get(receiver.name, ()))}" for receiver in (crate, *packages))
    tally.notes.append(f"bad tokens: {count}, refused by {by}, by all {count - len(some)}")
