"""HTTP message signatures, written from RFC 9421 (sections 2.2, 2.3, 2.5, 3) and RFC 9530 alone."""

import hashlib
import re

from encoding import std, unstd
from signatures import algorithm, jwk_of, load, public_key, raw_sign, raw_verify, thumbprint

NAMES = {"ES256": "ecdsa-p256-sha256", "EdDSA": "ed25519"}


def component(request, headers, name):
    derived = {
        "@method": request["method"],
        "@authority": request["authority"].lower(),
        "@path": request["path"] or "/",
        "@query": "?" + request["query"],
    }
    if name in derived:
        return derived[name]
    if name.startswith("@"):
        raise ValueError("a component that this peer does not derive")
    values = [value.strip() for field, value in headers if field.lower() == name]
    if not values:
        raise ValueError(f"no field {name}")
    return ", ".join(values)


def signature_base(request, headers, names, parameters):
    lines = [f'"{name}": {component(request, headers, name)}' for name in names]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode()


def digest_of(body):
    return f"sha-256=:{std(hashlib.sha256(body).digest())}:"


def sign(request):
    key = load(request)
    headers = list(map(tuple, request["fields"])) + [("content-digest", digest_of(unstd(request["body"])))]
    names = ["@method", "@authority", "@path", "@query", "content-digest", *(name for name, _ in request["fields"])]
    listed = " ".join(f'"{name}"' for name in names)
    keyid = thumbprint(jwk_of(key))
    parameters = f'({listed});created={request["created"]};keyid="{keyid}";alg="{NAMES[algorithm(key)]}"'
    parameters += f';nonce="{request["nonce"]}"'
    signature = raw_sign(key, signature_base(request, headers, names, parameters))
    return {
        "signatureInput": f"sig1={parameters}",
        "signature": f"sig1=:{std(signature)}:",
        "contentDigest": headers[-1][1],
        "jwk": jwk_of(key),
    }


def verify(request):
    label, parameters = request["signatureInput"].split("=", 1)
    names = re.findall(r'"([^"]*)"', parameters[: parameters.index(")")])
    sent = re.fullmatch(rf"{re.escape(label)}=:([A-Za-z0-9+/=]*):", request["signature"])
    if request["contentDigest"] != digest_of(unstd(request["body"])):
        raise ValueError("another body")
    headers = list(map(tuple, request["fields"])) + [("content-digest", request["contentDigest"])]
    base = signature_base(request, headers, names, parameters)
    raw_verify(public_key(request["jwk"]), unstd(sent.group(1)), base)
    return {"covered": names}
