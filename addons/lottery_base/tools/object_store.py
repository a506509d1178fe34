"""Files in an object store that speaks S3 (PF-OPS-01).

`LOTTERY_OBJECTS_URL` (https://host:port), `…_BUCKET`, `…_KEY`, `…_SECRET` and, where the store has
regions, `…_REGION` name it; without the address there is none and files stay in the filestore.
Few calls are all that is asked of it, so they are signed here (AWS signature, version 4).

Run as a program it makes the bucket unless it is there; nothing here imports odoo.
"""

import functools
import hashlib
import hmac
import os
import shutil
import tempfile
import urllib.parse
from datetime import UTC, datetime

import requests

TIMEOUT = (3, 60)  # seconds until it answers the call, and between two parts
NOTHING = hashlib.sha256(b"").hexdigest()


def sign(method, url, payload, moment, *, key, secret, region):
    """Return the headers of a signed request.

    :param payload: SHA-256 of the body, in hexadecimal digits

    A known answer:

    >>> headers = sign(
    ...     "GET", "https://examplebucket.s3.amazonaws.com/test.txt", NOTHING,
    ...     datetime(2013, 5, 24, tzinfo=UTC), key="AKIAIOSFODNN7EXAMPLE",
    ...     secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region="us-east-1")
    >>> headers["Authorization"].split("Signature=")[1]
    'df548e2ce037944d03f3e68682813b093763996d597cf890ca3d9037fd231eb4'
    """
    parts = urllib.parse.urlsplit(url)
    stamp = moment.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    headers = {
        "host": parts.netloc,
        "x-amz-content-sha256": payload,
        "x-amz-date": stamp,
    }
    names = ";".join(headers)
    lines = [method, parts.path, parts.query]
    lines += [f"{name}:{value}" for name, value in headers.items()]
    lines += ["", names, payload]
    asked = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    secret = f"AWS4{secret}".encode()
    for word in scope.split("/"):
        secret = hmac.digest(secret, word.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{asked}"
    signature = hmac.digest(secret, text.encode(), "sha256").hex()
    return headers | {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/{scope},"
        f"SignedHeaders={names},Signature={signature}"
    }


class Patient(requests.adapters.HTTPAdapter):
    """Waits shortly for a connection, longer for the content."""

    def send(self, request, **options):
        return super().send(request, **options | {"timeout": TIMEOUT})


class ObjectStore:
    """A bucket. Names are those of Odoo's filestore, made of the content's digest: what is
    there never changes, and writing it again does no harm.

    Every method raises `requests.RequestException` when the store is away or refuses.
    """

    def __init__(self, url, bucket, **identity):
        self.base = f"{url.rstrip('/')}/{bucket}"
        self.identity = identity
        self.session = requests.Session()
        self.session.trust_env = False
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, Patient())

    def _call(self, method, name, payload=NOTHING, **options):
        url = f"{self.base}/{urllib.parse.quote(name)}"
        headers = sign(method, url, payload, datetime.now(UTC), **self.identity)
        answer = self.session.request(
            method, url, headers=headers, allow_redirects=False, **options
        )
        if answer.is_redirect:  # what is signed for one store is not for another
            raise requests.TooManyRedirects(f"{url} leads elsewhere")
        if answer.status_code != 404:
            answer.raise_for_status()
        return answer

    def create(self):
        """Make the bucket unless it is there."""
        if not self.has(""):
            self._call("PUT", "").raise_for_status()

    def put(self, name, path):
        """Store the file at ``path``; it is there when this returns."""
        with open(path, "rb") as file:
            payload = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            # an empty stream would be sent in parts, which the signature does not cover
            data = file if os.path.getsize(path) else b""
            self._call("PUT", name, payload, data=data).raise_for_status()

    def fetch(self, name, path):
        """Write the stored file to ``path``, whole or not at all.

        :return: whether it is stored
        """
        with self._call("GET", name, stream=True) as answer:
            if answer.status_code == 404:
                return False
            os.makedirs(os.path.dirname(path), exist_ok=True)
            answer.raw.decode_content = True
            with tempfile.NamedTemporaryFile(
                dir=os.path.dirname(path), suffix=".part", delete=False
            ) as file:
                try:
                    shutil.copyfileobj(answer.raw, file)
                    file.close()
                    os.chmod(file.name, 0o644)
                    os.replace(file.name, path)
                except BaseException:
                    os.unlink(file.name)
                    raise
        return True

    def has(self, name):
        return self._call("HEAD", name).status_code != 404


@functools.cache
def _connect(url, bucket, key, secret, region):
    return ObjectStore(url, bucket, key=key, secret=secret, region=region)


def object_store():
    """Return the store of this process's environment, None when it names none."""
    if not os.environ.get("LOTTERY_OBJECTS_URL"):
        return None
    names = ("URL", "BUCKET", "KEY", "SECRET")
    values = [os.environ[f"LOTTERY_OBJECTS_{name}"] for name in names]
    return _connect(*values, os.environ.get("LOTTERY_OBJECTS_REGION") or "us-east-1")


if __name__ == "__main__":
    if store := object_store():
        store.create()
