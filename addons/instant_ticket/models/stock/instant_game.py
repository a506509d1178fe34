from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...const import GAME_STATES


class InstantGame(models.Model):
    """One printed scratch game (IT-GAM-01).

    Its product is an untracked storable whose unit is the pack: quants carry the
    quantity, the pack ledger the identity.
    """

    _name = "instant.game"
    _description = "Instant Ticket Game"
    _inherit = [
        "mail.thread",
        "lottery.state.mixin",
        "lottery.journal.mixin",
        "lottery.tag.mixin",
        "lottery.upload.mixin",
    ]
    _order = "launch_date desc, code"
    _upload_allowed = frozenset({"image", "pdf", "document"})
    _rec_names_search = ["code", "name"]

    _state_transitions = {
        "draft": {"on_sale", "withdrawn"},
        "on_sale": {"exiting", "withdrawn"},
        "exiting": {"on_sale", "withdrawn"},
        "withdrawn": {"exiting"},
    }

    code = fields.Char(required=True, copy=False, tracking=True)
    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    state = fields.Selection(
        GAME_STATES, default="draft", required=True, copy=False, tracking=True
    )
    theme = fields.Char()
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self._default_currency_id(),
    )
    face_value = fields.Monetary(required=True, tracking=True)
    tickets_per_pack = fields.Integer(required=True, default=100)
    packs_per_carton = fields.Integer(required=True, default=20)
    cartons_per_pallet = fields.Integer(default=40)
    pack_amount = fields.Monetary(
        compute="_compute_pack_amount",
        store=True,
        help="Face value × tickets per pack: what the outlet pays for one pack.",
    )
    prize_group_size = fields.Integer(help="Tickets in one prize group.")
    print_run = fields.Integer(help="Tickets printed in all.")
    top_prize = fields.Monetary()
    odds = fields.Char(help="Overall chance of winning, e.g. 1:3.45.")
    payout_rate = fields.Float(digits=(5, 2), help="Share paid out as prizes, in %.")
    symbols = fields.Char(string="Special Symbols")
    rules = fields.Html(sanitize=True)
    image_front = fields.Image(max_width=1024, max_height=1024)
    image_front_256 = fields.Image(
        string="Small Front Image",
        related="image_front",
        max_width=256,
        max_height=256,
        store=True,
    )
    image_scratched = fields.Image(max_width=1024, max_height=1024)
    image_back = fields.Image(max_width=1024, max_height=1024)
    launch_date = fields.Date(tracking=True)
    exit_date = fields.Date(tracking=True)
    campaign_title = fields.Char(
        help="Shown once to each owner when the ordering page opens."
    )
    campaign_text = fields.Text()
    campaign_from = fields.Datetime()
    campaign_to = fields.Datetime()
    product_id = fields.Many2one(
        "product.product", readonly=True, copy=False, index=True, ondelete="restrict"
    )
    availability_ids = fields.One2many("instant.availability", "game_id")

    _code_uniq = models.Constraint("UNIQUE(code)", "The game code is already in use.")
    _product_uniq = models.Constraint(
        "UNIQUE(product_id)", "A product belongs to one game."
    )
    _face_value_positive = models.Constraint(
        "CHECK(face_value > 0)", "The face value must be above zero."
    )
    _figures_positive = models.Constraint(
        "CHECK(COALESCE(prize_group_size, 0) >= 0 AND COALESCE(print_run, 0) >= 0 "
        "AND COALESCE(top_prize, 0) >= 0 AND COALESCE(cartons_per_pallet, 0) >= 0)",
        "Prize group, print run, top prize and cartons per pallet can't be negative.",
    )
    _payout_rate_range = models.Constraint(
        "CHECK(payout_rate IS NULL OR payout_rate BETWEEN 0 AND 100)",
        "The payout rate lies between 0 and 100 %.",
    )
    _sizes_positive = models.Constraint(
        "CHECK(tickets_per_pack > 0 AND packs_per_carton > 0)",
        "Tickets per pack and packs per carton must be above zero.",
    )

    _campaign_ordered = models.Constraint(
        "CHECK(campaign_to > campaign_from)", "A campaign ends after it begins."
    )

    def _default_currency_id(self):
        return self.env.ref("base.CNY", raise_if_not_found=False) or (
            self.env.company.currency_id
        )

    @api.depends("face_value", "tickets_per_pack")
    def _compute_pack_amount(self):
        for game in self:
            game.pack_amount = game.face_value * game.tickets_per_pack

    @api.depends("code", "name")
    def _compute_display_name(self):
        for game in self:
            game.display_name = f"[{game.code}] {game.name}" if game.code else game.name

    @api.constrains("launch_date", "exit_date")
    def _check_dates(self):
        for game in self:
            if (
                game.launch_date
                and game.exit_date
                and (game.exit_date <= game.launch_date)
            ):
                raise ValidationError(
                    self.env._(
                        "%(game)s: the exit date must be after the launch date.",
                        game=game.display_name,
                    )
                )

    @api.constrains("face_value", "tickets_per_pack", "packs_per_carton", "code")
    def _check_frozen_once_ordered(self):
        """Money and labels of packs already in the books hang on these values."""
        if not self.env.context.get("install_mode") and self._is_in_use():
            raise ValidationError(
                self.env._(
                    "Code, face value and pack sizes cannot change once packs or "
                    "orders of the game exist."
                )
            )

    def _is_in_use(self):
        domain = Domain("game_id", "in", self.ids)
        return any(
            self.env[model].sudo().search_count(domain, limit=1)  # across units
            for model in ("instant.order.line", "instant.pack")
        )

    @api.model_create_multi
    def create(self, vals_list):
        games = super().create(vals_list)
        games._create_products()
        return games

    def write(self, vals):
        result = super().write(vals)
        if {"name", "code", "active", "face_value", "tickets_per_pack"} & set(vals):
            for game in self:
                game.sudo().product_id.write(game._prepare_product_values())
        return result

    def _prepare_product_values(self):
        self.ensure_one()
        return {
            "name": self.name,
            "default_code": self.code,
            "active": self.active,
            "list_price": self.pack_amount,
        }

    def _create_products(self):
        # sudo: whoever may create games need not manage products in general
        products_sudo = self.env["product.product"].sudo()
        for game in self:
            game.product_id = products_sudo.create(
                {
                    **game._prepare_product_values(),
                    "type": "consu",
                    "is_storable": True,
                    "tracking": "none",
                    "weight": 0.5,
                    "purchase_ok": False,
                    "sale_ok": False,
                    "taxes_id": False,
                    "supplier_taxes_id": False,
                }
            )

    # === ACTIONS === #

    def action_start_sale(self):
        self._check_manager()
        self._update_state("on_sale")

    def action_start_exit(self):
        self._check_manager()
        self._update_state("exiting")

    def action_withdraw(self):
        self._check_manager()
        self._update_state("withdrawn")

    def _check_manager(self):
        self.check_access("write")

    def _on_state_changed(self, old_by_id, target, note=None):
        self._journal(
            "game.state", lambda game: {"from": old_by_id[game.id], "to": target}
        )
        return super()._on_state_changed(old_by_id, target, note=note)
