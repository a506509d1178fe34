import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

MAX_NAMED = 3


class LotteryAccessShareWizard(models.TransientModel):
    """Share the selected records, and see with whom they are shared (PF-SEC-03)."""

    _name = "lottery.access.share.wizard"
    _description = "Share Records"

    model = fields.Char(required=True, readonly=True)
    record_ids = fields.Json(readonly=True)
    record_names = fields.Char("Records", compute="_compute_record_names")
    user_ids = fields.Many2many(
        comodel_name="res.users",
        string="Users",
        domain="[('share', '=', False)]",
    )
    branch_ids = fields.Many2many(
        comodel_name="lottery.branch",
        string="Units",
        help="Everybody of these units and of all units below.",
    )
    elsewhere = fields.Char(
        "In Other Units",
        help="Whom you do not see: log-ins of users and codes or full names of units, "
        "written exactly, with commas between them.",
    )
    access = fields.Selection(
        selection=[("read", "Read"), ("edit", "Read and change")],
        required=True,
        default="read",
    )
    expires_at = fields.Datetime(
        "Ends", help="Empty: until somebody ends it or the record is deleted."
    )
    reason = fields.Char()
    share_ids = fields.Many2many(
        comodel_name="lottery.access.share",
        string="Shared at Present",
        compute="_compute_share_ids",
    )
    warning = fields.Char(compute="_compute_warning")

    @api.model
    def default_get(self, fields):
        """Take over what is selected; refuse at once what may not be shared."""
        values = super().default_get(fields)
        model = self.env.context.get("active_model")
        ids = self.env.context.get("active_ids") or []
        if not model or model not in self.env or not ids:
            raise UserError(self.env._("Select the records to share first."))
        records = self.env[model].browse(ids).exists()
        self.env["lottery.access.share"]._check_shareable(records)
        return {**values, "model": model, "record_ids": records.ids}

    def _get_records(self):
        """Return the records as far as the user may share them."""
        self.ensure_one()
        if self.model not in self.env:
            raise UserError(self.env._("Select the records to share first."))
        ids = [number for number in self.record_ids or [] if isinstance(number, int)]
        records = self.env[self.model].browse(ids).exists()
        self.env["lottery.access.share"]._check_shareable(records)
        return records

    @api.depends("model", "record_ids")
    def _compute_record_names(self):
        for wizard in self:
            records = wizard._get_records()
            names = "、".join(records[:MAX_NAMED].mapped("display_name"))
            if len(records) > MAX_NAMED:
                names = self.env._(
                    "%(names)s and %(count)s more",
                    names=names,
                    count=len(records) - MAX_NAMED,
                )
            wizard.record_names = names

    @api.depends("model", "record_ids")
    def _compute_share_ids(self):
        for wizard in self:
            records = wizard._get_records()
            # who may share a record sees with whom it is shared
            shares_sudo = self.env["lottery.access.share"].sudo()
            wizard.share_ids = shares_sudo.search(
                [
                    ("model", "=", wizard.model),
                    ("res_id", "in", records.ids),
                    ("is_live", "=", True),
                ]
            )

    @api.depends("model", "user_ids")
    def _compute_warning(self):
        """A share opens a record; the operation still needs a role that has it."""
        for wizard in self:
            model = self.env.get(wizard.model)
            blind = [
                user.name
                for user in wizard.user_ids._origin
                if model is not None
                and not model.with_user(user).browse().has_access("read")
            ]
            wizard.warning = False
            if blind:
                wizard.warning = self.env._(
                    "No role of %(names)s sees this kind of record: sharing alone will "
                    "not show it.",
                    names=", ".join(blind),
                )

    def _find_elsewhere(self):
        """Return the users and units that are named exactly.

        Nobody is shown a list of other units' people; who knows them can name them.
        """
        names = re.split(r"[,，、;；\n]+", self.elsewhere or "")
        names = {name.strip() for name in names if name.strip()}
        # out of the sharer's sight by the rules of users and units
        users_sudo = self.env["res.users"].sudo()
        users_sudo = users_sudo.search([("login", "in", list(names))])
        branches_sudo = self.env["lottery.branch"].sudo()
        branches_sudo = branches_sudo.search(
            ["|", ("code", "in", list(names)), ("complete_name", "in", list(names))]
        )
        known = {
            *users_sudo.mapped("login"),
            *branches_sudo.mapped("code"),
            *branches_sudo.mapped("complete_name"),
        }
        if unknown := sorted(names - known):
            raise ValidationError(
                self.env._(
                    "In other units: nobody has the log-in, and no unit the code or full "
                    "name %(names)s.",
                    names=", ".join(unknown),
                )
            )
        return users_sudo.sudo(False), branches_sudo.sudo(False)

    def action_share(self):
        self.ensure_one()
        records = self._get_records()
        users, branches = self._find_elsewhere()
        shares = self.env["lottery.access.share"]._share(
            records,
            self.user_ids | users,
            self.branch_ids | branches,
            self.access,
            self.expires_at,
            self.reason,
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Shared: %(count)s.", count=len(shares)),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
