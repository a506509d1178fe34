from odoo import models

from odoo.addons.lottery_outbox.engine.errors import PermanentError

from ..clients import wechat
from .lottery_wechat_account import LOCAL_REF


class LotteryOutboxChannelWechat(models.AbstractModel):
    """Notifications as template messages of a WeChat official account."""

    _name = "lottery.outbox.channel.wechat"
    _inherit = ["lottery.notification.channel"]
    _description = "Outbox Channel: WeChat"

    _rate_per_second = 50

    def _prepare_notification(self, item, notification):
        account_sudo = self.env["lottery.wechat.account"].sudo().search([], limit=1)
        if not account_sudo:
            raise PermanentError("no WeChat account is active")
        template = notification.template_id
        openid = notification.user_id.sudo().wechat_openid
        if not template.wechat_template or not openid:
            raise PermanentError("no WeChat template or no OpenID")
        request = {"key": item.key, "ref": item.key.replace(":", "-")}
        data = template._fill_wechat(notification)
        if account_sudo.kind == "local":
            return request
        token = account_sudo._get_token(self._find_refused_mark(item))
        return {
            **request,
            "url": account_sudo._get_url(),
            "openid": openid,
            "template": template.wechat_template,
            "data": data,
            "token": token,
            "mark": account_sudo._make_mark(token),
        }

    def _find_refused_mark(self, item):
        """Return the mark of the token that the last try was refused with."""
        tried = item.attempt_ids.filtered(lambda attempt: attempt.result != "sending")
        answer = tried.sorted("id")[-1:].answer or {}
        if answer.get("errcode") in wechat.TOKEN_ERRORS:
            return answer.get("mark")
        return None

    def _prepare_sender(self):
        return send

    def _on_result(self, item, answer):
        super()._on_result(item, answer)
        if answer["ref"].startswith(LOCAL_REF):
            self.env["lottery.sms.message"]._ring_local_outbox()


def send(request):
    """Send by the account, or leave it where the local outbox reads it."""
    if "url" not in request:
        return {"ref": f"{LOCAL_REF}{request['ref']}", "state": "delivered"}
    return wechat.send(request)
