from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

EVIDENCE_KINDS = [
    ("none", "Nothing"),
    ("reason", "Reason"),
    ("photo", "Reason and photo"),
    ("document", "Reason and document number"),
    ("police_report", "Reason and police report number"),
]


class InstantPackState(models.Model):
    """A state of the pack ledger, as data (IT-WHS-05)."""

    _name = "instant.pack.state"
    _description = "Pack State"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True)
    sequence = fields.Integer(default=10)
    in_stock = fields.Boolean(
        readonly=True,
        help="Packs in this state are counted on hand in their warehouse.",
    )
    is_exception = fields.Boolean(help="Packs in this state need somebody's attention.")
    scan_check = fields.Integer(
        help="Number of the scan-out check that refuses packs in this state; 0: none."
    )
    color = fields.Integer()
    transition_ids = fields.One2many(
        "instant.pack.transition", "from_id", string="Leads To"
    )

    _code_uniq = models.Constraint("UNIQUE(code)", "The state's code is in use.")

    @api.model_create_multi
    def create(self, vals_list):
        states = super().create(vals_list)
        self.env.registry.clear_cache()
        return states

    def write(self, vals):
        if set(vals) & {"code", "in_stock"} and self._has_packs():
            raise ValidationError(
                self.env._(
                    "Code and stock effect of a state are fixed once packs are in it."
                )
            )
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self._has_packs():
            raise UserError(
                self.env._("Packs are in this state; it cannot be deleted.")
            )

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _has_packs(self):
        packs_sudo = self.env["instant.pack"].sudo()  # packs of all units count
        return bool(
            packs_sudo.search_count([("state", "in", self.mapped("code"))], limit=1)
        )

    @api.model
    @tools.ormcache("self.env.lang")
    def _get_selection(self):
        """Return ``((code, name), …)`` in the user's language."""
        # sudo: the names of states are no secret
        states_sudo = self.sudo().search_fetch([], ["code", "name"])
        return tuple((state.code, state.name) for state in states_sudo)

    @api.model
    @tools.ormcache()
    def _get_stock_codes(self):
        """Return the codes of the states that count as on hand."""
        return frozenset(self.sudo().search([("in_stock", "=", True)]).mapped("code"))

    @api.model
    @tools.ormcache()
    def _get_scan_checks(self):
        """Return ``{state code: number of the check that refuses it}``."""
        return {state.code: state.scan_check for state in self.sudo().search([])}


class InstantPackTransition(models.Model):
    """One allowed step between two states: who may take it, with which evidence."""

    _name = "instant.pack.transition"
    _description = "Pack Transition"
    _order = "from_id, to_id"
    _rec_name = "to_id"

    from_id = fields.Many2one(
        "instant.pack.state", required=True, index=True, ondelete="cascade"
    )
    to_id = fields.Many2one(
        "instant.pack.state", required=True, index=True, ondelete="cascade"
    )
    group_ids = fields.Many2many(
        "res.groups",
        string="By",
        help="Who may do it by hand. Empty: only orders, receipts and ILMS do it.",
    )
    evidence = fields.Selection(EVIDENCE_KINDS, required=True, default="none")
    whole_parcel = fields.Boolean(
        help="Only all packs of an order together: no pack goes on sale before the "
        "outlet has confirmed its whole parcel."
    )

    _step_uniq = models.Constraint(
        "UNIQUE(from_id, to_id)", "This step is already described."
    )

    @api.constrains("from_id", "to_id")
    def _check_not_same(self):
        for step in self:
            if step.from_id == step.to_id:
                raise ValidationError(self.env._("A step leads to another state."))

    @api.model
    def _get_step(self, from_code, to_code):
        """Return the step between two state codes, empty when there is none."""
        return self.sudo().search(  # the rules are read for everybody
            [("from_id.code", "=", from_code), ("to_id.code", "=", to_code)], limit=1
        )
