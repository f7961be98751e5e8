"""Envelope v1, written from docs/formats/envelope-v1.md alone, on pyhpke."""

import os
import uuid

from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey

from encoding import std, unstd
from signatures import thumbprint

SUITE = CipherSuite.new(KEMId.DHKEM_P256_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)
CHUNK = 65536
TAG = 16
PURPOSES = {1: "parcel", 2: "key-material", 3: "enrolment"}


def seal(request):
    jwk = request["publicJwk"]
    header = write_header(request["context"], thumbprint(jwk))
    enc, context = SUITE.create_sender_context(KEMKey.from_jwk(jwk), info=header)
    plaintext = unstd(request["plaintext"])
    chunks = [plaintext[at : at + CHUNK] for at in range(0, len(plaintext), CHUNK)] or [b""]
    sealed = [
        context.seal(chunk, aad=b"final" if at == len(chunks) - 1 else b"") for at, chunk in enumerate(chunks)
    ]
    return {"envelope": std(header + enc + b"".join(sealed))}


def open_all(request):
    envelope = unstd(request["envelope"])
    header, fields = read_header(envelope)
    for name, expected in request["context"].items():
        if fields[name] != expected:
            raise ValueError("another context")
    enc = envelope[len(header) : len(header) + 65]
    if len(enc) != 65 or enc[0] != 4:
        raise ValueError("no encapsulated key")
    key = KEMKey.from_pem(request["privateKey"])
    context = SUITE.create_recipient_context(enc, key, info=header)
    rest = envelope[len(header) + 65 :]
    plaintext = b""
    first = True
    while len(rest) > CHUNK + TAG:
        plaintext += context.open(rest[: CHUNK + TAG], aad=b"")
        rest = rest[CHUNK + TAG :]
        first = False
    if len(rest) < TAG or (len(rest) == TAG and not first):
        raise ValueError("no last chunk")
    plaintext += context.open(rest, aad=b"final")
    return {"plaintext": std(plaintext), "kid": fields["kid"]}


def write_header(context, kid):
    purpose = next(code for code, name in PURPOSES.items() if name == context["purpose"])
    body = CHUNK.to_bytes(4, "big") + os.urandom(16) + bytes([purpose])
    body += b"".join(uuid.UUID(context[name]).bytes for name in ("partner", "consent", "parcel"))
    for text in (context["source"], context["contentType"], kid):
        body += bytes([len(text)]) + text.encode("ascii")
    return b"MPPE\x01\x01" + len(body).to_bytes(2, "big") + body


def read_header(envelope):
    """The header's bytes, which are HPKE's info, and its fields."""
    if envelope[:6] != b"MPPE\x01\x01":
        raise ValueError("not an envelope of version and suite 1")
    length = int.from_bytes(envelope[6:8], "big")
    header = envelope[: 8 + length]
    if length > 837 or len(header) != 8 + length or header[8:12] != CHUNK.to_bytes(4, "big"):
        raise ValueError("not a header")
    fields = {"purpose": PURPOSES[header[28]]}
    for name, at in (("partner", 29), ("consent", 45), ("parcel", 61)):
        fields[name] = str(uuid.UUID(bytes=header[at : at + 16]))
    at = 77
    for name in ("source", "contentType", "kid"):
        size = header[at]
        fields[name] = header[at + 1 : at + 1 + size].decode("ascii")
        at += 1 + size
    if at != len(header):
        raise ValueError("bytes missing or left over")
    return header, fields
