from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine.pack_code import PACK_DIGITS, pack_label
from .instant_carton import search_label

# what a step of the ledger may change beside the state
PLACE_FIELDS = (
    "warehouse_id",
    "location_id",
    "branch_id",
    "order_id",
    "order_line_id",
    "outlet_id",
    "picking_id",
)


class InstantPack(models.Model):
    """The ledger of packs: one row a pack, one event a step (IT-WHS-05).

    Lean on purpose (millions of rows): no log fields, no thread. ``_move_to`` is the
    only way to change a pack; stock, counters and ledger move together in
    ``instant_pack_stock``.
    """

    _name = "instant.pack"
    _description = "Pack"
    _inherit = ["lottery.branch.mixin"]
    _order = "game_id, serial"
    _rec_name = "code"
    _rec_names_search = ["code"]
    _log_access = False

    game_id = fields.Many2one(
        "instant.game", required=True, readonly=True, ondelete="restrict"
    )
    serial = fields.Integer(required=True, readonly=True, aggregator=None)
    code = fields.Char(compute="_compute_code", search="_search_code", string="Label")
    state = fields.Selection(
        selection="_selection_state", required=True, readonly=True, default="expected"
    )
    carton_id = fields.Many2one(
        "instant.carton", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", readonly=True, ondelete="restrict"
    )
    location_id = fields.Many2one(
        "stock.location", readonly=True, string="Place", ondelete="restrict"
    )
    branch_id = fields.Many2one(readonly=True, default=None)
    order_id = fields.Many2one(
        "instant.order", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    order_line_id = fields.Many2one(
        "instant.order.line", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    outlet_id = fields.Many2one(
        "lottery.outlet", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    picking_id = fields.Many2one(
        "stock.picking",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        string="Bound to Transfer",
    )
    event_ids = fields.One2many("instant.pack.event", "pack_id", readonly=True)
    currency_id = fields.Many2one(related="game_id.currency_id")
    pack_amount = fields.Monetary(related="game_id.pack_amount")
    pallet = fields.Char(related="carton_id.pallet")
    is_exception = fields.Boolean(
        compute="_compute_is_exception", search="_search_is_exception"
    )

    # also read by every scan: (game, serial) names one pack
    _game_serial_uniq = models.Constraint(
        "UNIQUE(game_id, serial)", "The serial already exists in this game."
    )
    # read by the allocation of transfers and by the pick list of the station
    _available_idx = models.Index(
        "(game_id, warehouse_id, carton_id, id) WHERE state = 'available'"
    )
    # read by the equations "ledger = counters" and the unit's default list
    _warehouse_state_idx = models.Index("(warehouse_id, state, game_id)")

    @api.model
    def _selection_state(self):
        return list(self.env["instant.pack.state"]._get_selection())

    @api.depends("serial", "game_id.code")
    def _compute_code(self):
        for pack in self:
            pack.code = pack_label(pack.game_id.code or "", pack.serial)

    def _search_code(self, operator, value):
        return search_label(operator, value, "pack", "serial", PACK_DIGITS)

    @api.depends("state")
    def _compute_is_exception(self):
        codes = self._get_exception_codes()
        for pack in self:
            pack.is_exception = pack.state in codes

    def _search_is_exception(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        wanted = (operator == "in") == (True in value)
        return [("state", "in" if wanted else "not in", self._get_exception_codes())]

    @api.model
    def _get_exception_codes(self):
        states_sudo = self.env["instant.pack.state"].sudo()  # names of states only
        return states_sudo.search([("is_exception", "=", True)]).mapped("code")

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(self.env._("Packs come from a receipt's manifest."))

    def write(self, vals):
        raise UserError(
            self.env._("A pack is changed by the steps of the pack ledger only.")
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A pack stays in the ledger for good."))

    # === LEDGER === #

    def _move_to(self, state, *, reason=None, evidence=None, **values):
        """Take all these packs to ``state``: the gate of the ledger.

        One statement locks the packs, updates them and writes their events. Stock
        is not moved here: see ``_move_with_stock``.

        :param str state: code of an ``instant.pack.state``
        :param str reason: stands in the history
        :param dict evidence: JSON: ``reference``, ``attachment_ids``,
            ``ticket_from``, ``ticket_to``
        :param values: any of ``PLACE_FIELDS``; records, ids or False
        :raise UserError: a step is not allowed, not this user's, lacks its evidence or
            takes part of a parcel only; nothing was moved
        """
        if not self:
            return
        unknown = set(values) - set(PLACE_FIELDS)
        if unknown:
            raise ValueError(f"not a field of a step: {sorted(unknown)}")
        self._check_steps(state, reason, evidence)
        sets = [SQL("state = %s", state)]
        for name, value in sorted(values.items()):
            value = getattr(value, "id", value) or None
            sets.append(SQL("%s = %s", SQL.identifier(name), value))
        self.env.cr.execute(
            SQL(
                """
                WITH old AS (
                    SELECT id, state, order_id, outlet_id FROM instant_pack
                     WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE
                ), moved AS (
                    UPDATE instant_pack p SET %(sets)s FROM old WHERE p.id = old.id
                 RETURNING p.id, old.state AS from_state, p.state, p.branch_id,
                           p.warehouse_id, p.location_id,
                           COALESCE(p.order_id, old.order_id) AS order_id,
                           COALESCE(p.outlet_id, old.outlet_id) AS outlet_id
                )
                INSERT INTO instant_pack_event
                       (pack_id, branch_id, warehouse_id, location_id, outlet_id,
                        order_id, from_state, to_state, date, user_id, reason, evidence)
                SELECT id, branch_id, warehouse_id, location_id, outlet_id, order_id,
                       from_state, state, now() AT TIME ZONE 'UTC', %(uid)s, %(reason)s,
                       %(evidence)s::jsonb
                  FROM moved
                """,
                ids=list(self.ids),
                sets=SQL(", ").join(sets),
                uid=self.env.uid,
                reason=reason or None,
                evidence=fields.Json().convert_to_column(evidence or None, self),
            )
        )
        self.invalidate_recordset()
        self.env["instant.pack.event"].invalidate_model()

    def _check_steps(self, state, reason, evidence):
        """Check every step the packs would take against the transition data."""
        steps_model = self.env["instant.pack.transition"]
        self.env.cr.execute(
            SQL(
                "SELECT state, array_agg(id) FROM (SELECT id, state FROM instant_pack "
                "WHERE id = ANY(%s) ORDER BY id FOR UPDATE) p GROUP BY state",
                list(self.ids),
            )
        )
        for from_state, ids in self.env.cr.fetchall():
            packs = self.browse(ids)
            step = steps_model._get_step(from_state, state)
            if not step:
                packs._refuse_step(from_state, state)
            packs._check_step_allowed(step)
            packs._check_step_evidence(step, reason, evidence or {})
            if step.whole_parcel:
                packs._check_whole_parcel()

    def _refuse_step(self, from_state, state):
        names = dict(self._selection_state())
        raise UserError(
            self.env._(
                "Pack %(pack)s cannot go from “%(old)s” to “%(new)s”.",
                pack=self[:1].code,
                old=names.get(from_state, from_state),
                new=names.get(state, state),
            )
        )

    def _check_step_allowed(self, step):
        """A person needs one of the step's groups; su: the calling verb vouches."""
        if self.env.su or step.group_ids & self.env.user.all_group_ids:
            return
        raise UserError(
            self.env._(
                "You may not take packs from “%(old)s” to “%(new)s”. "
                "Allowed for: %(groups)s.",
                old=step.from_id.name,
                new=step.to_id.name,
                groups=", ".join(step.group_ids.mapped("name"))
                or self.env._("orders and ILMS only"),
            )
        )

    def _check_step_evidence(self, step, reason, evidence):
        missing = []
        if step.evidence != "none" and not (reason or "").strip():
            missing.append(self.env._("a reason"))
        if step.evidence == "photo" and not evidence.get("attachment_ids"):
            missing.append(self.env._("a photo"))
        if step.evidence == "document" and not evidence.get("reference"):
            missing.append(self.env._("a document number"))
        if step.evidence == "police_report" and not evidence.get("reference"):
            missing.append(self.env._("a police report number"))
        if missing:
            raise UserError(
                self.env._(
                    "To take packs to “%(state)s” give %(missing)s.",
                    state=step.to_id.name,
                    missing=", ".join(missing),
                )
            )

    def _check_whole_parcel(self):
        """No pack of an order takes this step without all the others."""
        self.env.cr.execute(
            SQL(
                """
                SELECT o.name FROM instant_order o
                 WHERE o.id IN (SELECT order_id FROM instant_pack WHERE id = ANY(%(ids)s))
                   AND EXISTS (SELECT FROM instant_pack p WHERE p.order_id = o.id
                                  AND p.state = 'in_transit' AND p.id <> ALL(%(ids)s))
                 UNION ALL
                SELECT NULL FROM instant_pack
                 WHERE id = ANY(%(ids)s) AND order_id IS NULL
                 LIMIT 1
                """,
                ids=list(self.ids),
            )
        )
        row = self.env.cr.fetchone()
        if row:
            raise UserError(
                self.env._(
                    "The parcel of order %(order)s is confirmed as a whole only.",
                    order=row[0] or "?",
                )
            )

    def _get_label_ranges(self):
        """Return ``[(first label, last label, packs)]`` of neighbouring serials."""
        ranges = []
        for pack in self.sorted(lambda p: (p.game_id.id, p.serial)):
            last = ranges and ranges[-1][-1]
            if last and (last.game_id, last.serial + 1) == (pack.game_id, pack.serial):
                ranges[-1].append(pack)
            else:
                ranges.append([pack])
        return [(run[0].code, run[-1].code, len(run)) for run in ranges]

    # === ACTIONS === #

    def action_view_order(self):
        self.ensure_one()
        return self.order_id._get_records_action()

    def action_view_carton(self):
        self.ensure_one()
        return self.carton_id._get_records_action()

    def action_open_change(self):
        """Open the form that reports packs lost, damaged, recalled, returned …"""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change State"),
            "res_model": "instant.pack.change",
            "view_mode": "form",
            "target": "new",
            "context": {"default_pack_ids": self.ids},
        }
