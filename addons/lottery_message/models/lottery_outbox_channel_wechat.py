from odoo import models

from odoo.addons.lottery_outbox.engine.errors import PermanentError

from ..clients import wechat
from ..engine import parameters


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
        token = account_sudo._get_token(self._find_refused_mark(item))
        values = {
            "subject": notification.subject,
            "body": notification.body,
            **(notification.values or {}),
        }
        wanted = parameters.parse(template.wechat_values, dict)
        return {
            "key": item.key,
            "ref": item.key.replace(":", "-"),
            "url": account_sudo._get_url(),
            "openid": openid,
            "template": template.wechat_template,
            "data": parameters.fill(wanted, values),
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
        return wechat.send
