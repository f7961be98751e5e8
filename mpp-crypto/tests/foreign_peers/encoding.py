"""Base64 in the two alphabets, read strictly."""

import base64


def std(data):
    return base64.b64encode(data).decode()


def unstd(text):
    return base64.b64decode(text, validate=True)


def url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unurl(text):
    if "=" in text or "+" in text or "/" in text:
        raise ValueError("not base64url without padding")
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if url(data) != text:
        raise ValueError("not the one encoding")
    return data
