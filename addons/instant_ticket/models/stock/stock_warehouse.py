from odoo import api, fields, models

TICKET_OPERATIONS = [
    ("return", "Return of packs"),
    ("count", "Counting of packs"),
    ("destruction", "Destruction of packs"),
]


class StockPickingType(models.Model):
    _inherit = "stock.picking.type"

    ticket_operation = fields.Selection(
        TICKET_OPERATIONS,
        readonly=True,
        copy=False,
        help="Documents of this type are written by the pack ledger.",
    )

    _ticket_operation_uniq = models.UniqueIndex(
        "(warehouse_id, ticket_operation) WHERE ticket_operation IS NOT NULL",
        "A warehouse has one such operation.",
    )


class StockWarehouse(models.Model):
    """Operation types that Odoo lacks and packs need (IT-WHS-01)."""

    _inherit = "stock.warehouse"

    @api.model_create_multi
    def create(self, vals_list):
        warehouses = super().create(vals_list)
        for warehouse in warehouses:
            for kind, _name in TICKET_OPERATIONS:
                warehouse._get_ticket_operation(kind)
        return warehouses

    @api.model
    def _create_ticket_operations(self):
        """Give the warehouses that were there before their operation types."""
        for warehouse in self.search([("active", "in", (True, False))]):
            for kind, _name in TICKET_OPERATIONS:
                warehouse._get_ticket_operation(kind)

    def _get_ticket_operation(self, kind):
        """Return the warehouse's operation type for ``kind``, made when missing."""
        self.ensure_one()
        types_sudo = self.env["stock.picking.type"].sudo()  # who counts sets up nothing
        operation = types_sudo.with_context(active_test=False).search(
            [("warehouse_id", "=", self.id), ("ticket_operation", "=", kind)], limit=1
        )
        return operation or types_sudo.create(self._prepare_ticket_operation(kind))

    def _prepare_ticket_operation(self, kind):
        labels = dict(
            self.env["stock.picking.type"]
            ._fields["ticket_operation"]
            ._description_selection(self.env)
        )
        customers = self.env.ref("stock.stock_location_customers")
        destroyed = self.env.ref("instant_ticket.stock_location_destroyed")
        stock = self.lot_stock_id
        code, sequence_code, source, target = {
            "return": ("incoming", "RET", customers, stock),
            "count": ("internal", "CNT", stock, stock),
            "destruction": ("internal", "DST", stock, destroyed),
        }[kind]
        return {
            "name": labels[kind],
            "code": code,
            "sequence_code": sequence_code,
            "ticket_operation": kind,
            "warehouse_id": self.id,
            "company_id": self.company_id.id,
            "default_location_src_id": source.id,
            "default_location_dest_id": target.id,
            "reservation_method": "manual",
            "use_create_lots": False,
            "use_existing_lots": False,
        }

    def _create_ticket_picking(self, kind, source, target, origin):
        """Create the document of one step of packs; empty without a warehouse."""
        pickings_sudo = self.env["stock.picking"].sudo()  # the step's rule was checked
        if not self:
            return pickings_sudo
        return pickings_sudo.with_context(tracking_disable=True).create(
            {
                "picking_type_id": self._get_ticket_operation(kind).id,
                "location_id": source.id,
                "location_dest_id": target.id,
                "origin": origin,
            }
        )
