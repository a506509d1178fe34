from odoo import api, fields, models

from ..tools.commands import resolve_commands


def _get_line(branch):
    """Ids from the root down: as text, unit 100 would come before unit 99."""
    return [int(part) for part in (branch.parent_path or "").split("/") if part]


class ResUsers(models.Model):
    _inherit = "res.users"

    branch_ids = fields.Many2many(
        comodel_name="lottery.branch",
        relation="lottery_branch_res_users_rel",
        column1="user_id",
        column2="branch_id",
        string="Units",
        help="The user sees the records of these units and of those below them.",
    )
    branch_id = fields.Many2one(
        comodel_name="lottery.branch",
        string="Main Unit",
        compute="_compute_branch_id",
        compute_sudo=True,
        help="First of the user's units; new records belong to it.",
    )
    branch_is_centre = fields.Boolean(
        string="At the Centre",
        compute="_compute_branch_id",
        compute_sudo=True,
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + [
            "branch_ids",
            "branch_id",
            "branch_is_centre",
        ]

    @api.depends("branch_ids.parent_path")
    def _compute_branch_id(self):
        for user in self:
            # the cache does not keep the order of the model
            user.branch_id = user.branch_ids.sorted(_get_line)[:1]
            user.branch_is_centre = any(
                not branch.parent_id for branch in user.branch_ids
            )

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create([self._prepare_role_lines(v) for v in vals_list])
        users._sync_partner_branch()
        return users

    @api.model
    def _prepare_role_lines(self, vals):
        """Make the lines with the users: one setting of groups for all of them."""
        if "staff_role_ids" not in vals:
            return vals
        roles = resolve_commands(
            self.env["res.users.role"].browse(), vals["staff_role_ids"]
        )
        lines = [fields.Command.create({"role_id": role_id}) for role_id in roles.ids]
        others = {name: vals[name] for name in vals if name != "staff_role_ids"}
        return {**others, "role_line_ids": lines}

    def write(self, vals):
        result = super().write(vals)
        if "branch_ids" in vals:
            # record rules are cached per user with the units in them
            self.env.registry.clear_cache()
            self._sync_partner_branch()
            self.env["lottery.team"]._drop_outsiders(self)
        return result

    def _sync_partner_branch(self):
        """Show a colleague's contact to those who see the colleague.

        A portal user's contact belongs to the outlet's unit; it is not ours.
        """
        # the administrator of a unit need not have rights on contacts
        staff_sudo = self.sudo().filtered(lambda user: not user.share)
        for branch, users_sudo in staff_sudo.grouped("branch_id").items():
            partners_sudo = users_sudo.partner_id.filtered(
                lambda partner, branch=branch: partner.branch_id != branch
            )
            if partners_sudo:
                partners_sudo.branch_id = branch
