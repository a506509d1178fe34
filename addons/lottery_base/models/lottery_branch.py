from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import ormcache

from ..engine.upload import HARMLESS

KINDS = [
    ("centre", "Centre"),
    ("prefecture", "Prefecture"),
    ("county", "County"),
    ("union", "Union"),
    ("legal_entity", "Legal Entity"),
    ("sub_branch", "Sub-branch"),
    ("company", "Company"),
    ("project", "Project"),
]
ROOT_KINDS = {"centre", "union", "company"}


class LotteryBranch(models.Model):
    """Organisation unit (PF-ORG-01): one tree, on which isolation stands."""

    _name = "lottery.branch"
    _description = "Unit"
    _inherit = ["mail.thread", "lottery.upload.mixin"]
    _parent_store = True
    _order = "parent_path, code"
    _rec_names_search = ["name", "code"]
    _upload_allowed = HARMLESS - {"audio", "video"}

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        required=True,
        tracking=True,
        copy=False,
        help="Short code of the unit in files and interfaces; unique.",
    )
    kind = fields.Selection(
        selection=KINDS, required=True, default="prefecture", tracking=True
    )
    parent_id = fields.Many2one(
        comodel_name="lottery.branch",
        string="Parent Unit",
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many(
        comodel_name="lottery.branch", inverse_name="parent_id", string="Units Below"
    )
    child_count = fields.Integer(string="Number Below", compute="_compute_child_count")
    user_count = fields.Integer(string="Number of Users", compute="_compute_user_count")
    complete_name = fields.Char(
        string="Full Name",
        compute="_compute_complete_name",
        recursive=True,
        store=True,
    )
    country_id = fields.Many2one(
        comodel_name="res.country", default=lambda self: self._default_country_id()
    )
    state_id = fields.Many2one(
        comodel_name="res.country.state",
        string="Province",
        domain="[('country_id', '=?', country_id)]",
        ondelete="restrict",
    )
    city = fields.Char()
    county = fields.Char()
    street = fields.Char(string="Address")
    latitude = fields.Float(digits=(10, 7))
    longitude = fields.Float(digits=(10, 7))
    phone = fields.Char()
    head_id = fields.Many2one(
        comodel_name="res.users", index="btree_not_null", tracking=True
    )
    admin_ids = fields.Many2many(
        comodel_name="res.users",
        relation="lottery_branch_admin_rel",
        column1="branch_id",
        column2="user_id",
        string="Administrators",
    )
    user_ids = fields.Many2many(
        comodel_name="res.users",
        relation="lottery_branch_res_users_rel",
        column1="branch_id",
        column2="user_id",
        string="Users",
        # outlet owners have a unit too, by the thousand; staff is meant here
        domain=[("share", "=", False)],
    )
    active = fields.Boolean(default=True, tracking=True)

    _code_uniq = models.Constraint(
        "UNIQUE(code)", "Code: another unit has this one already."
    )
    _latitude_range = models.Constraint(
        "CHECK(latitude BETWEEN -90 AND 90)", "Latitude lies between -90 and 90."
    )
    _longitude_range = models.Constraint(
        "CHECK(longitude BETWEEN -180 AND 180)",
        "Longitude lies between -180 and 180.",
    )

    @api.model
    def _default_country_id(self):
        return self.env.ref("base.cn", raise_if_not_found=False)

    # === COMPUTE === #

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for branch in self:
            above = branch.parent_id.complete_name
            branch.complete_name = f"{above} / {branch.name}" if above else branch.name

    @api.depends("child_ids.active")
    def _compute_child_count(self):
        counts = dict(
            self._read_group(
                [("parent_id", "in", self.ids)], ["parent_id"], ["__count"]
            )
        )
        for branch in self:
            branch.child_count = counts.get(branch, 0)

    @api.depends("user_ids.active")
    def _compute_user_count(self):
        counts = dict(
            self.env["res.users"]._read_group(
                [("branch_ids", "in", self.ids), ("share", "=", False)],
                ["branch_ids"],
                ["__count"],
            )
        )
        for branch in self:
            branch.user_count = counts.get(branch, 0)

    # === CONSTRAINTS === #

    @api.constrains("parent_id")
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._("Parent unit: a unit cannot lie below itself.")
            )

    @api.constrains("parent_id", "kind")
    def _check_root_kind(self):
        for branch in self:
            if not branch.parent_id and branch.kind not in ROOT_KINDS:
                raise ValidationError(
                    self.env._(
                        "Parent unit: “%(name)s” needs one; only a centre, a union "
                        "or a company stands at the top.",
                        name=branch.name,
                    )
                )

    @api.constrains("active", "parent_id")
    def _check_active(self):
        for branch in self:
            if branch.active and branch.parent_id and not branch.parent_id.active:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” lies below “%(parent)s”, which is archived.",
                        name=branch.name,
                        parent=branch.parent_id.name,
                    )
                )
        if archived := self.filtered(lambda branch: not branch.active):
            archived._check_unused()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        """Foreign keys of the records refuse the rest."""
        self.with_context(active_test=False)._check_unused()

    def _check_unused(self):
        """Refuse while units or users hang on these units."""
        # children and users of other units' sight count too
        branches_sudo = self.sudo()
        for branch_sudo in branches_sudo:
            if children := branch_sudo.child_ids - branches_sudo:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” still has units below it: %(children)s.",
                        name=branch_sudo.name,
                        children=", ".join(children[:5].mapped("name")),
                    )
                )
            if users := branch_sudo.user_ids:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” still has users: %(users)s.",
                        name=branch_sudo.name,
                        users=", ".join(users[:5].mapped("name")),
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_user_rights(vals)
        branches = super().create(vals_list)
        self.env.registry.clear_cache()  # scopes, and the rules that hold them
        if any("user_ids" in vals for vals in vals_list):
            branches._update_users(self.env["res.users"])
        return branches

    def write(self, vals):
        self._check_user_rights(vals)
        self._check_reach(vals.get("parent_id"))
        users_before = self.sudo().user_ids
        result = super().write(vals)
        if vals.keys() & {"parent_id", "user_ids", "active"}:
            self._update_users(users_before)
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    def _check_user_rights(self, vals):
        """Refuse to give units to users by the back door of the unit.

        The link table asks nobody: a unit's administrator could pull anybody's user
        into the unit, and see them.
        """
        if "user_ids" in vals and self.env["res.users"]._is_guarded():
            raise AccessError(
                self.env._("People get their units on their own form, not here.")
            )

    @api.model
    def _check_reach(self, branch_id):
        """Refuse to hand records to a unit out of the user's sight.

        Core checks rules before a write only; afterwards the record would be gone.

        :raise AccessError: the user may not read the unit.
        """
        if branch_id and not self.env.su:
            self.browse(branch_id).check_access("read")

    @api.model
    @ormcache("ids")
    def _get_scope(self, ids):
        """Return the ids of the units and of all below, and whether that is every unit.

        Archived units are in it: their records stay where they are.

        :param tuple ids: units, sorted.
        """
        branches_sudo = self.sudo().with_context(active_test=False)
        below = branches_sudo.search([("id", "child_of", ids)], order="id")._ids
        return below, len(below) == branches_sudo.search_count([])

    @api.model
    @ormcache("branch_id")
    def _get_line_ids(self, branch_id):
        """Return the ids of the unit and of those above, from below upwards."""
        # a unit below may use what a unit above set without seeing that unit
        path = self.sudo().browse(branch_id).parent_path or ""
        return tuple(int(part) for part in reversed(path.split("/")) if part)

    def _update_users(self, users_before):
        """Record rules and contacts hold the units of the users."""
        self.env.registry.clear_cache()
        (users_before | self.sudo().user_ids)._sync_partner_branch()

    # === ACTIONS === #

    def action_open_children(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lottery_base.lottery_branch_action"
        )
        return {
            **action,
            "domain": [("id", "child_of", self.id), ("id", "!=", self.id)],
            "context": {"default_parent_id": self.id},
        }

    def action_open_users(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lottery_base.res_users_action_staff"
        )
        return {
            **action,
            "domain": [("share", "=", False), ("branch_ids", "child_of", self.id)],
            "context": {
                "active_test": False,
                "no_reset_password": True,
                "search_default_in_service": 1,
                "default_branch_ids": self.ids,
            },
        }

    @api.model
    def hierarchy_read(
        self, domain, specification, parent_field, child_field=None, order=None
    ):
        """Let the chart of a unit end where the user's sight ends.

        Core fetches the parent of a single record whether it may be read or not.
        """
        visible = self.search(domain, order=order)
        top = visible.filtered(
            lambda branch: branch.parent_id and not branch.parent_id.has_access("read")
        )
        if not top:
            return super().hierarchy_read(
                domain, specification, parent_field, child_field, order
            )
        if len(visible) == 1:
            visible += self.search([("parent_id", "=", visible.id)], order=order)
        result = visible.web_read(
            {parent_field: {"fields": {"display_name": {}}}, **specification}
        )
        for values in result:
            if values["id"] in top.ids:
                values[parent_field] = False
        return result
