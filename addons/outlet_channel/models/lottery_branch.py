from odoo import fields, models

from ..engine import geo


class LotteryBranch(models.Model):
    _inherit = "lottery.branch"

    outlet_ids = fields.One2many("lottery.outlet", "branch_id")
    outlet_count = fields.Integer(
        compute="_compute_outlet_count",
        help="Outlets in operation, units below included.",
    )

    def _compute_outlet_count(self):
        for branch in self:  # shown on the unit's form only
            branch.outlet_count = self.env["lottery.outlet"].search_count(
                [("branch_id", "child_of", branch.id), ("state", "=", "active")]
            )

    def write(self, vals):
        result = super().write(vals)
        if {"latitude", "longitude", "parent_id", "kind"} & set(vals):
            # Distances of every outlet below, whoever may see them.
            self.env["lottery.outlet"].sudo()._recompute_distances(
                [("branch_id", "child_of", self.ids)]
            )
        if {"country_id", "state_id"} & set(vals):
            self.sudo().outlet_ids._sync_shop_contacts()
        return result

    def _get_distance_origins(self):
        """Return ``{unit id: (latitude, longitude)}`` of the city distances start from:
        the nearest prefecture at or above the unit that has coordinates, else the
        nearest unit that has.
        """
        line_by_unit = {
            unit.id: [int(part) for part in (unit.parent_path or "").split("/") if part]
            for unit in self.sudo()  # units above may be unreadable
        }
        above = self.sudo().browse({i for line in line_by_unit.values() for i in line})
        located = above.filtered(lambda u: geo.is_located(u.latitude, u.longitude))
        origins = {}
        for unit_id, line in line_by_unit.items():
            candidates = [
                located.browse(i) for i in reversed(line) if i in located._ids
            ]
            origin = next(
                (u for u in candidates if u.kind == "prefecture"),
                candidates[0] if candidates else None,
            )
            if origin:
                origins[unit_id] = origin.latitude, origin.longitude
        return origins

    def _get_common_branch(self):
        """Return the lowest unit that is at or above all of these."""
        lines = [
            [int(part) for part in (unit.parent_path or "").split("/") if part]
            for unit in self.sudo()  # units above may be unreadable
        ]
        common = None
        for level in zip(*lines, strict=False):
            if len(set(level)) > 1:
                break
            common = level[0]
        return self.browse(common) if common else self.browse()

    def action_view_outlets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "outlet_channel.lottery_outlet_action"
        )
        return {
            **action,
            "domain": [("branch_id", "child_of", self.id)],
            "context": {
                "default_branch_id": self.id,
                "search_default_filter_running": 1,
            },
        }
