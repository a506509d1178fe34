from odoo import fields, models


class LotteryPersonReveal(models.TransientModel):
    """Show a sealed number once, to those who may, leaving a trail."""

    _name = "lottery.person.reveal"
    _description = "Reading of a Sealed Number"

    partner_id = fields.Many2one("res.partner", readonly=True)
    outlet_id = fields.Many2one("lottery.outlet", readonly=True)
    reason = fields.Char(required=True, help="Kept in the journal with your name.")

    def action_reveal(self):
        """Journal who reads which number and why, then show it.

        Who may make this wizard may read numbers in full: the access list says who.
        """
        self.ensure_one()
        self.check_access("write")
        record, name = (
            (self.partner_id, "id_card_number")
            if self.partner_id
            else (self.outlet_id, "commission_card")
        )
        record.check_access("read")
        number = record._unseal_number(name)
        self.env["lottery.journal"]._append(
            [
                {
                    "event": "person.number_read",
                    "model": record._name,
                    "res_id": record.id,
                    "branch_id": record.branch_id.id,
                    "values": {"field": name, "reason": self.reason},
                }
            ]
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": record.display_name,
                "message": number or self.env._("Nothing recorded."),
                "type": "info",
                "sticky": True,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
