# SPDX-License-Identifier: MIT OR Apache-2.0
"""Webhooks, against the official SDKs: what is delivered, how it is forged, and where an SDK is known to differ."""
import base64
import hashlib
import json
from datetime import datetime, timezone
from typing import NamedTuple, Optional

ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
HOST = "https://hooks.example"
MARK, CHANGED = "ping", "pong"  # every delivery has the one, where it is signed


def secret_of(name):
    return hashlib.sha256(name.encode()).hexdigest()


def standard(name):
    return "whsec_" + base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()


def json_bodies(_):
    yield "JSON", "/in", b'{"type":"ping","n":1}'
    yield "JSON beyond ASCII", "/in", '{"type":"ping","name":"Zo\u00eb \u2713 \U0001f511"}'.encode()
    yield "JSON with white space", "/in", b'{ "type": "ping",\r\n  "n": 1.0 }\n'
    yield "JSON of 16 KiB", "/in", b'{"type":"ping","text":"' + b"x" * 16384 + b'"}'


def linear_bodies(time):
    for name, url, body in json_bodies(time):
        yield name, url, body.replace(b'"ping"', b'"ping","webhookTimestamp":%d' % (time * 1000))


def url_bodies(time):
    for name, _, body in json_bodies(time):
        yield name, "/in/ping?a=1&b=two", body


def twilio_bodies(_):
    yield "a form", "/in?a=1", b"From=%2B15550100&Body=ping+it%21&Empty="
    yield "a form with a parameter twice", "/in", b"Media=b&Media=a&Body=ping&Media=a"
    yield "a form beyond ASCII", "/in", b"Body=ping+Zo%C3%AB&ab=1&a=b2&A=3"
    yield "no form", "/in?text=ping", b""
    body = b'{"type":"ping"}'
    yield "JSON", f"/in?a=1&bodySHA256={hashlib.sha256(body).hexdigest()}&text=ping", body


def oauth_queries(_):
    yield "a query", "/auth?code=ping&host=YWRtaW4&shop=a.myshopify.com&state=12", b""


def proxy_queries(_):
    yield "a query", "/proxy?shop=a.myshopify.com&path_prefix=%2Fapps%2Fping&logged_in_customer_id=", b""
    yield "a query with a list", "/proxy?shop=a.myshopify.com&path_prefix=%2Fapps%2Fx&extra=ping&extra=2", b""


def adyen_bodies(_):
    item = {
        "pspReference": "ping",
        "originalReference": "",
        "merchantAccountCode": "merchant",
        "merchantReference": "order 12:3",
        "amount": {"value": 1130, "currency": "EUR"},
        "eventCode": "AUTHORISATION",
        "success": "true",
    }
    yield "a notification", "/in", json.dumps({"notificationItems": [{"NotificationRequestItem": item}]}).encode()


