from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.pack_code import CARTON_DIGITS, carton_label, parse_label

CARTON_STATES = [
    ("expected", "Expected"),
    ("arrived", "Arrived"),
    ("in_stock", "In stock"),
    ("broken", "Opened"),
    ("gone", "Left"),
    ("missing", "Missing"),
    ("withdrawn", "Withdrawn"),
]


class InstantCarton(models.Model):
    """A carton of packs. Written in SQL by receipts, scans and the pack ledger."""

    _name = "instant.carton"
    _description = "Carton"
    _inherit = ["lottery.branch.mixin"]
    _order = "game_id, number"
    _rec_name = "code"
    _rec_names_search = ["code"]
    _log_access = False

    game_id = fields.Many2one(
        "instant.game", required=True, readonly=True, ondelete="restrict"
    )
    number = fields.Integer(required=True, readonly=True, aggregator=None)
    code = fields.Char(compute="_compute_code", search="_search_code", string="Label")
    pallet = fields.Char(readonly=True)
    state = fields.Selection(
        CARTON_STATES, required=True, readonly=True, default="expected"
    )
    pack_count = fields.Integer(readonly=True, help="Packs the printer put in.")
    stock_count = fields.Integer(
        compute="_compute_stock_count", string="Packs in Stock"
    )
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True, index=True)
    location_id = fields.Many2one("stock.location", readonly=True, string="Place")
    branch_id = fields.Many2one(readonly=True, default=None)
    receipt_id = fields.Many2one("instant.receipt", readonly=True, index=True)
    pack_ids = fields.One2many("instant.pack", "carton_id", readonly=True)

    _game_number_uniq = models.Constraint(
        "UNIQUE(game_id, number)", "A carton's number is unique in its game."
    )

    @api.depends("number", "game_id.code")
    def _compute_code(self):
        for carton in self:
            carton.code = carton_label(carton.game_id.code or "", carton.number)

    def _search_code(self, operator, value):
        return search_label(operator, value, "carton", "number", CARTON_DIGITS)

    def _compute_stock_count(self):
        codes = list(self.env["instant.pack.state"]._get_stock_codes())
        counts = dict(
            self.env["instant.pack"]._read_group(
                [("carton_id", "in", self.ids), ("state", "in", codes)],
                ["carton_id"],
                ["__count"],
            )
        )
        for carton in self:
            carton.stock_count = counts.get(carton, 0)

    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(self.env._("Cartons come from a receipt's manifest."))

    def write(self, vals):
        raise UserError(self.env._("Cartons are changed by receipts and scans only."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A carton that was announced is kept."))

    def action_view_packs(self):
        self.ensure_one()
        return self.pack_ids._get_records_action(name=self.env._("Pack Ledger"))


def search_label(operator, value, kind, number_field, digits):
    """Turn a search on a printed label into one on game and number.

    A whole label finds its record, digits alone any game's record of that number.
    """
    if operator in ("in", "="):
        texts = value if operator == "in" else [value]
    elif operator in ("ilike", "like", "=ilike"):
        texts = [value]
    else:
        return NotImplemented
    domain = fields.Domain.FALSE
    for text in texts:
        text = str(text or "").strip()
        label = parse_label(text)
        if label and label.kind == kind:
            domain |= fields.Domain("game_id.code", "=", label.game) & fields.Domain(
                number_field, "=", label.number
            )
        elif text.isascii() and text.isdigit() and len(text) <= digits:
            domain |= fields.Domain(number_field, "=", int(text))
    return domain
