"""Tencent Cloud SMS (2021-01-11), through the official SDK."""

import time

from ..exceptions import SmsFailure
from .fate import Busy, Doubt, judge_network_error

_PAGE = 100
_BUSY = ("LimitExceeded", "RequestLimitExceeded")
_DOUBT = ("InternalError", "FailedOperation.FailResolvePacket")


def send(request):
    """Send one message; after a doubtful try ask what became of it instead.

    The provider's records show only what the carrier reported on, and our reference
    only where the account has it switched on: nothing found proves nothing. Then an
    operator decides.

    :return: ``{"ref", "state"}``
    :raise Busy, Doubt, TransientError: later
    :raise SmsFailure: refused, or nobody knows
    """
    client = _make_client(request)
    if request["ask_since"]:
        if answer := _find(client, request):
            return answer
        if not request["decided"]:
            raise SmsFailure("unknown", "no record at the provider")
    from tencentcloud.sms.v20210111 import models

    sdk_request = models.SendSmsRequest()
    sdk_request.SmsSdkAppId = request["app"]
    sdk_request.SignName = request["sign_name"]
    sdk_request.TemplateId = request["template"]
    sdk_request.TemplateParamSet = request["parameters"]
    sdk_request.PhoneNumberSet = [request["phone"]]
    sdk_request.SessionContext = request["ref"]
    response = _call(client.SendSms, sdk_request)
    statuses = response.SendStatusSet or []
    if len(statuses) != 1:
        raise Doubt(f"{len(statuses)} states for one message")
    status = statuses[0]
    if status.Code != "Ok":
        raise _judge(status.Code, status.Message)
    return {"ref": status.SerialNo or request["ref"], "state": "sent"}


def _make_client(request):
    # Imported here: workers without this provider are spared the SDK.
    from tencentcloud.common.credential import Credential
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile
    from tencentcloud.sms.v20210111.sms_client import SmsClient

    http = HttpProfile(
        protocol=request["scheme"],
        endpoint=request["host"],
        reqTimeout=request["timeout"],
    )
    return SmsClient(
        Credential(request["key_id"], request["key_secret"]),
        request["region"],
        ClientProfile(httpProfile=http),
    )


def _call(method, sdk_request):
    from tencentcloud.common.exception import TencentCloudSDKException

    try:
        return method(sdk_request)
    except TencentCloudSDKException as error:
        if error.code == "ClientNetworkError":
            raise judge_network_error(error) from error
        if error.code == "ServerNetworkError":  # any status but 200
            raise Doubt("HTTP error of the provider") from error
        raise _judge(error.code, error.message) from error
    except (ValueError, KeyError, TypeError) as error:  # no JSON, or another one
        raise Doubt(f"unreadable answer: {type(error).__name__}") from error


def _judge(code, message):
    words = f"{code}: {message}"[:300]
    if str(code).startswith(_BUSY):
        return Busy(words)
    if str(code).startswith(_DOUBT):
        return Doubt(words)
    return SmsFailure("refused", words)


def _find(client, request):
    """Return what became of an earlier try, None without a record of it."""
    from tencentcloud.sms.v20210111 import models

    offset = 0
    while True:
        query = models.PullSmsSendStatusByPhoneNumberRequest()
        query.BeginTime = request["ask_since"] - 60
        query.EndTime = int(time.time())
        query.Offset, query.Limit = offset, _PAGE
        query.PhoneNumber = request["phone"]
        query.SmsSdkAppId = request["app"]
        rows = _call(client.PullSmsSendStatusByPhoneNumber, query)
        rows = rows.PullSmsSendStatusSet or []
        for row in rows:
            if row.SessionContext != request["ref"]:
                continue
            if row.ReportStatus == "FAIL":
                raise SmsFailure("undelivered", row.Description or "")
            return {"ref": row.SerialNo or request["ref"], "state": "delivered"}
        if len(rows) < _PAGE:
            return None
        offset += _PAGE
