# SPDX-License-Identifier: MIT OR Apache-2.0
"""Webhooks as the official SDKs of PyPI verify and sign them, HTTP signatures and tokens, behind the line protocol of README.md."""
import base64
import json
import logging
import os
import sys
from datetime import datetime, timezone
from importlib.metadata import version
from types import SimpleNamespace
from typing import Callable, NamedTuple, Optional
from urllib.parse import parse_qs, parse_qsl, urlsplit

import http_signatures
import stripe
import tokens
from Adyen.util import generate_notification_sig, is_valid_hmac_notification
from box_sdk_gen import WebhooksManager
from box_sdk_gen.internal.utils import compute_webhook_signature
from coinbase_commerce.webhook import WebhookSignature as Coinbase
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from discord_interactions import verify_key
from hubspot.utils.signature import Signature as HubSpot
from linebot.v3.webhook import SignatureValidator as Line
from nacl.signing import SigningKey
from paddle_billing.Notifications import Secret as PaddleSecret
from paddle_billing.Notifications import Verifier as Paddle
from razorpay import Utility as Razorpay
from sendgrid.helpers.eventwebhook import EventWebhook
from shopify import Session as Shopify
from slack_sdk.signature import SignatureVerifier as Slack
from square.utils.webhooks_helper import verify_signature as square_verify
from standardwebhooks import Webhook as StandardWebhooks
from svix.webhooks import Webhook as Svix
from twilio.request_validator import RequestValidator as Twilio
from workos.webhooks import Webhooks as WorkOS


class Form(dict):
    """What Flask and Django hand to Twilio's validator: every value of a name."""

    getlist = dict.__getitem__


def twilio(algorithm):
    def hashed(r):
        return "bodySHA256" in r.url

    def form(r):
        return Form(parse_qs(r.text, keep_blank_values=True))

    def verify(r):
        signature = r.headers["x-twilio-signature"]
        return Twilio(r.secret).validate(r.url, r.text if hashed(r) else form(r), signature, algorithm)

    def sign(r):
        return {"x-twilio-signature": Twilio(r.secret).compute_signature(r.url, {} if hashed(r) else form(r), algorithm)}

    return verify, sign


def moment(r):
    return datetime.fromtimestamp(r.time, timezone.utc)


def raises(call):
    """For those who say no by an exception: nothing is yes, whatever they return."""

    def verify(r):
        call(r)
        return True

    return verify


def in_versions(prefix, sign):
    def headers(r):
        stamp = str(r.time)
        return {f"{prefix}-id": r.id, f"{prefix}-timestamp": stamp, f"{prefix}-signature": sign(r)}

    return headers


