from odoo import api, fields, models
from odoo.exceptions import ValidationError


class LotteryTeam(models.Model):
    """People of a unit who work together (PF-ORG-02)."""

    _name = "lottery.team"
    _description = "Team"
    _inherit = ["lottery.branch.mixin"]
    _order = "branch_id, name, id"

    name = fields.Char(required=True)
    branch_id = fields.Many2one(required=True)
    lead_id = fields.Many2one(
        comodel_name="res.users",
        string="Team Lead",
        index="btree_not_null",  # read by _drop_outsiders
        ondelete="set null",
    )
    member_ids = fields.Many2many(
        comodel_name="res.users",
        relation="lottery_team_res_users_rel",
        column1="team_id",
        column2="user_id",
        string="Members",
        help="Staff of the unit and of the units below it.",
    )
    member_count = fields.Integer(
        string="Number of Members", compute="_compute_member_count"
    )
    purpose = fields.Text(help="What the team is there for.")
    active = fields.Boolean(default=True)

    _name_uniq = models.Constraint(
        "UNIQUE(branch_id, name)", "Name: the unit has a team of this name already."
    )

    @api.depends("member_ids")
    def _compute_member_count(self):
        for team in self:
            team.member_count = len(team.member_ids)

    @api.constrains("branch_id", "lead_id", "member_ids")
    def _check_people(self):
        """PF-ORG-02: lead and members belong to the unit or to one below it."""
        for team_sudo in self.sudo().with_context(active_test=False):
            if outsiders := team_sudo._get_outsiders():
                raise ValidationError(
                    self.env._(
                        "Team “%(team)s”: %(people)s do not belong to “%(unit)s” or "
                        "to a unit below it.",
                        team=team_sudo.name,
                        people=", ".join(outsiders[:5].mapped("name")),
                        unit=team_sudo.branch_id.name,
                    )
                )

    def _get_outsiders(self):
        """Return lead and members who are not staff of the unit or below."""
        self.ensure_one()
        below, _everything = self.env["lottery.branch"]._get_scope(self.branch_id._ids)
        below = set(below)
        return (self.lead_id | self.member_ids).filtered(
            lambda user: user.share or not below & set(user.branch_ids._ids)
        )

    @api.model
    def _drop_outsiders(self, users):
        """Who leaves a unit leaves its teams."""
        # the teams of other units too
        teams_sudo = (
            self.sudo()
            .with_context(active_test=False)
            .search(
                ["|", ("lead_id", "in", users.ids), ("member_ids", "in", users.ids)]
            )
        )
        for team_sudo in teams_sudo:
            if gone := team_sudo._get_outsiders() & users:
                values = {
                    "member_ids": [fields.Command.unlink(id_) for id_ in gone.ids]
                }
                if team_sudo.lead_id in gone:
                    values["lead_id"] = False
                team_sudo.write(values)


class LotteryBranch(models.Model):
    _inherit = "lottery.branch"

    team_count = fields.Integer(string="Number of Teams", compute="_compute_team_count")

    def _compute_team_count(self):
        counts = dict(
            self.env["lottery.team"]._read_group(
                [("branch_id", "in", self.ids)], ["branch_id"], ["__count"]
            )
        )
        for branch in self:
            branch.team_count = counts.get(branch, 0)

    def action_open_teams(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lottery_base.lottery_team_action"
        )
        return {
            **action,
            "domain": [("branch_id", "=", self.id)],
            "context": {"default_branch_id": self.id},
        }

    def _update_users(self, users_before):
        super()._update_users(users_before)
        self.env["lottery.team"]._drop_outsiders(users_before | self.sudo().user_ids)
