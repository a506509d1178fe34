from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class InstantClosure(models.Model):
    """Days on which no orders are taken (休市, IT-POR-06)."""

    _name = "instant.closure"
    _description = "Closed Period"
    _order = "date_from desc"

    name = fields.Char(required=True)
    date_from = fields.Datetime(required=True, index=True)
    date_to = fields.Datetime(required=True, string="Reopens")
    branch_id = fields.Many2one(
        "lottery.branch", index=True, help="Empty: the whole province is closed."
    )
    active = fields.Boolean(default=True)

    _dates_ordered = models.Constraint(
        "CHECK(date_to > date_from)", "Reopening must be after closing."
    )

    @api.constrains("branch_id")
    def _check_branch(self):
        """A unit's closure is that unit's affair; the province's is the centre's."""
        if self.env.su or self.env.user.branch_is_centre:
            return
        for closure in self:
            if not closure.branch_id:
                raise ValidationError(
                    self.env._("Only the centre may close the whole province.")
                )

    @api.model
    def _reopening(self, branch_id):
        """Return the reopening time (UTC) if ordering is closed now, else None.

        Adjoining periods count as one.
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE mine AS (
                    SELECT c.date_from, c.date_to
                      FROM instant_closure c
                      LEFT JOIN lottery_branch closed ON closed.id = c.branch_id
                      JOIN lottery_branch b ON b.id = %s
                     WHERE c.active AND c.date_to > now() AT TIME ZONE 'UTC'
                       AND (c.branch_id IS NULL
                            OR b.parent_path LIKE closed.parent_path || '%%')
                ), shut AS (
                    SELECT date_to FROM mine
                     WHERE date_from <= now() AT TIME ZONE 'UTC'
                    UNION
                    SELECT m.date_to FROM mine m JOIN shut s
                        ON m.date_from <= s.date_to AND m.date_to > s.date_to
                )
                SELECT max(date_to) FROM shut
                """,
                branch_id,
            )
        )
        return rows[0][0]
