"""A foreign peer: one JSON object per line in, one per line out.

Answers what `mpp-crypto` made with `pyhpke`, `cryptography` and plain arithmetic, from the documents of the formats alone.
A request is {"op": ..., ...}; an answer {"ok": true, ...} or {"ok": false, "error": ...}. A refusal never ends the program.
"""

import json
import sys

import envelope
import http_messages
import rebit
import signatures
import webhooks

OPERATIONS = {
    "envelope_seal": envelope.seal,
    "envelope_open": envelope.open_all,
    "thumbprint": signatures.thumbprint_of,
    "jws_sign": signatures.sign_compact,
    "jws_verify": signatures.verify_compact,
    "detached_sign": signatures.sign_detached,
    "detached_verify": signatures.verify_detached,
    "consent_sign": signatures.sign_consent,
    "consent_verify": signatures.verify_consent,
    "rebit_keygen": rebit.keygen,
    "rebit_seal": rebit.seal,
    "rebit_open": rebit.open_text,
    "http_sign": http_messages.sign,
    "http_verify": http_messages.verify,
    "webhook_sign": webhooks.sign,
    "webhook_verify": webhooks.verify,
}


def answer(line):
    try:
        request = json.loads(line)
        return {"ok": True, **OPERATIONS[request["op"]](request)}
    except Exception as error:  # whatever a library raises is a refusal
        return {"ok": False, "error": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    print(json.dumps(answer(line)), flush=True)
