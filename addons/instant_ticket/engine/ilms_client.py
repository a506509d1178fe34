"""Calls to ILMS over HTTPS; no Odoo, safe to use from several threads."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from .ilms_protocol import (
    ANSWER,
    REQUEST,
    Call,
    Credentials,
    ProtocolError,
    seal,
    unseal,
)

# Our name of a call -> name in the address. A real endpoint that names them otherwise
# is a matter of configuration (``LOTTERY_ILMS_API_NAMES``, JSON).
API_NAMES = {
    "stock": "stock.query",
    "accounts": "account.query",
    "transfer": "account.transfer",
    "lock": "order.lock",
    "confirm": "order.confirm",
    "release": "order.release",
    "refund": "order.refund",
    "status": "order.status",
    "orders": "order.query",
    "loss": "loss.report",
    "activations": "activation.daily",
    "sales": "sales.daily",
    "games": "game.query",
    "manifests": "manifest.query",
}
MAX_ANSWER = 16 * 1024 * 1024
# A read time-out starts anew with each byte; this bounds the whole answer.
MAX_READS = 3
CHUNK = 64 * 1024
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
# 401 and 403 concern the whole link (secret, clock, address): calls wait until it is
# mended. The other 4xx concern this call and would be the same for ever.
PASSING_STATUS = {401, 403, 408, 425, 429}


class IlmsUnreachable(Exception):
    """No answer that could be trusted; the same call may be sent again."""


class IlmsMisused(Exception):
    """ILMS does not take this call; sending it again changes nothing."""


@dataclass(frozen=True)
class Settings:
    """Where and how to call; everything that a real endpoint needs changed."""

    url: str
    credentials: Credentials
    version: str = "1.0"
    api_names: Mapping[str, str] = field(default_factory=lambda: dict(API_NAMES))
    ca_file: str | None = None
    connect_timeout: float = 3.0
    read_timeout: float = 10.0

    def __post_init__(self):
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("LOTTERY_ILMS_URL is not the address of a web service")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("LOTTERY_ILMS_URL must be https outside of this machine")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the ``LOTTERY_ILMS_*`` variables (docs/integrations/ilms.md).

        :raise ValueError: naming what is missing or wrong, never a secret
        """
        credentials = Credentials.from_environment(environ)
        if not environ.get("LOTTERY_ILMS_URL"):
            raise ValueError("not set: LOTTERY_ILMS_URL")
        return cls(
            url=environ["LOTTERY_ILMS_URL"].rstrip("/"),
            credentials=credentials,
            version=environ.get("LOTTERY_ILMS_VERSION") or "1.0",
            api_names={**API_NAMES, **cls._renamed(environ)},
            ca_file=environ.get("LOTTERY_ILMS_CA_FILE") or None,
            connect_timeout=float(environ.get("LOTTERY_ILMS_CONNECT_TIMEOUT") or 3),
            read_timeout=float(environ.get("LOTTERY_ILMS_READ_TIMEOUT") or 10),
        )

    @staticmethod
    def _renamed(environ):
        try:
            names = json.loads(environ.get("LOTTERY_ILMS_API_NAMES") or "{}")
        except ValueError:
            raise ValueError("LOTTERY_ILMS_API_NAMES is not JSON") from None
        if not isinstance(names, dict) or set(names) - set(API_NAMES):
            raise ValueError("LOTTERY_ILMS_API_NAMES names unknown calls")
        return names


class IlmsClient:
    """Sends calls; one HTTP session a thread, connections are kept."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self._local = threading.local()

    def _session(self) -> requests.Session:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            # Neither proxies nor .netrc of the process' environment apply here.
            session.trust_env = False
            session.verify = self.settings.ca_file or True
            session.headers["APPID"] = self.settings.credentials.appid
            session.headers["Accept"] = "application/json"
        return session

    def call(self, name: str, request_id: str, payload: dict) -> dict:
        """Send one call and return its answer, checked and decrypted.

        A refusal by business rules is an answer: ``{"code": …}`` other than ``OK``.

        :raise IlmsUnreachable: unknown whether ILMS did it; repeat with the same id
        :raise IlmsMisused: ILMS says that the call itself is wrong
        """
        settings = self.settings
        call = Call(settings.api_names[name], settings.version, request_id)
        message = seal(settings.credentials, REQUEST, call, payload)
        body = self._post(f"{settings.url}/gw/{call.api}/{call.version}/", message)
        try:
            answer = unseal(settings.credentials, ANSWER, call, json.loads(body))
        except (ProtocolError, ValueError) as error:
            raise IlmsUnreachable(f"answer refused: {error}") from error
        if not isinstance(answer.get("code"), str):
            raise IlmsUnreachable("answer refused: it has no code")
        return answer

    def _post(self, url: str, message: dict) -> bytes:
        settings = self.settings
        try:
            with self._session().post(
                url,
                json=message,
                timeout=(settings.connect_timeout, settings.read_timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                self._check_status(response)
                return self._read(response)
        except requests.RequestException as error:
            # The text of the error may hold the address; its kind says enough.
            raise IlmsUnreachable(type(error).__name__) from error

    def _check_status(self, response: requests.Response) -> None:
        status = response.status_code
        if status == 200:
            return
        text = f"HTTP {status}"
        if status in PASSING_STATUS or status >= 500:
            raise IlmsUnreachable(text)
        raise IlmsMisused(text)

    def _read(self, response: requests.Response) -> bytes:
        body = bytearray()
        deadline = time.monotonic() + MAX_READS * self.settings.read_timeout
        for chunk in response.iter_content(CHUNK):
            body += chunk
            if len(body) > MAX_ANSWER or time.monotonic() > deadline:
                raise IlmsUnreachable("answer refused: too long")
        return bytes(body)
