from odoo import api, fields, models
from odoo.tools import SQL

MAX_VISITS = 50
MAX_SECONDS = 3600  # of one menu in one batch; batches come each minute


class LotteryLogMenu(models.Model):
    """How often menus are opened and how long they are used (PF-AUD-01)."""

    _name = "lottery.log.menu"
    _description = "Menu Use"
    _inherit = ["lottery.log.mixin"]
    _auto = False
    _rec_name = "menu_id"

    menu_id = fields.Many2one("ir.ui.menu", readonly=True)
    role_id = fields.Many2one("res.users.role", readonly=True)
    opens = fields.Integer("Times Opened", readonly=True)
    seconds = fields.Integer("Seconds Used", readonly=True)
    minutes = fields.Float(
        "Minutes Used",
        compute="_compute_minutes",
        digits=(12, 1),
    )

    @api.depends("seconds")
    def _compute_minutes(self):
        for entry in self:
            entry.minutes = entry.seconds / 60

    @api.model
    def _log_visits(self, visits, address):
        """Insert what a web client saw since its last batch, with one statement.

        :param visits: ``[[menu id, times opened, seconds], …]`` from outside: anything
            that is no menu or no sane number is left out
        """
        rows = [row for row in map(self._read_visit, visits[:MAX_VISITS]) if row]
        if not rows:
            return
        user = self.env.user
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO lottery_log_menu (created_at, user_id, branch_id, role_id,
                    address, menu_id, opens, seconds)
                SELECT %s, %s, %s, %s, %s, visit.menu_id, visit.opens, visit.seconds
                  FROM (VALUES %s) AS visit (menu_id, opens, seconds)
                  JOIN ir_ui_menu menu ON menu.id = visit.menu_id
                """,
                fields.Datetime.now(),
                user.id,
                user._get_log_unit(),
                user._get_log_role(),
                address,
                SQL(", ").join(SQL("%s", row) for row in rows),
            )
        )

    @api.model
    def _read_visit(self, visit):
        if not isinstance(visit, list) or len(visit) != 3:
            return None
        if not all(type(number) is int and number >= 0 for number in visit):
            return None
        menu_id, opens, seconds = visit
        if menu_id >= 2**31 or not (opens or seconds):
            return None
        return menu_id, min(opens, 1000), min(seconds, MAX_SECONDS)
