from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.phone import normalize_mobile

STATES = [("active", "In Service"), ("suspended", "Suspended"), ("left", "Left")]


class ResUsers(models.Model):
    """What the authority knows of its people, and whether they may come in
    (PF-USR-01)."""

    _inherit = "res.users"

    department = fields.Char()
    position = fields.Char()
    mobile = fields.Char(
        index="btree_not_null",  # read by the search of staff
        help="Mobile number of mainland China; kept as +86….",
    )
    staff_state = fields.Selection(
        selection=STATES,
        string="Staff Status",
        compute="_compute_staff_state",
        store=True,
        readonly=False,
        help="Only who is in service can log in.",
    )
    last_login = fields.Datetime(
        compute="_compute_last_login", search="_search_last_login", compute_sudo=True
    )
    staff_role_ids = fields.Many2many(
        comodel_name="res.users.role",
        string="Assigned Roles",
        compute="_compute_staff_role_ids",
        inverse="_inverse_staff_role_ids",
        search="_search_staff_role_ids",
        compute_sudo=True,  # lines belong to the administrator of the system
    )
    grantable_role_ids = fields.Many2many(
        comodel_name="res.users.role",
        string="Roles You May Give",
        compute="_compute_grantable_role_ids",
    )
    is_me = fields.Boolean(string="My Account", compute="_compute_is_me")
    # Part of the session's token: another number ends every session for good.
    # Empty until the first time, so that installing ends none.
    session_epoch = fields.Integer(groups=fields.NO_ACCESS, copy=False)

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + ["department", "position", "mobile"]

    # === COMPUTE === #

    @api.depends("active")
    def _compute_staff_state(self):
        for user in self:
            if user.active:
                user.staff_state = "active"
            elif user.staff_state not in ("suspended", "left"):
                user.staff_state = "suspended"

    def _compute_last_login(self):
        days = dict(
            self.env["res.users.log"]._read_group(
                [("create_uid", "in", self.ids)], ["create_uid"], ["create_date:max"]
            )
        )
        for user in self:
            user.last_login = days.get(user)

    def _search_last_login(self, operator, value):
        """Among logs of a user the newest counts; older ones are collected later."""
        logs = self.env["res.users.log"].sudo()
        everybody = logs._search([]).subselect("create_uid")
        if operator in ("in", "not in"):
            if any(value):
                return NotImplemented
            negate = "not in" if operator == "in" else "in"
            return [("id", negate, everybody)]
        newer = {"<": ">=", "<=": ">"}.get(operator)
        found = logs._search([("create_date", newer or operator, value)])
        users = found.subselect("create_uid")
        if newer:
            return [("id", "in", everybody), ("id", "not in", users)]
        return [("id", "in", users)]

    @api.depends("role_line_ids.role_id")
    def _compute_staff_role_ids(self):
        # lines of who is out of service are hidden, but theirs
        for user in self.with_context(active_test=False):
            user.staff_role_ids = user.role_line_ids.role_id.sorted("sequence")

    @api.depends_context("uid")
    def _compute_grantable_role_ids(self):
        self.grantable_role_ids = self.env["res.users.role"].sudo()._get_grantable()

    @api.depends_context("uid")
    def _compute_is_me(self):
        for user in self:
            user.is_me = user._origin == self.env.user

    def _inverse_staff_role_ids(self):
        # writing the lines of one forgets what is wanted for the next
        wanted_roles = [(user, user.staff_role_ids) for user in self]
        for user, wanted in wanted_roles:
            lines = user.with_context(active_test=False).role_line_ids
            # lines that stay keep their dates
            commands = [
                fields.Command.delete(line.id)
                for line in lines
                if line.role_id not in wanted
            ] + [
                fields.Command.create({"role_id": role.id})
                for role in wanted - lines.role_id
            ]
            if commands:
                user.write({"role_line_ids": commands})

    def _search_staff_role_ids(self, operator, value):
        lines = self.env["res.users.role.line"].sudo()
        if operator in ("in", "not in") and not any(value):
            negate = "not in" if operator == "in" else "in"
            return [("id", negate, lines._search([]).subselect("user_id"))]
        found = lines._search([("role_id", operator, value)])
        return [("id", "in", found.subselect("user_id"))]

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._prepare_people_values(v) for v in vals_list])

    def write(self, vals):
        vals = self._prepare_people_values(vals)
        if vals.get("active", True):
            return super().write(vals)
        leaving = self.filtered("active")
        result = super().write(vals)
        leaving._cut_off()
        return result

    @api.model
    def _prepare_people_values(self, vals):
        if vals.get("mobile"):
            mobile = normalize_mobile(vals["mobile"])
            if not mobile:
                raise ValidationError(
                    self.env._(
                        "Mobile: “%(mobile)s” is no mobile number of mainland China.",
                        mobile=vals["mobile"],
                    )
                )
            vals = {**vals, "mobile": mobile}
        if vals.get("staff_state"):
            vals = {**vals, "active": vals["staff_state"] == "active"}
        return vals

    def _cut_off(self):
        """End the sessions and keys of users who may not come in any more.

        Archiving closes the doors; this keeps old sessions and keys from opening again
        when the user comes back.
        """
        # keys are readable by their owners only
        self.env["res.users.apikeys"].sudo().search(
            [("user_id", "in", self.ids)]
        ).unlink()
        for user_sudo in self.sudo():
            user_sudo.session_epoch += 1

    def _get_session_token_fields(self):
        return super()._get_session_token_fields() | {"session_epoch"}

    def set_groups_from_roles(self, force=False):
        """Who loses the last role stays staff, without any right of the suite.

        Lines of archived users are hidden; without them all their groups would go.
        """
        users = self.with_context(active_test=False)
        staff_sudo = users.sudo().filtered(lambda user: not user.share)
        result = super(ResUsers, users).set_groups_from_roles(force=force)
        for user_sudo in staff_sudo.exists().filtered("share"):
            user_sudo.group_ids = [
                fields.Command.link(self.env.ref("base.group_user").id)
            ]
        return result

    # === ACTIONS === #

    def action_open_changes(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lottery_base.lottery_user_change_action"
        )
        return {**action, "domain": [("user_id", "=", self.id)]}

    def action_enable(self):
        self._set_staff_state("active")

    def action_suspend(self):
        self._set_staff_state("suspended")

    def action_leave(self):
        self._set_staff_state("left")

    def _set_staff_state(self, state):
        self.check_access("write")
        self.write({"staff_state": state})
