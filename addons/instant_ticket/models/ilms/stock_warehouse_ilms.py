from odoo import fields, models


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    ilms_manifest = fields.Integer(
        readonly=True,
        copy=False,
        string="Last ILMS Manifest",
        help="Manifests up to this place in ILMS's list have become receipts.",
    )

    def action_fetch_manifests(self):
        """Ask ILMS now for what is on its way to these warehouses."""
        self.check_access("read")
        channel = self.env["lottery.outbox.channel.ilms"]
        for warehouse in self:
            channel.sudo()._ask_list("manifests", {"warehouse_id": warehouse.id})
        return True
