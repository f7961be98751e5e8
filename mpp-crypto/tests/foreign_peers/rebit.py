"""The ReBIT exchange in both flavours, written from rahasya.md sections 2 to 5, on `cryptography` and plain integers."""

import os
import re
import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

import weierstrass
from encoding import std, unstd


def tlv(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x81, size]) if size < 256 else bytes([0x82, size >> 8, size & 255])
    return bytes([tag]) + length + content


def number(value):
    return value.to_bytes(32, "big")


OID_EC = bytes.fromhex("06072a8648ce3d0201")
OID_PRIME_FIELD = bytes.fromhex("06072a8648ce3d0101")
PARAMETERS = tlv(
    0x30,
    tlv(2, b"\x01"),
    tlv(0x30, OID_PRIME_FIELD, tlv(2, number(weierstrass.P))),
    tlv(0x30, tlv(4, number(weierstrass.A)), tlv(4, number(weierstrass.B))),
    tlv(4, b"\x04", number(weierstrass.G[0]), number(weierstrass.G[1])),
    tlv(2, number(weierstrass.N)),
    tlv(2, b"\x08"),
)
ALGORITHM = tlv(0x30, OID_EC, PARAMETERS)
X25519_PUBLIC = bytes.fromhex("302a300506032b656e032100")
X25519_PRIVATE = bytes.fromhex("3051020101300506032b656e04220420")
X25519_PRIVATE_V0 = bytes.fromhex("302e020100300506032b656e04220420")


def write_ecc_public(point):
    return tlv(0x30, ALGORITHM, tlv(3, b"\x00\x04", number(point[0]), number(point[1])))


def write_ecc_private(scalar, point):
    public = tlv(0xA1, tlv(3, b"\x00\x04", number(point[0]), number(point[1])))
    inner = tlv(0x30, tlv(2, b"\x01"), tlv(4, number(scalar)), tlv(0xA0, PARAMETERS), public)
    return tlv(0x30, tlv(2, b"\x00"), ALGORITHM, tlv(4, inner))


def one_line(label, der):
    return f"-----BEGIN {label}-----{std(der)}-----END {label}-----"


def lines(label, der):
    body = std(der)
    rows = [body[at : at + 64] for at in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *rows, f"-----END {label}-----", ""])


def der_of(label, text):
    found = re.fullmatch(rf"-----BEGIN {label}-----([A-Za-z0-9+/=\s]+)-----END {label}-----\s*", text)
    return unstd(re.sub(r"\s", "", found.group(1)))


def read_public(text):
    der = der_of("PUBLIC KEY", text)
    if len(der) == 44 and der.startswith(X25519_PUBLIC):
        return der[12:]
    prefix = write_ecc_public((0, 0))[:245]
    if len(der) != 309 or der[:245] != prefix:
        raise ValueError("not a public key of either flavour")
    return int.from_bytes(der[245:277], "big"), int.from_bytes(der[277:], "big")


def read_private(text):
    der = der_of("PRIVATE KEY", text)
    for prefix, size in ((X25519_PRIVATE, 83), (X25519_PRIVATE_V0, 48)):
        if len(der) == size and der.startswith(prefix):
            return der[16:48]
    scalar = int.from_bytes(der[257:289], "big")
    if not 0 < scalar < weierstrass.N:
        raise ValueError("not a scalar")
    if der != write_ecc_private(scalar, weierstrass.multiply(scalar, weierstrass.G)):
        raise ValueError("not a private key of either flavour")
    return scalar


def keygen(request):
    nonce = std(os.urandom(32))
    if request["curve"] == "x25519":
        key = X25519PrivateKey.generate()
        public = key.public_key().public_bytes_raw()
        private = lines("PRIVATE KEY", X25519_PRIVATE + key.private_bytes_raw() + bytes.fromhex("812100") + public)
        return {"privateKey": private, "publicKey": lines("PUBLIC KEY", X25519_PUBLIC + public), "nonce": nonce}
    scalar = 1 + secrets.randbelow(weierstrass.N - 1)
    point = weierstrass.multiply(scalar, weierstrass.G)
    private = one_line("PRIVATE KEY", write_ecc_private(scalar, point))
    return {"privateKey": private, "publicKey": one_line("PUBLIC KEY", write_ecc_public(point)), "nonce": nonce}


def agree(private, public):
    if isinstance(private, bytes) and isinstance(public, bytes):
        # `cryptography` refuses an all-zero secret by itself
        return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))
    if isinstance(private, int) and isinstance(public, tuple):
        return weierstrass.agree(private, public)
    raise ValueError("two flavours")


def session(request):
    """Key and IV."""
    shared = agree(read_private(request["ourPrivateKey"]), read_public(request["remotePublicKey"]))
    own, peer = unstd(request["ourNonce"]), unstd(request["remoteNonce"])
    if len(own) < 32 or len(peer) < 32:
        raise ValueError("a short nonce")
    mixed = bytes(a ^ b for a, b in zip(own[:32], peer[:32]))
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=mixed[:20], info=b"").derive(shared)
    return AESGCM(key), mixed[20:]


def seal(request):
    cipher, iv = session(request)
    return {"base64Data": std(cipher.encrypt(iv, unstd(request["data"]), None))}


def open_text(request):
    cipher, iv = session(request)
    return {"data": std(cipher.decrypt(iv, unstd(request["base64Data"]), None))}
