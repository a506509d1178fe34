from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .lottery_notification_template import CHANNELS


class LotteryNotificationMute(models.Model):
    """What a reader does not want to get: a channel of one template, or of all that
    may be switched off (PF-NTF-01). No row: the template decides."""

    _name = "lottery.notification.mute"
    _description = "Notification Switched Off"
    _log_access = False

    user_id = fields.Many2one(
        "res.users", required=True, index=True, ondelete="cascade"
    )
    template_id = fields.Many2one(
        "lottery.notification.template",
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: all templates that may be switched off.",
    )
    channel = fields.Selection(
        selection=lambda self: self._selection_channel(), required=True
    )

    # read by lottery.notification._prepare_insert
    _user_template_uniq = models.UniqueIndex(
        "(user_id, channel, COALESCE(template_id, 0))",
        "This is switched off already.",
    )

    @api.model
    def _selection_channel(self):
        channel = self.env["lottery.notification"]._fields["channel"]
        return channel._description_selection(self.env)

    # === THE USER'S DOORS === #

    @api.model
    def get_preferences(self):
        """Return what the preferences screen of the user shows.

        :return: ``{"channels": [{"code", "name", "on", "address"}], "groups": [{"name",
            "templates": [{"id", "name", "mandatory", "urgent", "channels":
            {code: bool}}]}], "quiet": {"mode", "from", "to", "default"}}``; a template
            has only the channels that it uses
        """
        muted = {
            (mute.template_id.id, mute.channel)
            for mute in self.search([("user_id", "=", self.env.uid)])
        }
        templates = self.env["lottery.notification.template"].search(
            [("active", "=", True)]
        )
        category = templates._fields["category"]._description_selection(self.env)
        by_category = templates.grouped("category")
        return {
            "channels": [
                {
                    "code": code,
                    "name": name,
                    "on": (False, code) not in muted,
                    "address": self._get_address(code),
                }
                for code, name in self._selection_channel()
            ],
            "groups": [
                {
                    "name": name,
                    "templates": [
                        template._prepare_preference(muted)
                        for template in by_category[code]
                    ],
                }
                for code, name in category
                if code in by_category
            ],
            "quiet": self._get_quiet(),
        }

    def _get_address(self, channel):
        """Return where the user is reached, as a hint; empty: nowhere."""
        user_sudo = self.env.user.sudo()  # the user's own
        if channel == "in_app":
            return user_sudo.login
        if channel == "wechat":
            return self.env._("linked") if user_sudo.wechat_openid else ""
        if channel == "sms":
            return user_sudo.mobile or user_sudo.phone or ""
        return user_sudo.email or ""

    def _get_quiet(self):
        user = self.env.user
        start, end = self.env["lottery.notification"]._get_default_quiet_hours()
        return {
            "mode": user.quiet_hours,
            "from": user.quiet_from,
            "to": user.quiet_to,
            "default": [start, end],
        }

    @api.model
    def set_preference(self, template_id, channel, on):
        """Switch a channel on or off for the user: of one template, or (False) of all
        that are not mandatory.

        :raise UserError: a mandatory template, a channel that it does not use
        """
        self.check_access("read")
        template = self.env["lottery.notification.template"].browse(template_id or [])
        if channel not in CHANNELS:
            raise UserError(
                self.env._("There is no channel “%(name)s”.", name=str(channel)[:40])
            )
        if template:
            if not template.exists() or channel not in template._get_channels():
                raise UserError(self.env._("This notification does not go that way."))
            if template.mandatory:
                raise UserError(
                    self.env._(
                        "“%(name)s” is mandatory and can't be switched off.",
                        name=template.name,
                    )
                )
        # The rows are the user's own; no role may write them but through this door.
        mine_sudo = self.sudo()
        found_sudo = mine_sudo.search(
            [
                ("user_id", "=", self.env.uid),
                ("template_id", "=", template.id),
                ("channel", "=", channel),
            ]
        )
        if on:
            found_sudo.unlink()
        elif not found_sudo:
            mine_sudo.create(
                {
                    "user_id": self.env.uid,
                    "template_id": template.id,
                    "channel": channel,
                }
            )
        return True

    @api.model
    def set_quiet_hours(self, mode, start, end):
        """Set the user's own quiet hours (``default``, ``own``, ``none``)."""
        if mode not in dict(self.env["res.users"]._fields["quiet_hours"].selection):
            raise ValidationError(self.env._("Quiet hours: there is no such choice."))
        try:
            hours = {"quiet_from": float(start), "quiet_to": float(end)}
        except (TypeError, ValueError) as error:
            raise ValidationError(
                self.env._("Quiet hours: times of the day are wanted.")
            ) from error
        self.env.user.write({"quiet_hours": mode, **hours})
        return True
