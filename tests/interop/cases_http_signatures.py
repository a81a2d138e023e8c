# SPDX-License-Identifier: MIT OR Apache-2.0
"""HTTP signatures, against the packages of PyPI and npm: what is signed, how it is forged, and where a package differs."""
import base64
import hashlib
import re
from typing import NamedTuple, Optional

from cases_webhooks import SENDGRID, SENDGRID_PUBLIC
from keys import ed25519_public

MARK, CHANGED = "ping", "pong"  # every value that is signed has the one
HOST, ELSEWHERE = "api.example.com", "other.example"
TARGET = "/ping/orders?id=ping&draft=1"
URL = f"https://{HOST}{TARGET}"
BODY = b'{"type":"ping"}'
MAX_AGE, MAX_SKEW, BEYOND = 300, 30, 60  # seconds; the last beyond one of the others

ONE, OTHER = (hashlib.sha256(text).digest() for text in (b"the secret", b"another secret"))
# Of each algorithm: what signs, and what verifies.
KEYS = {
    "ed25519": [(secret.hex(), ed25519_public(secret).hex()) for secret in (ONE, OTHER)],
    "hmac-sha256": [(secret.hex(), secret.hex()) for secret in (ONE, OTHER)],
    "ecdsa-p256-sha256": [(secret, base64.b64decode(public).hex()) for secret, public in zip(SENDGRID, SENDGRID_PUBLIC)],
}

THREE = ("@method", "@authority", "@path")
API = ("@method", "@authority", "@path", "@query")
DIGEST, TYPE = "content-digest", ("content-type", "application/json; x=ping")


def digest(body, *names):
    sums = {name: base64.b64encode(hashlib.new(name.replace("-", ""), body).digest()).decode() for name in names}
    return (DIGEST, ", ".join(f"{name}=:{text}:" for name, text in sums.items()))


class Case(NamedTuple):
    name: str
    components: tuple
    policy: str = "request"
    method: str = "POST"
    url: str = URL
    headers: tuple = ()
    body: bytes = b""
    algorithm: str = "ed25519"
    status: Optional[int] = None  # of a response, whose request has the method and the URL
    request_headers: tuple = ()
    keyid: str = "service-1"
    tag: Optional[str] = "app-1"
    label: str = "sig1"
    lasts: Optional[int] = None  # seconds
    order: Optional[tuple] = None

    def authority(self):
        """As it is written in the URL."""
        return re.match(r"https?://([^/?]*)", self.url)[1]


LINES = (("x-two", "  one,ping "), ("X-Other", "1"), ("x-two", "two"), ("x-two", ""), ("x-empty", ""))
MEMBERS = (("x-dict", 'b=(1 "ping";q=2   c);r, c, d=tok/en'), ("x-dict", 'e=:cGluZw==:;p="a \\"b\\"", f=?0, a=-17;ping'))
CLIENT = (("signature-input", 'client=("@method");created=1;keyid="x"'), ("signature", "client=:ping:"))
NORMALIZED = ("https://API.Example.com", f"https://{HOST}:443", f"http://{HOST}:80")
QUERY = "/ping?id=ping&a+b=1&c=with+plus%20and%2Fslash~*%7E&fa%C3%A7ade%22%3A%20=something&empty=&twice=1&twice=2"
PARAMETERS = ("id", "a%20b", "c", "fa%C3%A7ade%22%3A%20", "empty")


