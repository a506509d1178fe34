from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.lottery_base.tools.transaction import read_committed

from ...engine.pack_code import parse_label
from ..instant_scan_frame import ScanRefused


class InstantOrder(models.Model):
    """A parcel that nobody took comes back to stock (IT-DLV-04).

    Shipped → exception while it comes back: its packs are announced, then scanned in one
    by one. When all are there ILMS is asked to take the order back; with its answer the
    packs are for sale again, the outlet has its money and the order ends as cancelled.
    Until then nothing is booked: ILMS keeps the money and goes first, as in shipping.
    """

    _inherit = "instant.order"

    return_state = fields.Selection(
        [
            ("coming", "Coming back"),
            ("asked", "ILMS is asked for the refund"),
            ("back", "Back in stock"),
        ],
        readonly=True,
        copy=False,
        string="Return",
    )
    returned_at = fields.Datetime(readonly=True, copy=False)
    visits_before = fields.Integer(
        readonly=True,
        copy=False,
        help="Visits without success before a return was called off.",
    )

    # read by the list of parcels that come back
    _return_idx = models.Index(
        "(branch_id, id) WHERE return_state IN ('coming', 'asked')"
    )

    # === DOORS === #

    def action_return_to_stock(self, reason):
        """Decide that the parcel comes back to stock.

        :param str reason: stands in the history of order and packs
        """
        self.ensure_one()
        self._check_may_return()
        reason = str(reason or "").strip()[:200]
        if not reason:
            raise UserError(
                self.env._("Reason: say why the parcel comes back to stock.")
            )
        user = self.env.user
        with self._on_books() as order:
            order._start_return(reason)
            parcel = order._get_parcel(user)
        self.invalidate_recordset()
        return parcel

    def return_scan(self, code, key=None):
        """Take a scanned pack or carton of the parcel back; see ``_scan``.

        :return: as ``_scan``, with ``parcel`` for the hand-over screen
        """
        self._check_may_take_back()
        answer = self._in_scan(code, key, "_take_returned")
        # this request's own snapshot is older than what was just written
        with read_committed(self.env) as env:
            order = env["instant.order"].browse(self.id)
            answer["parcel"] = order._get_parcel(env.user)
        return answer

    def action_put_back(self):
        """Everything is scanned in: ILMS is asked to take the order back."""
        self._check_may_take_back()
        user = self.env.user
        with self._on_books() as order:
            order._put_parcel_back()
            parcel = order._get_parcel(user)
        self.invalidate_recordset()
        return parcel

    def handover_load(self):
        """Return the parcel again (polled while ILMS decides)."""
        self._check_may_hand_over()
        return self._get_parcel(self.env.user)

    # === RIGHTS === #

    def _check_may_return(self):
        self.check_access("write")
        user = self.env.user
        if not (
            user.has_group("lottery_base.group_order_desk")
            or user.has_group("lottery_base.group_warehouse_keeper")
        ):
            raise AccessError(
                self.env._(
                    "Only the order desk and warehouse keepers send parcels back to "
                    "stock."
                )
            )

    def _check_may_take_back(self):
        self.ensure_one()
        self.check_access("write")
        if not self.env.user.has_group("lottery_base.group_warehouse_keeper"):
            raise AccessError(
                self.env._("Only warehouse keepers take parcels back into stock.")
            )

    # === KERNEL, books locked === #

    def _get_parcel_packs(self, *states):
        return self.env["instant.pack"].search(
            [("order_id", "=", self.id), ("state", "in", states)]
        )

    def _start_return(self, reason):
        """Announce all packs of the parcel; the order stops."""
        self.ensure_one()
        if self.return_state:
            raise UserError(
                self.env._(
                    "The parcel of order %(name)s is on its way back already.",
                    name=self.name,
                )
            )
        stopped = self.state == "exception" and self.shipped_at
        if not (self.state == "shipped" or stopped) or self.delivered_at:
            raise UserError(
                self.env._("Order %(name)s is not on its way.", name=self.name)
            )
        self._get_parcel_packs("in_transit")._move_to("return_pending", reason=reason)
        self.write(
            {
                "return_state": "coming",
                "next_attempt_at": False,
                "reason": self.env._("Back to stock: %(reason)s", reason=reason),
            }
        )
        if self.state == "shipped":
            self._update_state("exception", note=self.reason)
        self._journal("delivery.return_started", {"order": self.name, "why": reason})
        self._close_calls()
        self._call_desk(
            self.env._("Parcel comes back"),
            self.env._(
                "%(order)s could not be handed over. Agree with the outlet what "
                "happens next.",
                order=self.name,
            ),
        )

    def _take_returned(self, facts, code):
        """Scan verb: packs of this parcel that are announced as coming back."""
        self.invalidate_recordset()
        if self.return_state != "coming":
            raise ScanRefused("closed", order=facts["name"])
        label = parse_label(code)
        if not label or label.kind == "order":
            raise ScanRefused("bad_code", code=code or "")
        packs = self._find_own_packs(label)
        if not packs:
            raise ScanRefused("not_on_order", label=label.text)
        waiting = packs.filtered(lambda pack: pack.state == "return_pending")
        if not waiting:
            raise ScanRefused("already_scanned", label=label.text)
        waiting._move_to("returned", reason=self.name)
        return {
            "result": "ok",
            "check": 0,
            "reason": False,
            "message": label.text,
            "packs": len(waiting),
            "pack": waiting.id if label.kind == "pack" else None,
            "carton": waiting.carton_id[:1].id if label.kind == "carton" else None,
        }

    def _find_own_packs(self, label):
        domain = [("order_id", "=", self.id), ("game_id.code", "=", label.game)]
        if label.kind == "pack":
            domain += [("serial", "=", label.number)]
        else:
            domain += [("carton_id.number", "=", label.number)]
        return self.env["instant.pack"].search(domain)

    def _put_parcel_back(self):
        self.ensure_one()
        if self.return_state == "asked":
            return
        if self.return_state != "coming":
            raise UserError(
                self.env._(
                    "The parcel of order %(name)s is not on its way back.",
                    name=self.name,
                )
            )
        left = self._get_parcel_packs("return_pending", "in_transit")
        if left:
            raise UserError(
                self.env._(
                    "%(left)s packs are not scanned in, the first is %(pack)s. Scan "
                    "them, or have the order desk report them lost.",
                    left=len(left),
                    pack=left[0].code,
                )
            )
        self.return_state = "asked"
        self.flush_recordset(["return_state"])
        self._ask_ilms_refund()

    def _set_returned(self, answer):
        """ILMS took the order back: goods and money return in one transaction."""
        self.ensure_one()
        self._lock_books()
        if self.return_state != "asked":
            return False
        self._get_parcel_packs("returned")._move_with_stock(
            "available", reason=self.name
        )
        self.env["instant.account"]._book(
            self.outlet_id.id, "refund", self.amount, order_id=self.id
        )
        self.write({"return_state": "back", "returned_at": fields.Datetime.now()})
        self._update_state("cancelled", note=answer.get("reference") or self.reason)
        self._journal(
            "delivery.returned",
            {"order": self.name, "refund": f"{self.amount:.2f}"},
        )
        return True

    def _set_return_refused(self, reason):
        """ILMS keeps the order: the packs wait for a person."""
        self.ensure_one()
        self._lock_books()
        if self.return_state != "asked":
            return False
        self.write({"return_state": "coming", "reason": reason})
        self._call_desk(self.env._("ILMS refuses the return"), f"{self.name}: {reason}")
        return True

    def _resolve(self):
        """“Back to Work” calls a return off: the parcel goes out again."""
        self.ensure_one()
        if self.state == "exception" and self.return_state:
            self._call_return_off()
        return super()._resolve()

    def _call_return_off(self):
        if self.return_state != "coming" or self._get_parcel_packs("returned"):
            raise UserError(
                self.env._(
                    "Packs of order %(name)s are back in the warehouse: finish the "
                    "return; the outlet orders again.",
                    name=self.name,
                )
            )
        self._get_parcel_packs("return_pending")._move_to(
            "in_transit", reason=self.name
        )
        self.write({"return_state": False, "visits_before": self._count_visits(0)})
        self._close_calls()

    # === SCREEN === #

    def _get_return_progress(self, user):
        if not self.return_state:
            may = user.has_group("lottery_base.group_order_desk") or user.has_group(
                "lottery_base.group_warehouse_keeper"
            )
            return {"return_state": "", "may_return": may and self.state == "shipped"}
        counts = dict(
            self.env["instant.pack"]._read_group(
                [("order_id", "=", self.id)], ["state"], ["__count"]
            )
        )
        return {
            "return_state": self.return_state,
            "may_return": False,
            "may_take_back": user.has_group("lottery_base.group_warehouse_keeper"),
            "back": counts.get("returned", 0),
            "left": counts.get("return_pending", 0) + counts.get("in_transit", 0),
        }

    @api.model
    def _get_return_domain(self):
        return [("return_state", "in", ("coming", "asked"))]
