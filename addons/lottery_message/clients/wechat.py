"""The few endpoints of a WeChat official account that notifications need.

A thin client of our own: the common library keeps the token in each process, so that
workers invalidate each other's, and calls without time limits.
"""

import requests

from odoo.addons.lottery_outbox.engine.errors import PermanentError, TransientError

from .fate import BUSY_PAUSE, never_connected

TIMEOUT = 6  # seconds for connecting and for the answer
TOKEN_ERRORS = (40001, 40014, 42001)  # the token is no good (any more)
_BUSY = (-1, 45009, 45011, 45047, 48004)
DEFAULT_URL = "https://api.weixin.qq.com"


class TokenError(TransientError):
    """The token was refused: the next try fetches another."""


def fetch_token(url, app_id, secret):
    """Return ``(token, seconds it is good for)``.

    ``stable_token`` gives the same token to everybody who asks until shortly before its
    end; the old endpoint made each call end the last one's token.

    :raise TransientError: no usable answer
    :raise PermanentError: the account is not accepted
    """
    data = _post(
        f"{url}/cgi-bin/stable_token",
        {
            "grant_type": "client_credential",
            "appid": app_id,
            "secret": secret,
            "force_refresh": False,
        },
    )
    token, seconds = data.get("access_token"), data.get("expires_in")
    if not isinstance(token, str) or not isinstance(seconds, int):
        raise TransientError("the answer holds no token")
    return token, seconds


def send(request):
    """Send one template message.

    ``client_msg_id`` makes a repetition within ten minutes harmless, so a lost answer
    is tried again.

    :raise TransientError: later
    :raise PermanentError: refused
    """
    data = _post(
        f"{request['url']}/cgi-bin/message/template/send",
        {
            "touser": request["openid"],
            "template_id": request["template"],
            "client_msg_id": request["ref"],
            "data": {key: {"value": text} for key, text in request["data"].items()},
        },
        params={"access_token": request["token"]},
        answer={"mark": request["mark"]},
    )
    return {"ref": str(data.get("msgid", request["ref"])), "state": "sent"}


def _post(url, payload, params=None, answer=None):
    try:
        response = requests.post(
            url, json=payload, params=params, timeout=TIMEOUT, allow_redirects=False
        )
        data = response.json()
    except requests.exceptions.JSONDecodeError as error:
        raise TransientError(f"HTTP {response.status_code}, no JSON") from error
    except requests.exceptions.RequestException as error:
        # its text would hold the address with the token
        words = "no connection" if never_connected(error) else type(error).__name__
        raise TransientError(words) from None
    if not isinstance(data, dict):
        raise TransientError("an answer of another kind")
    code = data.get("errcode", 0)
    if code == 0 and response.status_code == 200:
        return data
    words = f"{code}: {data.get('errmsg', '')}"[:300]
    answer = {**(answer or {}), "errcode": code}
    if code in TOKEN_ERRORS and "mark" in answer:
        raise TokenError(words, answer=answer)
    if code in _BUSY or response.status_code >= 500:
        raise TransientError(words, answer=answer, retry_after=BUSY_PAUSE)
    raise PermanentError(words, answer=answer)
