from odoo import api, fields, models
from odoo.exceptions import UserError


class InstantPackEvent(models.Model):
    """One step in the life of a pack; append-only, written in SQL by the ledger.

    A trigger of the database refuses changes and deletions, whoever asks.
    """

    _name = "instant.pack.event"
    _description = "Pack Event"
    _inherit = ["lottery.branch.mixin"]
    _order = "id"
    _log_access = False

    pack_id = fields.Many2one(
        "instant.pack", required=True, readonly=True, index=True, ondelete="restrict"
    )
    game_id = fields.Many2one(related="pack_id.game_id")
    branch_id = fields.Many2one(readonly=True, default=None)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    location_id = fields.Many2one("stock.location", readonly=True, string="Place")
    outlet_id = fields.Many2one("lottery.outlet", readonly=True)
    from_state = fields.Selection(selection="_selection_state", readonly=True)
    to_state = fields.Selection(
        selection="_selection_state", required=True, readonly=True
    )
    date = fields.Datetime(readonly=True, required=True)
    user_id = fields.Many2one("res.users", readonly=True)
    order_id = fields.Many2one("instant.order", readonly=True, index="btree_not_null")
    reason = fields.Char(readonly=True)
    evidence = fields.Json(readonly=True, string="Evidence Data")
    evidence_text = fields.Char(compute="_compute_evidence_text", string="Evidence")

    @api.model
    def _selection_state(self):
        return list(self.env["instant.pack.state"]._get_selection())

    @api.depends("evidence")
    def _compute_evidence_text(self):
        for event in self:
            facts = event.evidence or {}
            parts = [facts.get("reference")]
            if facts.get("ticket_from") is not None:
                parts.append(
                    self.env._(
                        "tickets %(first)s to %(last)s",
                        first=facts["ticket_from"],
                        last=facts["ticket_to"],
                    )
                )
            if facts.get("attachment_ids"):
                parts.append(self.env._("%(n)s files", n=len(facts["attachment_ids"])))
            event.evidence_text = ", ".join(filter(None, parts))

    def init(self):
        """Let the database itself refuse to rewrite a pack's history."""
        super().init()
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION instant_append_only() RETURNS trigger
            LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME
                      USING ERRCODE = 'restrict_violation';
            END $$;
            CREATE OR REPLACE TRIGGER instant_pack_event_append_only
            BEFORE UPDATE OR DELETE ON instant_pack_event
            FOR EACH ROW EXECUTE FUNCTION instant_append_only()
            """
        )

    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(self.env._("The history of a pack writes itself."))

    def write(self, vals):
        raise UserError(self.env._("The history of a pack cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The history of a pack cannot be deleted."))

    def action_view_files(self):
        """Open the photos and documents handed in as evidence."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Evidence"),
            "res_model": "ir.attachment",
            "view_mode": "kanban,list,form",
            "domain": [("id", "in", (self.evidence or {}).get("attachment_ids", []))],
        }