class Scheme(NamedTuple):
    """What a delivery is made of. Before the text of the signature stands `signature`: `header: start`, `?parameter=` or
    `{member`; `unit` is that of the time, if one is signed."""

    secrets: tuple
    signature: str
    unit: Optional[str] = None
    tolerance: int = 300
    public: Optional[tuple] = None
    deliveries: callable = json_bodies
    rotates: bool = False

    def time_text(self, time):
        forms = {"s": str(time), "ms": str(time * 1000)}
        forms["rfc3339"] = datetime.fromtimestamp(time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return forms.get(self.unit)


TEXTS = (secret_of("the secret"), secret_of("another secret"))
STANDARD = (standard("the secret"), standard("another secret"))
STRIPE = tuple(f"whsec_{text[:32]}" for text in TEXTS)
DISCORD = (
    "936c06c70d5cdf0fadc31e06a69f2d63688288eddc978c5a1d2922765a6e4940",
    "dad90acaab84a40f07f83f1276f612e1f56e4557d8264138c15e39a10248efae",
)
DISCORD_PUBLIC = (
    "3105ead26cdb337de4741a7dd70164da7c5ae5a39bbb8a6fdeaf1d3c31ac521b",
    "1c5f28643270be0d0bc5bd4e93b2b65a627f2ce72f763be061c575610ecf3cbb",
)
SENDGRID_PUBLIC = tuple(
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE" + point
    for point in (
        "e5KPCkWC79qfyS3CXBXDL56i7H/JZDCbAlZh3MSsy1EEWMZQf79JpC22aGN9DX/1lgq6Wk6WPZUBzQ/wHvIHDg==",
        "6m+tDbgp4AYftQxp6cYdtzgKhvstSGJOHLuVGBmR10vF2+rOY5z8pfUkPH965Rr5KqlkjIrYLdAwB+0t8dp9Tw==",
    )
)
SENDGRID = tuple(secret_of(f"known to everybody: sendgrid {n}") for n in (1, 2))

SCHEMES = {
    "standard-webhooks": Scheme(STANDARD, "webhook-signature: v1,", "s", rotates=True),
    "svix": Scheme(STANDARD, "svix-signature: v1,", "s", rotates=True),
    "stripe": Scheme(STRIPE, "stripe-signature: v1=", "s", rotates=True),
    "github": Scheme(TEXTS, "x-hub-signature-256: sha256="),
    "slack": Scheme(TEXTS, "x-slack-signature: v0=", "s"),
    "twilio": Scheme(TEXTS, "x-twilio-signature: ", deliveries=twilio_bodies),
    "twilio-sha256": Scheme(TEXTS, "x-twilio-signature: ", deliveries=twilio_bodies),
    "discord": Scheme(DISCORD, "x-signature-ed25519: ", "s", public=DISCORD_PUBLIC),
    "line": Scheme(TEXTS, "x-line-signature: "),
    "razorpay": Scheme(TEXTS, "x-razorpay-signature: "),
    "square": Scheme(TEXTS, "x-square-hmacsha256-signature: ", deliveries=url_bodies),
    "paddle": Scheme(TEXTS, "paddle-signature: h1=", "s", tolerance=5, rotates=True),
    "workos": Scheme(TEXTS, "workos-signature: v1=", "ms", tolerance=180),
    "shopify": Scheme(TEXTS, "x-shopify-hmac-sha256: "),
    "shopify-oauth": Scheme(TEXTS, "?hmac=", "s", tolerance=90, deliveries=oauth_queries),
    "shopify-app-proxy": Scheme(TEXTS, "?signature=", "s", tolerance=90, deliveries=proxy_queries),
    "adyen": Scheme(TEXTS, "{hmacSignature", deliveries=adyen_bodies),
    "hubspot": Scheme(TEXTS, "x-hubspot-signature-v3: ", "ms", deliveries=url_bodies),
    "coinbase-commerce": Scheme(TEXTS, "x-cc-webhook-signature: "),
    "box": Scheme(TEXTS, "box-signature-primary: ", "rfc3339", tolerance=600),
    "sendgrid": Scheme(SENDGRID, "x-twilio-email-event-webhook-signature: ", "s", public=SENDGRID_PUBLIC),
    "linear": Scheme(TEXTS, "linear-signature: ", "body", tolerance=60, deliveries=linear_bodies),
    "sanity": Scheme(TEXTS, "sanity-webhook-signature: v1=", "ms"),
    "webflow": Scheme(TEXTS, "x-webflow-signature: ", "ms"),
    "elevenlabs": Scheme(TEXTS, "elevenlabs-signature: v0=", "s", tolerance=1800, rotates=True),
}

OLD, EARLY = "too old", "of the future"
PAST_ONLY = {EARLY: "looks at the past alone"}
NO_TIME = {how: "has no bound of time" for how in (OLD, EARLY)}
LAX = {"no Base64 in the signature": "skips what is not Base64"}
REWRITTEN = {what: "signs the JSON as it writes it again" for what in ("JSON with white space", "white space behind the body")}
# What an SDK is known to decide otherwise than the crate, and why. Checked: where it does not, the case fails.
DIFFERENCES = {
    ("pypi", "standardwebhooks"): LAX,
    ("pypi", "svix"): LAX,
    ("pypi", "stripe"): PAST_ONLY,
    ("pypi", "discord-interactions"): NO_TIME,
    ("pypi", "hubspot-api-client"): PAST_ONLY,
    ("pypi", "sendgrid"): NO_TIME | LAX,
    ("pypi", "ShopifyAPI"): PAST_ONLY | {OLD: "allows a day"},
    ("npm", "stripe"): PAST_ONLY,
    ("npm", "@slack/bolt"): PAST_ONLY,
    ("npm", "discord-interactions"): NO_TIME,
    ("npm", "@line/bot-sdk"): LAX,
    ("npm", "@paddle/paddle-node-sdk"): PAST_ONLY | {"before another signature": "looks at the last alone"},
    ("npm", "@sanity/webhook"): NO_TIME,
    ("npm", "@workos-inc/node"): PAST_ONLY | REWRITTEN,
    ("npm", "webflow-api"): NO_TIME,
    ("npm", "@elevenlabs/elevenlabs-js"): PAST_ONLY | {"behind another signature": "looks at the first alone"},
    ("npm", "@sendgrid/eventwebhook"): NO_TIME | LAX,
}
# Adyen's signatures are in the body, SendGrid's are made with ECDSA: the crate verifies them only.
NOT_SIGNED = ("adyen", "sendgrid")
BEYOND = 60  # seconds beyond the bound


def requests(name, time):
    """What is signed at this time: (what it is, the fields)."""
    scheme = SCHEMES[name]
    common = {"scheme": name, "secret": scheme.secrets[0], "id": ID, "time": time, "now": str(time)}
    return [(what, common | {"url": HOST + url, "body": body}) for what, url, body in scheme.deliveries(time)]


def variations(name, delivery, time):
    """What is made of a delivery: (what was done, the fields that are changed, whether it is accepted)."""
    yield "as it is", {}, True
    for how, change in rotated(SCHEMES[name], delivery):
        yield how, change, True
    for how, change in forged(SCHEMES[name], delivery, time):
        yield how, change, False


def late(name):
    """What is signed at another time than it is sent: (what it is, seconds)."""
    scheme = SCHEMES[name]
    return [(OLD, -scheme.tolerance - BEYOND), (EARLY, scheme.tolerance + BEYOND)] if scheme.unit else []


def receiver(name):
    return (SCHEMES[name].public or SCHEMES[name].secrets)[0]


def sent(time):
    """By a sender with three keys, of which the second is the newest."""
    ed25519 = "whsk_" + base64.b64encode(bytes.fromhex(DISCORD[0])).decode()
    keys = [STANDARD[0], standard("the newest secret"), ed25519]
    common = {"id": ID, "url": f"{HOST}/in", "body": b'{"type":"ping"}', "now": str(time)}
    return {"op": "webhook.send", "keys": keys, **common}


def receivers():
    """(secret, whether it is one of them)."""
    return [(STANDARD[0], True), (standard("the newest secret"), True), (STANDARD[1], False)]


def where(scheme, delivery):
    """The text of the signature, and how the delivery looks with another one."""
    if scheme.signature.startswith("{"):
        body = bytes.fromhex(delivery["body"]).decode()
        before, text, after = split(body, f'"{scheme.signature[1:]}": "', '"')
        return text, lambda new: {"body": f"{before}{new}{after}".encode().hex()}
    if scheme.signature.startswith("?"):
        before, text, after = split(delivery["url"], scheme.signature[1:], "&")
        return text, lambda new: {"url": f"{before}{new}{after}"}
    name, prefix = scheme.signature.split(": ")
    before, text, after = split(delivery["headers"][name], prefix, None)
    return text, lambda new: {"headers": delivery["headers"] | {name: f"{before}{new}{after}"}}


def split(text, start, end):
    at = text.index(start) + len(start)
    until = text.find(end, at) if end else -1
    until = len(text) if until < 0 else until
    return text[:at], text[at:until], text[until:]


def other(character):
    """Of Base64 and of hexadecimal."""
    return "1" if character != "1" else "2"


def forged(scheme, delivery, time):
    """(what was done, the fields that are changed): none of it may be accepted."""
    body, url = bytes.fromhex(delivery["body"]), delivery["url"]
    text, replaced = where(scheme, delivery)
    if MARK.encode() in body:
        yield "another body", {"body": body.replace(MARK.encode(), CHANGED.encode()).hex()}
    if MARK in url:  # where the URL is signed
        yield "another URL", {"url": url.replace(MARK, CHANGED)}
    if body and not scheme.signature.startswith("{"):
        yield "white space behind the body", {"body": (body + b" ").hex()}
    middle = len(text) // 2
    yield "another signature, at its start", replaced(other(text[0]) + text[1:])
    yield "another signature, in the middle", replaced(text[:middle] + other(text[middle]) + text[middle + 1 :])
    yield "half a signature", replaced(text[: middle & ~3])
    yield "an empty signature", replaced("")
    yield "no Base64 in the signature", replaced(text[:middle] + "!" + text[middle:])
    yield "under another secret", {"secret": (scheme.public or scheme.secrets)[1]}
    if scheme.time_text(time):
        old, new = scheme.time_text(time), scheme.time_text(time + 1)
        headers = {name: value.replace(old, new) for name, value in delivery["headers"].items()}
        yield "another time", {"headers": headers, "url": url.replace(old, new)}
    if scheme.signature.startswith(("webhook-", "svix-")):
        name = scheme.signature.split("-")[0] + "-id"
        yield "another identifier", {"headers": delivery["headers"] | {name: ID + "x"}}


def rotated(scheme, delivery):
    """Two signatures, of which one is good."""
    if not scheme.rotates:
        return
    text, _ = where(scheme, delivery)
    name, prefix = scheme.signature.split(": ")
    value, between = delivery["headers"][name], {"paddle": ";", "webhook": " ", "svix": " "}.get(name.split("-")[0], ",")
    good, bad = prefix + text, prefix + other(text[0]) + text[1:]
    for what, both in (("before", good + between + bad), ("behind", bad + between + good)):
        yield f"{what} another signature", {"headers": delivery["headers"] | {name: value.replace(good, both)}}