def requests():
    for algorithm in KEYS:
        eight = (*API, "@scheme", TYPE[0], "x-two", DIGEST)
        yield Case(f"3 components, {algorithm}", THREE, algorithm=algorithm)
        yield Case(f"8 components, {algorithm}", eight, headers=(TYPE, *LINES), body=BODY, algorithm=algorithm)
        yield Case(f"as an API demands, {algorithm}", (*API, DIGEST, TYPE[0]), "api", headers=(TYPE,), body=BODY,
                   algorithm=algorithm, tag=None)  # fmt: skip
    yield Case("as an API demands, without a body", API, "api", "GET")
    yield Case("a body beyond ASCII", (*THREE, DIGEST), body=bytes(range(256)) + b"ping")
    yield Case("a body of 64 KiB", (*THREE, DIGEST), body=b"ping" * 16384)
    yield Case("the digest of an empty body", (*THREE, DIGEST))
    yield Case("SHA-512", (*THREE, DIGEST), headers=(digest(BODY, "sha-512"),), body=BODY)
    yield Case("two digests", (*THREE, DIGEST), headers=(digest(BODY, "sha-512", "sha-256"),), body=BODY)
    yield Case("lines of a field", ("@authority", "x-two", "x-empty"), headers=LINES)
    yield Case("bytes of lines", ("@authority", "x-two;bs", "x-empty;bs"), headers=LINES)
    members = tuple(f'x-dict;key="{key}"' for key in "abcdef")
    yield Case("members of a dictionary", ("@authority", *members), headers=MEMBERS)
    yield Case("a member twice", ("@authority", 'x-dict;key="a"'), headers=(("x-dict", "a=1, a=ping"),))
    yield Case("a decimal in a dictionary", ("@authority", 'x-dict;key="a"'), headers=(("x-dict", "a=1.0;ping"),))
    strict = (("priority", "u=1,  i, ping"), ("cache-status", '"ping";  hit'), ("cache-status", "b;ttl=1"))
    yield Case("structured fields", ("@authority", "priority;sf", "cache-status;sf"), headers=strict)
    names = tuple(f'@query-param;name="{name}"' for name in PARAMETERS)
    yield Case("parameters of a query", ("@authority", *names), url=f"https://{HOST}{QUERY}")
    yield Case("the target of the request", ("@authority", "@request-target"))
    yield Case("the target URI", ("@method", "@target-uri"))
    odd = f"https://{HOST}/a%2Fping/%7Eb/%c3%a9;v=1:@!$&'()*+,=?a=%20b%2B&ping"
    yield Case("percent signs in a path", (*API, "@target-uri"), url=odd)
    yield Case("no query", (*API, "@target-uri"), url=f"https://{HOST}/ping")
    yield Case("an empty query", (*API, "@target-uri"), url=f"https://{HOST}/ping?")
    yield Case("no path", API, url=f"https://{HOST}?ping")
    yield Case("no path, the target URI", ("@method", "@target-uri"), url=f"https://{HOST}?ping")
    for url in NORMALIZED:
        yield Case(url, (*API, "@scheme"), url=url + TARGET)
        yield Case(f"{url}, the target URI", ("@method", "@target-uri"), url=url + TARGET)
    for url in (f"https://{HOST}:8443", f"https://{HOST}:80", "https://[2001:DB8::1]:8443", f"http://{HOST}:8080"):
        yield Case(url, (*API, "@scheme"), url=url + TARGET)
    yield Case("no tag", THREE, tag=None)
    yield Case("expires", THREE, lasts=60)
    yield Case("created and keyid alone", THREE, tag=None, order=("created", "keyid"))
    yield Case("no alg", THREE, order=("created", "keyid", "nonce", "tag"))
    yield Case("no nonce", THREE, order=("created", "keyid", "alg", "tag"))
    order = ("tag", "nonce", "expires", "alg", "keyid", "created")
    yield Case("another order of parameters", THREE, lasts=60, order=order)
    unknown = ("x-new", "created", "x-flag", "keyid", "x-count", "tag")
    yield Case("unknown parameters", THREE, order=unknown)
    yield Case("a keyid that is escaped", THREE, keyid='https://keys.example/?a="b\\c"#d')
    yield Case("another label", THREE, label="a-b.c_d*1")
    signed = (*THREE, 'signature;key="client"', 'signature-input;key="client"')
    yield Case("a signature over a signature", signed, headers=CLIENT, label="proxy")


