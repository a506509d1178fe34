from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.pack_code import parse_label

GONE_STATES = ("missing", "lost")


class InstantPackCount(models.TransientModel):
    """Counting of a place: scanned labels against the ledger (IT-WHS-01).

    Whole cartons count for their packs. What is not there becomes missing, what was
    missing and is there is for sale again; stock follows.
    """

    _name = "instant.pack.count"
    _description = "Counting of Packs"

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        required=True,
        default=lambda self: self.env["instant.receipt"]._default_warehouse_id(),
    )
    location_id = fields.Many2one(
        "stock.location",
        required=True,
        string="Place",
        compute="_compute_location_id",
        precompute=True,
        store=True,
        readonly=False,
        domain="[('warehouse_id', '=', warehouse_id), ('usage', '=', 'internal')]",
    )
    game_id = fields.Many2one("instant.game", help="Empty: all games of the place.")
    codes = fields.Text(string="Labels", help="Scan every pack or unopened carton.")
    reason = fields.Char(
        default=lambda self: self.env._(
            "Counting on %(date)s", date=fields.Date.context_today(self)
        ),
        required=True,
    )
    expected_count = fields.Integer(compute="_compute_result", string="In the Ledger")
    counted_count = fields.Integer(compute="_compute_result", string="Counted")
    missing_ids = fields.Many2many(
        "instant.pack", compute="_compute_result", string="Not There"
    )
    found_ids = fields.Many2many(
        "instant.pack", compute="_compute_result", string="Found Again"
    )
    foreign_ids = fields.Many2many(
        "instant.pack", compute="_compute_result", string="Belong Elsewhere"
    )
    unknown = fields.Text(compute="_compute_result", string="Unknown Labels")

    @api.depends("warehouse_id")
    def _compute_location_id(self):
        for counting in self:
            counting.location_id = counting.warehouse_id.lot_stock_id

    @api.depends("location_id", "game_id", "codes")
    def _compute_result(self):
        kept = list(self.env["instant.pack.state"]._get_stock_codes())
        for counting in self:
            counted, unknown = counting._read_labels()
            here = counting._get_place_domain()
            expected = self.env["instant.pack"].search(
                [*here, ("state", "in", kept)]
                if counting.location_id
                else [(0, "=", 1)]
            )
            counting.expected_count = len(expected)
            counting.counted_count = len(counted)
            counting.missing_ids = (expected - counted).filtered(
                lambda pack: pack.state == "available"
            )
            counting.found_ids = counted.filtered(
                lambda pack, counting=counting: (
                    pack.state in GONE_STATES
                    and pack.warehouse_id == counting.warehouse_id
                )
            )
            counting.foreign_ids = counted - expected - counting.found_ids
            counting.unknown = "\n".join(unknown)

    def _get_place_domain(self):
        domain = [("location_id", "child_of", self.location_id.id)]
        return domain + [("game_id", "=", self.game_id.id)] if self.game_id else domain

    def _read_labels(self):
        """Return the packs of the scanned labels and the labels nobody knows."""
        self.ensure_one()
        numbers = {"pack": {}, "carton": {}}
        unknown = []
        for code in dict.fromkeys((self.codes or "").split()):
            label = parse_label(code)
            if label and label.kind in numbers:
                numbers[label.kind].setdefault(label.game, {})[label.number] = code
            else:
                unknown.append(code)
        packs = self.env["instant.pack"]
        for kind, field in (("pack", "serial"), ("carton", "carton_id.number")):
            for game, codes in numbers[kind].items():
                found = packs.search(
                    [("game_id.code", "=", game), (field, "in", [*codes])]
                )
                packs |= found
                known = set(found.mapped(field))
                unknown += [
                    code for number, code in codes.items() if number not in known
                ]
        return packs, unknown

    def action_apply(self):
        """Book the differences; they need the right of each step."""
        self.ensure_one()
        self.warehouse_id.check_access("read")
        if not self.codes:
            raise UserError(self.env._("Nothing was scanned yet."))
        missing, found = self.missing_ids, self.found_ids
        if missing:
            missing.action_change("missing", reason=self.reason)
        if found:
            found.action_change("available", reason=self.reason)
        return (missing | found | self.foreign_ids)._get_records_action(
            name=self.env._("Differences of the Counting")
        )