def hubspot_sign(r):
    stamp = str(r.time * 1000)
    signature = HubSpot.get_signature(r.secret, r.text, "v3", r.url, "POST", stamp)
    return {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": stamp}


def hubspot_verify(r):
    signature, stamp = r.headers["x-hubspot-signature-v3"], r.headers["x-hubspot-request-timestamp"]
    return HubSpot.is_valid(signature, r.secret, r.text, r.url, "POST", "v3", stamp)


BOX = {"box-signature-version": "1", "box-signature-algorithm": "HmacSHA256"}


def box_sign(r):
    headers = BOX | {"box-delivery-timestamp": moment(r).strftime("%Y-%m-%dT%H:%M:%SZ")}
    return headers | {"box-signature-primary": compute_webhook_signature(r.text, headers, r.secret)}


def discord_sign(r):
    signature = SigningKey(bytes.fromhex(r.secret)).sign(str(r.time).encode() + r.body).signature
    return {"x-signature-ed25519": signature.hex(), "x-signature-timestamp": str(r.time)}


SENDGRID = "x-twilio-email-event-webhook"


def sendgrid_sign(r):
    """With the library that the SDK verifies with; the SDK itself has nothing that signs."""
    key = ec.derive_private_key(int(r.secret, 16), ec.SECP256R1())
    signature = key.sign(str(r.time).encode() + r.body, ec.ECDSA(hashes.SHA256()))
    return {f"{SENDGRID}-signature": base64.b64encode(signature).decode(), f"{SENDGRID}-timestamp": str(r.time)}


def shopify_verify(r):
    Shopify.setup(api_key="known", secret=r.secret)
    return Shopify.validate_params(dict(parse_qsl(urlsplit(r.url).query)))


def adyen_sign(r):
    """Into the body: what comes back is another one."""
    body = json.loads(r.text)
    item = body["notificationItems"][0]["NotificationRequestItem"]
    item["additionalData"] = {"hmacSignature": generate_notification_sig(item, r.secret).decode()}
    return json.dumps(body)


class Sdk(NamedTuple):
    package: str
    scheme: str
    verify: Callable
    sign: Optional[Callable] = None


SDKS = [
    Sdk(
        "standardwebhooks",
        "standard-webhooks",
        raises(lambda r: StandardWebhooks(r.secret).verify(r.body, r.headers)),
        in_versions("webhook", lambda r: StandardWebhooks(r.secret).sign(r.id, moment(r), r.text)),
    ),
    Sdk(
        "svix",
        "svix",
        raises(lambda r: Svix(r.secret).verify(r.body, r.headers)),
        in_versions("svix", lambda r: Svix(r.secret).sign(r.id, moment(r), r.text)),
    ),
    Sdk(
        "stripe",
        "stripe",
        raises(lambda r: stripe.Webhook.construct_event(r.body, r.headers["stripe-signature"], r.secret)),
        lambda r: {"stripe-signature": stripe.WebhookSignature.generate_signature_header(r.text, r.secret, r.time)},
    ),
    Sdk(
        "slack_sdk",
        "slack",
        lambda r: Slack(r.secret).is_valid_request(r.body, r.headers),
        lambda r: {
            "x-slack-request-timestamp": str(r.time),
            "x-slack-signature": Slack(r.secret).generate_signature(timestamp=str(r.time), body=r.body),
        },
    ),
    Sdk("twilio", "twilio", *twilio("HMAC_SHA1")),
    Sdk("twilio", "twilio-sha256", *twilio("HMAC_SHA256")),
    Sdk(
        "discord-interactions",
        "discord",
        lambda r: verify_key(r.body, r.headers["x-signature-ed25519"], r.headers["x-signature-timestamp"], r.secret),
        discord_sign,
    ),
    Sdk("line-bot-sdk", "line", lambda r: Line(r.secret).validate(r.text, r.headers["x-line-signature"])),
    Sdk(
        "razorpay",
        "razorpay",
        lambda r: Razorpay().verify_webhook_signature(r.text, r.headers["x-razorpay-signature"], r.secret),
    ),
    Sdk(
        "squareup",
        "square",
        lambda r: square_verify(
            request_body=r.text,
            signature_header=r.headers["x-square-hmacsha256-signature"],
            signature_key=r.secret,
            notification_url=r.url,
        ),
    ),
    Sdk(
        "paddle-python-sdk",
        "paddle",
        lambda r: Paddle().verify(
            SimpleNamespace(headers={"Paddle-Signature": r.headers["paddle-signature"]}, body=r.body),
            PaddleSecret(r.secret),
        ),
    ),
    Sdk(
        "workos",
        "workos",
        raises(
            lambda r: WorkOS(None).verify_header(
                event_body=r.body, event_signature=r.headers["workos-signature"], secret=r.secret
            )
        ),
    ),
    Sdk("ShopifyAPI", "shopify-oauth", shopify_verify),
    Sdk(
        "Adyen",
        "adyen",
        lambda r: is_valid_hmac_notification(json.loads(r.text), r.secret),
        adyen_sign,
    ),
    Sdk("hubspot-api-client", "hubspot", hubspot_verify, hubspot_sign),
    Sdk(
        "coinbase-commerce",
        "coinbase-commerce",
        lambda r: Coinbase.verify_sig_header(r.text, r.headers["x-cc-webhook-signature"], r.secret),
    ),
    Sdk("boxsdk", "box", lambda r: WebhooksManager.validate_message(r.text, BOX | r.headers, r.secret), box_sign),
    Sdk(
        "sendgrid",
        "sendgrid",
        lambda r: EventWebhook(r.secret).verify_signature(
            r.text, r.headers[f"{SENDGRID}-signature"], r.headers[f"{SENDGRID}-timestamp"]
        ),
        sendgrid_sign,
    ),
]


def listed(_):
    def described(sdk):
        return {"sdk": sdk.package, "version": version(sdk.package), "scheme": sdk.scheme, "signs": sdk.sign is not None}

    return {"sdks": [described(sdk) for sdk in SDKS]}


def asked(request):
    sdk = next(sdk for sdk in SDKS if (sdk.package, sdk.scheme) == (request["sdk"], request["scheme"]))
    body = bytes.fromhex(request["body"])
    return sdk, SimpleNamespace(**request | {"body": body, "text": body.decode()})


def sign(request):
    sdk, r = asked(request)
    signed = sdk.sign(r)
    if isinstance(signed, str):
        return {"headers": {}, "url": r.url, "body": signed.encode().hex()}
    return {"headers": signed, "url": r.url, "body": r.body.hex()}


def verify(request):
    """Refused is what the SDK does not accept, however it says so: the same call accepts what is genuine."""
    sdk, r = asked(request)
    try:
        accepted = sdk.verify(r)
    except Exception as error:
        return {"refused": type(error).__name__}
    return {"accepted": True} if accepted is True else {"refused": repr(accepted)}


OPERATIONS = {"webhook.list": listed, "webhook.sign": sign, "webhook.verify": verify}
OPERATIONS |= http_signatures.OPERATIONS | tokens.OPERATIONS


def answer(line):
    try:
        request = json.loads(line)
        if request["op"] not in OPERATIONS:
            return {"error": f"unsupported: {request['op']}"}
        ok = OPERATIONS[request["op"]](request)
        if "unsupported" in ok:
            return {"error": f"unsupported: {ok['unsupported']}"}
        return {"error": f"refused by {ok['refused']}"} if "refused" in ok else {"ok": ok}
    except Exception as error:
        return {"error": f"internal: {error!r}"}


if __name__ == "__main__":
    # Some SDKs print and log what they refuse: stdout is the protocol's.
    out, sys.stdout = sys.stdout, open(os.devnull, "w")
    logging.disable()
    for line in sys.stdin:
        print(json.dumps(answer(line)), file=out, flush=True)