def responses():
    common = {"status": 200, "headers": (TYPE,), "body": BODY}
    req = tuple(f"{component};req" for component in API)
    both = (*req, "x-two;req", 'x-dict;key="b";req', TYPE[0], "@status", DIGEST)
    yield Case("a response", ("@status", DIGEST), "custom-response", **common)
    yield Case("a response without a body", ("@status",), "custom-response", status=204)
    yield Case("a response to a request", both, "custom-response", request_headers=(*LINES, *MEMBERS), **common)
    yield Case("a response as is demanded", ("@status", *req, DIGEST, TYPE[0]), "response", tag=None, **common)
    bound = ("@status", *req, 'signature;key="client";req', DIGEST, TYPE[0])
    yield Case("a response to a signed request", bound, "response", request_headers=CLIENT, tag=None, **common)


def web_bots():
    bot = {"policy": "web-bot-auth", "method": "GET", "tag": "web-bot-auth", "lasts": 600}
    x = base64.urlsafe_b64encode(bytes.fromhex(KEYS["ed25519"][0][1])).rstrip(b"=").decode()
    thumbprint = hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest()  # RFC 7638
    bot["keyid"] = base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode()
    agent = ("signature-agent", '"https://ping.example"')
    yield Case("a bot", ("@authority",), **bot)
    yield Case("a bot with its agent", ("@authority", agent[0]), headers=(agent,), **bot)
    for url in ("https://API.Example.com:443/", f"https://{HOST}:8443/", f"https://{HOST}:80/"):
        yield Case(f"a bot, {url}", ("@authority",), url=url, **bot)


def cases(sdk):
    return [*web_bots()] if sdk == "web-bot-auth" else [*requests(), *responses(), *web_bots()]


OLD, EARLY, EXPIRED = "too old", "of the future", "expired"
NOTHING, LESS = "nothing is covered", "less is covered than is demanded"
AS_WRITTEN = "signs the target URI as the caller has it"
TARGET_URIS = {f"{url}, the target URI": AS_WRITTEN for url in NORMALIZED}
BAD = {f"{where} a bad signature of the tag": "wants all signatures of a tag to be good" for where in ("before", "behind")}
ONE_ALONE = {
    f"{where} {what}": "reads one signature alone"
    for where in ("before", "behind")
    for what in ("a signature of somebody", "a bad signature of the tag")
}
# What a package is known to decide otherwise than the crate, and why. Checked: where it does not, the case fails.
DIFFERENCES = {
    ("pypi", "http-message-signatures"): TARGET_URIS | BAD,
    ("npm", "http-message-sig"): TARGET_URIS
    | {"no path, the target URI": AS_WRITTEN, "a decimal in a dictionary": "writes 1.0 as 1"},
    ("npm", "web-bot-auth"): ONE_ALONE
    | {
        NOTHING: "does not look at what is covered",
        LESS: "does not look at what is covered",
        OLD: "has no bound but expires",
        f"a bot, https://{HOST}:80/": "leaves out the ports 80 and 443, whatever the scheme",
    },
}
# What the crate refuses, and the packages do not: who reads the first of them would read something else.
REFUSED = ("a member twice",)
# Who signs without `@authority` what a package signs with it alone.
SIGNERS = {"web-bot-auth": "http-message-sig"}


def signer(package, case):
    return package if "@authority" in case.components else SIGNERS.get(package, package)


def signing(case, created, now):
    """The request for a signature of that time."""
    nonce = base64.b64encode(MARK.encode() * 16).decode()  # web bots want 64 bytes
    asked = {"op": "http.sign", "secret": KEYS[case.algorithm][0][0], "created": created, "nonce": nonce}
    if case.lasts:
        asked["expires"] = created + case.lasts
    return asked | common(case) | {"message": message(case), "body": case.body, "now": str(now)}


def verifying(case, headers, now):
    """What is asked of who receives it; what must be covered is what was meant to be."""
    authority = case.authority().removesuffix(":80" if case.url.startswith("http:") else ":443")
    asked = {"op": "http.verify", "key": KEYS[case.algorithm][0][1], "authority": authority, "max_age": MAX_AGE}
    return asked | common(case) | {"message": message(case) | {"headers": headers}, "body": case.body, "now": str(now)}


