"""JWS and JWK, written from RFC 7515, 7517, 7518, 7638, 7797 and 8037, on `cryptography`."""

import hashlib
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from encoding import std, unstd, unurl, url

REQUIRED = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}


def thumbprint(jwk):
    members = {name: jwk[name] for name in REQUIRED[jwk["kty"]]}
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return url(hashlib.sha256(text.encode()).digest())


def thumbprint_of(request):
    return {"thumbprint": thumbprint(request["jwk"])}


def public_key(jwk):
    number = lambda name: int.from_bytes(unurl(jwk[name]), "big")
    if jwk["kty"] == "EC" and jwk["crv"] == "P-256":
        return ec.EllipticCurvePublicNumbers(number("x"), number("y"), ec.SECP256R1()).public_key()
    if jwk["kty"] == "OKP" and jwk["crv"] == "Ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(unurl(jwk["x"]))
    if jwk["kty"] == "RSA":
        return rsa.RSAPublicNumbers(number("e"), number("n")).public_key()
    raise ValueError("no such key")


def jwk_of(key):
    public = key.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        numbers = public.public_numbers()
        x, y = (url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    if isinstance(public, ed25519.Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": url(public.public_bytes_raw())}
    numbers = public.public_numbers()
    number = lambda value: url(value.to_bytes((value.bit_length() + 7) // 8, "big"))
    return {"kty": "RSA", "e": number(numbers.e), "n": number(numbers.n)}


def algorithm(key):
    if isinstance(key, (ec.EllipticCurvePublicKey, ec.EllipticCurvePrivateKey)):
        return "ES256"
    if isinstance(key, (ed25519.Ed25519PublicKey, ed25519.Ed25519PrivateKey)):
        return "EdDSA"
    return "RS256"


def raw_sign(key, message):
    if algorithm(key) == "ES256":
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    if algorithm(key) == "EdDSA":
        return key.sign(message)
    return key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def raw_verify(key, signature, message):
    if algorithm(key) == "ES256":
        if len(signature) != 64:
            raise ValueError("not r and s")
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    elif algorithm(key) == "EdDSA":
        key.verify(signature, message)
    else:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())


def write(header):
    return url(json.dumps(header, separators=(",", ":")).encode())


def read(encoded, key):
    header = json.loads(unurl(encoded))
    if header["alg"] != algorithm(key):
        raise ValueError("another algorithm")
    if header.get("crit", ["b64"]) != ["b64"]:
        raise ValueError("a critical member that is not understood")
    return header


def load(request):
    return load_pem_private_key(request["privateKey"].encode(), None)


def sign_compact(request):
    key = load(request)
    jwk = jwk_of(key)
    header = {"alg": algorithm(key), "kid": thumbprint(jwk), "typ": request["typ"]}
    signed = f"{write(header)}.{url(json.dumps(request['payload']).encode())}"
    return {"jws": f"{signed}.{url(raw_sign(key, signed.encode()))}", "jwk": jwk}


def verify_compact(request):
    header, payload, signature = request["jws"].split(".")
    key = public_key(request["jwk"])
    claims = read(header, key)
    raw_verify(key, unurl(signature), f"{header}.{payload}".encode())
    return {"payload": json.loads(unurl(payload)), "header": claims}


def signing_input(encoded_header, header, payload):
    raw = header.get("b64", True) is False
    return encoded_header.encode() + b"." + (payload if raw else url(payload).encode())


def rs256_header(request):
    header = {"alg": "RS256", "kid": request["kid"]}
    return header if request["b64"] else {**header, "b64": False, "crit": ["b64"]}


def sign_detached(request):
    key, header = load(request), rs256_header(request)
    encoded = write(header)
    signature = raw_sign(key, signing_input(encoded, header, unstd(request["body"])))
    return {"value": f"{encoded}..{url(signature)}", "jwk": jwk_of(key)}


def verify_detached(request):
    encoded, signature = request["value"].split("..")
    key = public_key(request["jwk"])
    header = read(encoded, key)
    raw_verify(key, unurl(signature), signing_input(encoded, header, unstd(request["body"])))
    return {"header": header}


def sign_consent(request):
    key, header, payload = load(request), rs256_header(request), unstd(request["payload"])
    encoded = write(header)
    signature = raw_sign(key, signing_input(encoded, header, payload))
    return {"text": f"{encoded}.{url(payload)}.{url(signature)}", "jwk": jwk_of(key)}


def verify_consent(request):
    encoded, payload, signature = request["text"].split(".")
    key = public_key(request["jwk"])
    header, payload = read(encoded, key), unurl(payload)
    raw_verify(key, unurl(signature), signing_input(encoded, header, payload))
    return {"payload": std(payload)}
