"""Real HTTP servers on this machine that speak the protocols of Aliyun and Tencent.

They check signatures by the providers' published algorithms, written here anew: a wrong
secret is refused as the real ones refuse it.
"""

import hashlib
import hmac
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit

SECRETS = {"key-id-of-tests": "key-secret-of-tests"}


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        parts = urlsplit(self.path)
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        behaviour = self.server.behaviour
        action = self.headers.get(self.action_header)
        status, answer = self._handle(action)
        if behaviour.get("delay") == action:
            self.server.released.wait(10)
        if behaviour.get("cut") == action:
            self.connection.close()
            return
        if behaviour.get("status") and behaviour.get("on", action) == action:
            status = behaviour["status"]
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _handle(self, action):
        if problem := self._check_signature():
            return self._refuse(problem)
        data = self.query if self.action_header == "x-acs-action" else None
        data = data if data is not None else json.loads(self.body)
        self.server.seen.append((action, data))
        return 200, getattr(self, f"_on_{action}")(data)

    def log_message(self, *args):
        """Keep the tests' output clean."""


class _Aliyun(_Handler):
    """ACS3-HMAC-SHA256, SendSms and QuerySendDetails."""

    action_header = "x-acs-action"

    def _check_signature(self):
        scheme, _, rest = self.headers.get("Authorization", "").partition(" ")
        fields = dict(part.split("=", 1) for part in rest.split(","))
        secret = SECRETS.get(fields.get("Credential"))
        if scheme != "ACS3-HMAC-SHA256" or not secret:
            return "InvalidAccessKeyId.NotFound"
        payload = hashlib.sha256(self.body).hexdigest()
        if self.headers["x-acs-content-sha256"] != payload:
            return "ContentDigestMismatch"
        names = fields["SignedHeaders"].split(";")
        if not {"host", "x-acs-action", "x-acs-date", "x-acs-signature-nonce"} <= set(
            names
        ):
            return "IncompleteSignature"
        query = "&".join(
            f"{quote(key, safe='~')}={quote(value, safe='~')}"
            for key, value in sorted(self.query.items())
        )
        headers = "".join(f"{name}:{self.headers[name].strip()}\n" for name in names)
        canonical = "\n".join(
            ("POST", "/", query, headers, ";".join(names), payload)
        ).encode()
        text = f"{scheme}\n{hashlib.sha256(canonical).hexdigest()}".encode()
        expected = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, fields["Signature"]):
            return "SignatureDoesNotMatch"
        nonce = self.headers["x-acs-signature-nonce"]
        if nonce in self.server.nonces:
            return "SignatureNonceUsed"
        self.server.nonces.add(nonce)
        return None

    def _refuse(self, problem):
        return 400, {"Code": problem, "Message": "refused", "RequestId": "R"}

    def _on_SendSms(self, data):
        code = self.server.behaviour.get("code")
        if code:
            return {"Code": code, "Message": "no", "RequestId": "R"}
        self.server.accepted.append(data)
        number = len(self.server.accepted)
        return {"Code": "OK", "Message": "OK", "BizId": f"B{number}", "RequestId": "R"}

    def _on_QuerySendDetails(self, data):
        rows = [
            {
                "OutId": sms["OutId"],
                "PhoneNum": sms["PhoneNumbers"],
                "SendStatus": self.server.behaviour.get("fate", 1),
                "ErrCode": self.server.behaviour.get("error", ""),
            }
            for sms in self.server.accepted
            if sms["PhoneNumbers"] == data["PhoneNumber"]
        ]
        return {
            "Code": "OK",
            "Message": "OK",
            "RequestId": "R",
            "TotalCount": len(rows),
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows},
        }


class _Tencent(_Handler):
    """TC3-HMAC-SHA256, SendSms and PullSmsSendStatusByPhoneNumber."""

    action_header = "X-TC-Action"

    def _check_signature(self):
        scheme, _, rest = self.headers.get("Authorization", "").partition(" ")
        fields = dict(part.strip().split("=", 1) for part in rest.split(","))
        key_id, date, service, _end = fields["Credential"].split("/")
        secret = SECRETS.get(key_id)
        if scheme != "TC3-HMAC-SHA256" or not secret:
            return "AuthFailure.SecretIdNotFound"
        stamp = self.headers["X-TC-Timestamp"]
        if abs(time.time() - int(stamp)) > 300:
            return "AuthFailure.SignatureExpire"
        names = fields["SignedHeaders"].split(";")
        headers = "".join(
            f"{name}:{self.headers[name].strip().lower()}\n" for name in names
        )
        canonical = "\n".join(
            (
                "POST",
                "/",
                "",
                headers,
                ";".join(names),
                hashlib.sha256(self.body).hexdigest(),
            )
        ).encode()
        text = "\n".join(
            (
                scheme,
                stamp,
                f"{date}/{service}/tc3_request",
                hashlib.sha256(canonical).hexdigest(),
            )
        )
        key = f"TC3{secret}".encode()
        for part in (date, service, "tc3_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, fields["Signature"]):
            return "AuthFailure.SignatureFailure"
        return None

    def _refuse(self, problem):
        error = {"Code": problem, "Message": "refused"}
        return 200, {"Response": {"Error": error, "RequestId": "R"}}

    def _on_SendSms(self, data):
        code = self.server.behaviour.get("code", "Ok")
        if code == "Ok":
            self.server.accepted.append(data)
        number = len(self.server.accepted)
        status = {
            "SerialNo": f"S{number}" if code == "Ok" else "",
            "PhoneNumber": data["PhoneNumberSet"][0],
            "Fee": 1,
            "SessionContext": data["SessionContext"],
            "Code": code,
            "Message": "words",
            "IsoCode": "CN",
        }
        return {"Response": {"SendStatusSet": [status], "RequestId": "R"}}

    def _on_PullSmsSendStatusByPhoneNumber(self, data):
        fate = self.server.behaviour.get("fate")
        rows = [
            {
                "SerialNo": f"S{number}",
                "PhoneNumber": sms["PhoneNumberSet"][0],
                "SessionContext": sms["SessionContext"],
                "ReportStatus": fate,
                "Description": "words",
            }
            for number, sms in enumerate(self.server.accepted, 1)
            if fate and sms["PhoneNumberSet"] == [data["PhoneNumber"]]
        ]
        return {"Response": {"PullSmsSendStatusSet": rows, "RequestId": "R"}}


@contextmanager
def _serve(handler):
    """Yield a server: ``endpoint``, ``seen`` calls, ``accepted`` messages and
    ``behaviour``: ``delay`` or ``cut`` (action whose answer is late or lost),
    ``code``, ``status``, ``fate``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.seen, server.accepted, server.nonces = [], [], set()
    server.behaviour, server.released = {}, threading.Event()
    server.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def serve_aliyun():
    return _serve(_Aliyun)


def serve_tencent():
    return _serve(_Tencent)