def common(case):
    names = ("algorithm", "components", "keyid", "label", "order", "policy", "tag")
    return {name: value for name, value in case._asdict().items() if name in names and value is not None}


def message(case):
    request = {"method": case.method, "url": case.url, "headers": case.request_headers if case.status else case.headers}
    return {"status": case.status, "headers": case.headers, "request": request} if case.status else request


def otherwise(case, crate):
    """What is signed, but not as it should be: (what it is, seconds, the case). The crate does not sign everything."""
    bound = 86400 if case.policy == "web-bot-auth" else MAX_AGE
    yield OLD, -bound - BEYOND, case._replace(lasts=case.lasts and bound * 2)
    yield EARLY, MAX_SKEW + BEYOND, case
    if not case.order:
        yield EXPIRED, -2 * BEYOND, case._replace(lasts=BEYOND)
    less = tuple(component for component in case.components if component not in ("@authority", "@target-uri", "@status"))
    if not crate:
        yield NOTHING, 0, case._replace(components=())
    if not crate or less and case.policy not in ("api", "response"):
        yield LESS, 0, case._replace(components=less)


def variations(case, signed):
    """What is made of a signed message: (what was done, the fields that are changed, whether it is accepted)."""
    headers = signed["message"]["headers"]
    lines = Lines(headers, case.label)
    yield "under another label", {"label": "renamed"} | lines.replaced(case.label + "=", "renamed="), True
    yield "with another field", {"message": {"headers": [*headers, ["x-free", "1"]]}}, True
    others = [["signature-input", 'other=("@method");created=1;keyid="x";tag="other"'], ["signature", "other=:ping:"]]
    yield "behind a signature of somebody", {"message": {"headers": [*others, *headers]}}, True
    yield "before a signature of somebody", {"message": {"headers": [*headers, *others]}}, True
    bad = [["signature-input", "bad" + lines.input[len(case.label) :]], ["signature", "bad=:" + "ping" * 16 + ":"]]
    of = "of the tag" if case.tag else "without a tag"
    yield f"behind a bad signature {of}", {"message": {"headers": [*bad, *headers]}}, True
    yield f"before a bad signature {of}", {"message": {"headers": [*headers, *bad]}}, True
    for how, change in forged_parts(case, signed):
        yield how, change, False
    for how, change in forged_signature(case, lines):
        yield how, change, False


def forged_parts(case, signed):
    """Everything that is covered, changed."""
    sent = signed["message"]
    asked = sent if not case.status else sent["request"]

    def part(change):
        return {"message": change if not case.status else {"request": asked | change}}

    def changed(headers, name):
        return [[key, value.replace(MARK, CHANGED) if key.lower() == name else value] for key, value in headers]

    url = asked["url"]
    start, query = re.match(r"([^?]*)(.*)", url).groups()
    for component in case.components:
        name, _, flags = component.partition(";")
        of_request = case.status and flags.endswith("req")
        if name == "@method":
            yield "another method", part({"method": "PUT"})
        elif name in ("@authority", "@target-uri"):
            yield f"another authority in {name}", part({"url": url.replace(case.authority(), ELSEWHERE)})
        if name in ("@path", "@target-uri", "@request-target") and MARK in start:
            yield f"another path in {name}", part({"url": start.replace(MARK, CHANGED) + query})
        if name in ("@query", "@target-uri", "@request-target") or flags.startswith('name="id"'):
            other = query.replace(MARK, CHANGED) if MARK in query else query + "?a"
            yield f"another query in {name}", part({"url": start + other})
        if name == "@scheme":
            other = "http" if url.startswith("https") else "https"
            yield "another scheme", part({"url": other + url[url.index(":") :]})
        if name == "@status":
            yield "another status", {"message": {"status": 201}}
        if name[0] != "@" and name != DIGEST:
            headers = asked["headers"] if of_request else sent["headers"]
            other = changed(headers, name)
            if other != [list(line) for line in headers]:
                yield f"another {component}", part({"headers": other}) if of_request else {"message": {"headers": other}}
            without = [line for line in headers if line[0].lower() != name]
            yield f"no {name}", part({"headers": without}) if of_request else {"message": {"headers": without}}
    if DIGEST in case.components:
        other = case.body.replace(MARK.encode(), CHANGED.encode()) if case.body else b"{}"
        headers = [line for line in sent["headers"] if line[0].lower() != DIGEST]
        yield "another body", {"body": other}
        yield "a body and its digest", {"body": other, "message": {"headers": [*headers, digest(other, "sha-256")]}}
        yield "white space behind the body", {"body": case.body + b" "}
        yield "no digest", {"message": {"headers": headers}}
        if case.body:
            yield "no body", {"body": b""}
    elif case.policy != "web-bot-auth":
        yield "a body that is not signed", {"body": b"{}"}


