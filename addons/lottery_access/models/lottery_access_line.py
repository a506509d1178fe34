from odoo import api, fields, models


class LotteryAccessLine(models.AbstractModel):
    """What one role has set for one thing: an object or a menu (PF-SEC-01).

    Settings are the suite's administrator's; they act at once and every change is in
    the journal. A line names its thing in ``_rec_name`` and defines the hooks.
    """

    _name = "lottery.access.line"
    _description = "Setting of a Role"
    _rec_name = "role_id"

    _access_event = None  # of the journal
    _access_inner = frozenset()  # fields that are no setting

    role_id = fields.Many2one(
        comodel_name="res.users.role",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    base_rights = fields.Char(compute="_compute_base_rights")
    ceiling_rights = fields.Char(compute="_compute_base_rights")

    @api.depends(lambda self: ("role_id", self._rec_name))
    def _compute_base_rights(self):
        """What the role's groups give, and what may be given beyond them."""
        for line in self:
            group = line.role_id.group_id
            groups = frozenset(set(group.all_implied_ids.ids) - {group.id})
            line.base_rights = ",".join(sorted(line._get_base_rights(groups)))
            line.ceiling_rights = ",".join(sorted(line._get_ceiling_rights()))

    # === HOOKS === #

    def _get_base_rights(self, groups):
        """Return the names of what ``groups`` (ids, the role's own left out) give."""
        raise NotImplementedError

    def _get_ceiling_rights(self):
        """Return the names of what may be given at all."""
        raise NotImplementedError

    def _describe(self):
        """Return what the journal keeps of the line."""
        raise NotImplementedError

    def _apply(self):
        """Make the settings act."""
        raise NotImplementedError

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        self.env["lottery.access"]._check_administrator()
        lines = super().create(vals_list)
        lines._apply()
        return lines

    def write(self, vals):
        self.env["lottery.access"]._check_administrator()
        if not vals.keys() - self._access_inner:
            return super().write(vals)
        before = {line: line._describe() for line in self}
        result = super().write(vals)
        self._apply()
        self.env["lottery.journal"]._append_changes(
            self._access_event, before, lambda line: line._describe()
        )
        return result
