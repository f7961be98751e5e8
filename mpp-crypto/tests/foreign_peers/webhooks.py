"""Standard Webhooks `v1` and `v1a`, written from the standard's description of its signatures."""

import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from encoding import std, unstd, unurl
from signatures import jwk_of, load


def content(request):
    return f"{request['id']}.{request['timestamp']}.".encode() + unstd(request["body"])


def mac(request):
    secret = unstd(request["secret"].removeprefix("whsec_"))
    return hmac.new(secret, content(request), hashlib.sha256).digest()


def sign(request):
    key = load(request)
    signature = f"v1a,{std(key.sign(content(request)))} v1,{std(mac(request))}"
    return {"signature": signature, "jwk": jwk_of(key)}


def verify(request):
    """Every signature must stand, each by its version."""
    versions = []
    for entry in request["signature"].split(" "):
        version, signature = entry.split(",")
        if version == "v1a":
            key = Ed25519PublicKey.from_public_bytes(unurl(request["jwk"]["x"]))
            key.verify(unstd(signature), content(request))
        elif version != "v1" or not hmac.compare_digest(mac(request), unstd(signature)):
            raise ValueError("it does not stand")
        versions.append(version)
    return {"versions": versions}