def forged_signature(case, lines):
    """The two fields, changed; and what the other side expects."""
    text, middle = lines.signature, len(lines.signature) // 2
    other = "B" if text[0] != "B" else "C"
    yield "another signature, at its start", lines.replaced(text, other + text[1:])
    other = "B" if text[middle] != "B" else "C"
    yield "another signature, in the middle", lines.replaced(text, text[:middle] + other + text[middle + 1 :])
    yield "half a signature", lines.replaced(text, text[: middle & ~3])
    yield "an empty signature", lines.replaced(text, "")
    yield "no Base64 in the signature", lines.replaced(text, text[:middle] + "!" + text[middle:])
    member = lines.input
    start, end = member.index("(") + 1, member.index(")")
    first = member[start:end].split(" ")[0]
    yield "no components", lines.replaced(member, member[:start] + member[end:])
    yield "a component less", lines.replaced(member, member[:start] + member[start + len(first) :].lstrip())
    yield "a component twice", lines.replaced(member, f"{member[:start]}{first} {member[start:]}")
    yield "a component that is none", lines.replaced(member, f'{member[:start]}"@nonsense" {member[start:]}')
    yield "a parameter more", lines.replaced(member, member + ";x-more=1")
    created = re.search(r";created=(\d+)", member)
    yield "another time", lines.replaced(created[0], f";created={int(created[1]) - 1}")
    for name, value in (("nonce", "pong"), ("keyid", "service-2"), ("tag", "app-2"), ("alg", "hmac-sha512")):
        found = re.search(rf';{name}="(\\.|[^"\\])*"', member)
        if found:
            yield f"another {name}", lines.replaced(found[0], f';{name}="{value}"')
            yield f"without {name}", lines.replaced(found[0], "")
    yield "twice under one label", lines.replaced(member, f"{member}, {member}")
    yield "without Signature", lines.without("signature")
    yield "without Signature-Input", lines.without("signature-input")
    yield "under another key", {"key": KEYS[case.algorithm][1][1]}
    if case.policy != "web-bot-auth":
        yield "under another keyid", {"keyid": "service-2"}
        yield "with another tag expected", {"tag": "app-2"}
        wrong = next(name for name in KEYS if name != case.algorithm)
        yield "with another algorithm expected", {"algorithm": wrong, "key": KEYS[wrong][0][1]}
        yield "with another component expected", {"components": (*case.components, "x-missing"), "policy": widened(case)}


def widened(case):
    """With `components` that count."""
    return {"api": "request", "response": "custom-response"}.get(case.policy, case.policy)


class Lines:
    """The two fields of a signature in a message. A member that is ours is the last of its line."""

    def __init__(self, headers, label):
        self.headers, start = headers, label + "="

        def line(wanted):
            return next(value for name, value in headers if name.lower() == wanted and start in value)

        self.signature = line("signature").split(start + ":")[1][:-1]
        self.input = start + line("signature-input").split(start, 1)[1]

    def replaced(self, old, new):
        def line(name, value):
            return [name, value.replace(old, new) if name.lower() in ("signature", "signature-input") else value]

        return {"message": {"headers": [line(name, value) for name, value in self.headers]}}

    def without(self, name):
        return {"message": {"headers": [line for line in self.headers if line[0].lower() != name]}}
