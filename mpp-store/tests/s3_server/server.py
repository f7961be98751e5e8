"""Moto's S3 on a free port of this machine, until standard input ends.

Prints one JSON object with the port and an access key. Every request must be signed with that key: moto checks
signatures against the users of its own IAM. Each line on standard input is the name of a bucket to make; "made" answers.
"""

import json
import sys
import threading

from werkzeug.serving import WSGIRequestHandler, make_server

from moto import settings
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends

USER = "parcels"
REGION = "ap-south-1"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *_):
        pass


class OneAtATime:
    """Moto looks whether an object is there and writes it in two steps, where S3 takes one."""

    def __init__(self, app):
        self.app = app
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        with self.lock:
            return self.app(environ, start_response)


def make_key():
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    iam.create_user(region_name=REGION, user_name=USER)
    iam.put_user_policy(USER, "parcels", json.dumps(POLICY))
    return iam.create_access_key(USER)


def main():
    key = make_key()
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    app = OneAtATime(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ready = {"port": server.server_address[1], "keyId": key.access_key_id, "secret": key.secret_access_key}
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        s3_backends[DEFAULT_ACCOUNT_ID]["aws"].create_bucket(line.strip(), REGION)
        print("made", flush=True)


if __name__ == "__main__":
    main()
