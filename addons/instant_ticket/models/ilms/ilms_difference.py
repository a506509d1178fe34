from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.lottery_reconcile.const import LOCATE_HOURS

from ...engine.ilms_money import to_fen, to_yuan

MONEY_KINDS = ("balance", "frozen", "amount")
# kind -> what its key names
SUBJECTS = {
    "account": "account",
    "balance": "account",
    "frozen": "account",
    "stock": "stock",
    "locked": "stock",
    "order": "order",
    "amount": "order",
    "packs": "order",
    "loss": "loss",
    "activation": "pack",
}
# told by an answer, not found by the nightly comparison; its silence settles nothing
REPORTED_KINDS = ("loss", "activation")


class InstantIlmsDifference(models.Model):
    """Something on which ILMS and we do not agree (IT-ILM-04).

    Open until a later comparison finds both sides equal, or until somebody closes it
    with a word why.
    """

    _name = "instant.ilms.difference"
    _description = "Difference to ILMS"
    _inherit = ["lottery.branch.mixin", "lottery.state.mixin", "lottery.journal.mixin"]
    _order = "state, id desc"
    _rec_name = "key"

    _state_transitions = {
        "open": {"repairing", "settled", "closed"},
        "repairing": {"open", "settled", "closed"},
        "settled": set(),
        "closed": set(),
    }

    kind = fields.Selection(
        [
            ("account", "Account on one side only"),
            ("balance", "Balance"),
            ("frozen", "Frozen amount"),
            ("stock", "Packs in stock"),
            ("locked", "Packs locked"),
            ("order", "State of the order"),
            ("amount", "Amount of the order"),
            ("packs", "Packs of the order"),
            ("loss", "Loss report"),
            ("activation", "Activation"),
        ],
        required=True,
        readonly=True,
    )
    key = fields.Char(required=True, readonly=True, string="Subject")
    state = fields.Selection(
        [
            ("open", "Open"),
            ("repairing", "Being mended"),
            ("settled", "Cleared"),
            ("closed", "Closed by hand"),
        ],
        default="open",
        required=True,
        readonly=True,
    )
    repair = fields.Selection(
        [
            ("refresh", "Take over ILMS's balance"),
            ("query", "Ask ILMS about the order again"),
            ("release", "Release the lock at ILMS"),
        ],
        readonly=True,
        help="What one click may do safely. Empty: a person has to find the cause.",
    )
    branch_id = fields.Many2one(readonly=True, default=None)
    run_id = fields.Many2one(
        "instant.ilms.reconcile",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        string="Reconciliation",
    )
    outlet_id = fields.Many2one("lottery.outlet", readonly=True, ondelete="restrict")
    order_id = fields.Many2one(
        "instant.order", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    game_id = fields.Many2one("instant.game", readonly=True)
    # figures, labels of packs or codes of states, as they were compared
    ours = fields.Char(readonly=True, string="Our Value")
    theirs = fields.Char(readonly=True, string="ILMS's Value")
    ours_label = fields.Char(compute="_compute_labels", string="Ours")
    theirs_label = fields.Char(compute="_compute_labels", string="ILMS")
    delta = fields.Char(
        readonly=True, string="Difference", help="ILMS minus ours; money in yuan."
    )
    user_id = fields.Many2one(
        "res.users", string="In Charge", domain=[("share", "=", False)]
    )
    deadline = fields.Datetime(readonly=True)
    seen_at = fields.Datetime(readonly=True, string="Last Seen")
    settled_at = fields.Datetime(readonly=True)
    note = fields.Char(string="Resolution")

    _open_uniq = models.UniqueIndex(
        "(kind, key) WHERE state IN ('open', 'repairing')",
        "This difference is open already.",
    )
    # read by the default list of a unit
    _branch_open_idx = models.Index(
        "(branch_id, id) WHERE state IN ('open', 'repairing')"
    )

    @api.model
    def _get_open_domain(self):
        return Domain("state", "in", ("open", "repairing"))

    @api.depends("kind", "ours", "theirs")
    def _compute_labels(self):
        """Codes of states of orders and packs in the reader's words."""
        orders = self.env["instant.order"]
        states = dict(orders._fields["state"]._description_selection(self.env))
        pack_states = dict(self.env["instant.pack.state"]._get_selection())
        at_ilms = {
            "locked": self.env._("Locked"),
            "confirmed": self.env._("Confirmed"),
            "released": self.env._("Released"),
        }
        for row in self:
            ours, theirs = row.ours, row.theirs
            if row.kind == "order":
                ours = states.get(ours) or self.env._("Unknown")
                theirs = at_ilms.get(theirs) or self.env._("Unknown")
            elif row.kind == "activation":
                ours = pack_states.get(ours) or self.env._("Unknown")
                theirs = pack_states.get(theirs) or theirs
            row.ours_label, row.theirs_label = ours, theirs

    # === RECORDING === #

    @api.model
    def _record(self, run, findings):
        """Write findings; one that is open already is brought up to date.

        :return: the records, new and known
        """
        known = {
            (row.kind, row.key): row for row in self.search(self._get_open_domain())
        }
        subjects = self._find_subjects(findings)
        now = fields.Datetime.now()
        found, new = self.browse(), []
        for finding in findings:
            values = {
                "ours": self._show(finding.kind, finding.ours),
                "theirs": self._show(finding.kind, finding.theirs),
                "delta": self._show(finding.kind, finding.delta or ""),
                "repair": finding.repair or False,
                "run_id": run.id,
                "seen_at": now,
            }
            record = known.get((finding.kind, finding.key))
            if record:
                record.write(values)
                if record.state == "repairing":
                    record._update_state("open")
                found |= record
                continue
            new.append(
                {
                    **values,
                    **subjects.get((SUBJECTS[finding.kind], finding.key), {}),
                    "kind": finding.kind,
                    "key": finding.key,
                    "deadline": now + timedelta(hours=LOCATE_HOURS),
                }
            )
        return found | self.create(new)

    @staticmethod
    def _show(kind, value):
        """Fen as yuan, anything else as it is."""
        if kind in MONEY_KINDS and value != "":
            return f"{to_yuan(int(value)):,.2f}"
        return str(value)

    @api.model
    def _find_subjects(self, findings):
        """``{(subject, key): links and unit}`` of what the findings are about."""
        keys = {}
        for finding in findings:
            keys.setdefault(SUBJECTS[finding.kind], set()).add(finding.key)
        outlets = self.env["lottery.outlet"].search(
            [("number", "in", list(keys.get("account", ())))]
        )
        orders = self.env["instant.order"].search(
            [("name", "in", list(keys.get("order", ())))]
        )
        subjects = {
            ("account", outlet.number): {
                "outlet_id": outlet.id,
                "branch_id": outlet.branch_id.id,
            }
            for outlet in outlets
        }
        for order in orders:
            subjects["order", order.name] = {
                "order_id": order.id,
                "outlet_id": order.outlet_id.id,
                "branch_id": order.branch_id.id,
            }
        subjects.update(self._find_stock_subjects(findings))
        return subjects

    @api.model
    def _find_stock_subjects(self, findings):
        facts = {f.key: f.facts for f in findings if SUBJECTS[f.kind] == "stock"}
        warehouses = {
            warehouse.code: warehouse
            for warehouse in self.env["stock.warehouse"].search(
                [("code", "in", [fact["warehouse"] for fact in facts.values()])]
            )
        }
        games = {
            game.code: game
            for game in self.env["instant.game"].search(
                [("code", "in", [fact["game"] for fact in facts.values()])]
            )
        }
        result = {}
        for key, fact in facts.items():
            warehouse = warehouses.get(fact["warehouse"])
            game = games.get(fact["game"])
            result["stock", key] = {
                "warehouse_id": warehouse.id if warehouse else False,
                "branch_id": warehouse.branch_id.id if warehouse else False,
                "game_id": game.id if game else False,
            }
        return result

    @api.model
    def _close_gone(self, findings, busy):
        """Settle what a complete comparison no longer finds."""
        seen = {(finding.kind, finding.key) for finding in findings}
        gone = self.search(self._get_open_domain()).filtered(
            lambda row: (
                (row.kind, row.key) not in seen
                and row.key not in busy.get(SUBJECTS[row.kind], ())
                and row.kind not in REPORTED_KINDS
            )
        )
        gone._settle(self.env._("Both sides agree."))
        return gone

    def _settle(self, note):
        if self:
            self.write({"note": note, "settled_at": fields.Datetime.now()})
            self._update_state("settled", note=note)

    @api.model
    def _recheck_order(self, order, answer):
        """After ILMS was asked about an order: is its open difference gone?"""
        rows = self.search(
            self._get_open_domain()
            & Domain("order_id", "=", order.id)
            & Domain("kind", "=", "order")
        )
        agreed = {
            "locked": ("locked", "picking", "exception"),
            "confirmed": ("shipped", "delivered", "done"),
            "released": ("cancelled", "rejected"),
            "unknown": ("cancelled", "rejected"),
        }
        if order.state in agreed.get(answer.get("state"), ()):
            rows._settle(self.env._("ILMS was asked; both sides agree."))
        else:
            rows.filtered(lambda row: row.state == "repairing")._update_state("open")

    @api.model
    def _recheck_balances(self, rows):
        """After balances were taken over: which differences are gone?

        :param rows: ``[{"outlet", "instant", …}]`` as ILMS answered, in fen
        """
        theirs = {row["outlet"]: row["instant"] for row in rows}
        differences = self.search(
            self._get_open_domain()
            & Domain("kind", "=", "balance")
            & Domain("key", "in", list(theirs))
        )
        if not differences:
            return
        ours = {
            account.outlet_id.number: to_fen(account.balance)
            for account in differences.outlet_id.account_ids
        }
        equal = differences.filtered(lambda row: ours.get(row.key) == theirs[row.key])
        equal._settle(self.env._("ILMS's balance was taken over."))
        left = (differences - equal).filtered(lambda row: row.state == "repairing")
        left._update_state("open")

    @api.model
    def _report_release_refused(self, order, answer):
        """ILMS keeps an order that we cancelled: for a person to decide."""
        self._report("order", order.name, order.state, answer.get("state"), order)

    @api.model
    def _report_loss_refused(self, item, answer):
        packs = item.payload["packs"]
        key = f"{packs[0]} ({len(packs)})"
        self._report("loss", key, item.payload["kind"], answer["code"])

    @api.model
    def _report(self, kind, key, ours, theirs, order=None):
        now = fields.Datetime.now()
        known = self.search(
            self._get_open_domain()
            & Domain("kind", "=", kind)
            & Domain("key", "=", key)
        )
        if known:
            known.write({"theirs": theirs, "seen_at": now})
            return known
        return self.create(
            {
                "kind": kind,
                "key": key,
                "ours": ours,
                "theirs": theirs,
                "order_id": order.id if order else False,
                "outlet_id": order.outlet_id.id if order else False,
                "branch_id": order.branch_id.id if order else False,
                "seen_at": now,
                "deadline": now + timedelta(hours=LOCATE_HOURS),
            }
        )

    # === ACTIONS === #

    def action_repair(self):
        """Do what is safe; the answer of ILMS settles the difference."""
        self.check_access("write")
        for row in self:
            if row.state != "open" or not row.repair:
                raise UserError(
                    self.env._(
                        "“%(key)s” cannot be mended by a click: find the cause, then "
                        "close it with a word why.",
                        key=row.key,
                    )
                )
        for row in self:
            row._update_state("repairing")
            getattr(row, f"_repair_{row.repair}")()
        return True

    def _repair_refresh(self):
        self.outlet_id._ask_ilms_balance()

    def _repair_query(self):
        self.order_id._ask_ilms_status()

    def _repair_release(self):
        self.order_id._ask_ilms_release_again()

    def action_close(self):
        """Close by hand; the resolution says why."""
        self.check_access("write")
        for row in self:
            if not (row.note or "").strip():
                raise UserError(
                    self.env._(
                        "Write into “Resolution” why %(key)s is closed.", key=row.key
                    )
                )
            row._update_state("closed", note=row.note)
        self.sudo().settled_at = fields.Datetime.now()  # a stamp, not an input
        return True

    def action_view_subject(self):
        self.ensure_one()
        record = self.order_id or self.outlet_id or self.warehouse_id
        if not record:
            raise UserError(self.env._("ILMS names something we do not have."))
        return record._get_records_action()

    def _on_state_changed(self, old_by_id, target, note=None):
        self._journal(
            f"ilms.difference.{target}",
            lambda row: {
                "kind": row.kind,
                "subject": row.key,
                "ours": row.ours or "",
                "theirs": row.theirs or "",
                "note": note or "",
            },
        )
        return super()._on_state_changed(old_by_id, target, note)

    @api.model_create_multi
    def create(self, vals_list):
        self._check_by_hand(set().union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        self._check_by_hand(vals)
        return super().write(vals)

    def _check_by_hand(self, names):
        """Figures come from the comparison; people add who and why."""
        if not self.env.su and set(names) - {"user_id", "note", "state"}:
            raise UserError(
                self.env._("Differences are found by reconciliation, not entered.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A difference is part of the records."))
