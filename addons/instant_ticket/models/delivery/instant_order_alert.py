from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.lottery_base.tools.transaction import read_committed

ALERT_BATCH = 100

# Marks the orders it returns, so that each is warned of once and alerted once. The
# partial index leaves out what is delivered or was alerted: the cost of a run follows
# the open orders, however many are done.
TAKE_DUE = """
    WITH due AS (
        SELECT id, CASE WHEN deadline < now() AT TIME ZONE 'UTC'
                        THEN 'overdue' ELSE 'due_soon' END AS level
          FROM instant_order
         WHERE state IN ('submitted', 'locked', 'picking', 'shipped', 'exception')
           AND (sla_alerted IS NULL OR sla_alerted <> 'overdue')
           AND deadline - sla_hours * interval '15 minutes'
               <= now() AT TIME ZONE 'UTC'
           AND (sla_alerted IS NULL OR deadline < now() AT TIME ZONE 'UTC')
           AND delivered_at IS NULL AND return_state IS NULL
         ORDER BY deadline - sla_hours * interval '15 minutes'
         LIMIT %s FOR UPDATE SKIP LOCKED
    )
    UPDATE instant_order o SET sla_alerted = due.level FROM due WHERE o.id = due.id
 RETURNING o.id, due.level
"""


class InstantOrder(models.Model):
    """What people have to do about an order, as activities.

    The order has no thread (no followers, no messages): it keeps its own history. What
    activities want of a thread is answered by the three methods at the end.
    """

    _name = "instant.order"
    _inherit = ["instant.order", "mail.activity.mixin"]

    # read by `_cron_sla_alerts`
    _sla_due_idx = models.Index(
        "((deadline - sla_hours * interval '15 minutes')) "
        "WHERE state IN ('submitted', 'locked', 'picking', 'shipped', 'exception') "
        "AND (sla_alerted IS NULL OR sla_alerted <> 'overdue')"
    )

    # === WHO === #

    @api.model
    def _get_desk_users(self, branch):
        """Return the order desk in charge of a unit: its own and those above it."""
        line = {int(part) for part in (branch.parent_path or "").split("/") if part}
        desk = self.env.ref("lottery_base.group_order_desk").all_user_ids
        desk = desk.filtered(lambda user: line & set(user.branch_ids.ids))
        admins = self.env.ref("lottery_base.group_admin").all_user_ids
        return (desk - admins) or desk

    @api.model
    def _get_branch_users(self, branch):
        """Return who leads a unit; the prefecture's people where it has nobody."""
        users = branch.head_id | branch.admin_ids
        prefecture = branch._get_prefecture()
        return users or (prefecture.head_id | prefecture.admin_ids)

    # === CALLS === #

    def _call_desk(self, summary, note):
        self.ensure_one()
        order_sudo = self.sudo()  # who reports a fault need not see the desk's users
        users = order_sudo._get_desk_users(order_sudo.branch_id)
        order_sudo._call_users(users, summary, note)
        users._bus_send(
            "simple_notification",
            {"type": "warning", "title": summary, "message": note, "sticky": True},
        )

    def _call_users(self, users, summary, note="", kind="delivery"):
        """Give each of ``users`` one activity on each of these orders.

        :param str kind: of the activity: ``delivery`` (something happened to the
            parcel) or ``deadline``
        """
        today = fields.Date.context_today(self)
        model_id = self.env["ir.model"]._get_id(self._name)
        activity_type = self._get_call_type(kind)
        # without letters: the activity itself is the message
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "automated": True,
                    "res_model_id": model_id,
                    "res_id": order.id,
                    "user_id": user.id,
                    "summary": summary,
                    "note": note,
                    "date_deadline": today,
                }
                for order in self
                for user in users
                if user.active
            ]
        )

    @api.model
    def _get_call_type(self, kind):
        return self.env.ref(f"instant_ticket.mail_activity_type_{kind}")

    def _close_calls(self, kinds=("delivery", "deadline")):
        """The matter is settled: what was asked of people is taken back."""
        types = [self._get_call_type(kind).id for kind in kinds]
        activities_sudo = self.env["mail.activity"].sudo()  # other people's too
        activities_sudo.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("activity_type_id", "in", types),
            ]
        ).unlink()

    def _on_state_changed(self, old_by_id, target, note=None):
        result = super()._on_state_changed(old_by_id, target, note=note)
        if target in ("delivered", "cancelled", "rejected"):
            self._close_calls()
        return result

    # === DELIVERY TIME (IT-DLV-02) === #

    @api.model
    def _cron_sla_alerts(self):
        """Warn before the promised time, alert after it; each once per order."""
        while True:
            with read_committed(self.env) as env:
                taken = env["instant.order"]._alert_batch()
            if taken < ALERT_BATCH:
                break
        self.env.invalidate_all()

    @api.model
    def _alert_batch(self):
        """Alert some orders that are due; returns how many."""
        self.env.flush_all()
        rows = self.env.execute_query(SQL(TAKE_DUE, ALERT_BATCH))
        self.invalidate_model(["sla_alerted"])
        for level in ("due_soon", "overdue"):
            ids = [order_id for order_id, its in rows if its == level]
            by_branch = self.browse(ids).grouped("branch_id")
            for branch, orders in by_branch.items():
                orders._alert_sla(level, branch)
        return len(rows)

    def _alert_sla(self, level, branch):
        """Tell desk, unit and specialist; an alert replaces its warning."""
        self._close_calls(("deadline",))
        common = self._get_desk_users(branch) | self._get_branch_users(branch)
        for specialist, orders in self.grouped("specialist_id").items():
            users = common | specialist
            for lang, readers in users.grouped("lang").items():
                orders.with_context(lang=lang)._tell_sla(level, readers)

    def _tell_sla(self, level, users):
        overdue = level == "overdue"
        summary = (
            self.env._("Delivery overdue") if overdue else self.env._("Delivery due")
        )
        self._call_users(users, summary, kind="deadline")
        shown = ", ".join(self[:5].mapped("name"))
        users._bus_send(
            "simple_notification",
            {
                "type": "danger" if overdue else "warning",
                "title": summary,
                "message": f"{shown} …" if len(self) > 5 else shown,
            },
        )

    # === WHAT ACTIVITIES WANT OF A THREAD === #

    @api.private
    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Nobody follows an order: its history is for all who may read it."""
        return True

    @api.private
    def message_notify(self, **_values):
        """The activity shows among the user's own; no letter beside it."""
        return self.env["mail.message"]

    @api.private
    def message_post_with_source(self, source_ref, render_values=None, **_values):
        """An activity that was done is a line of the order's history."""
        activity = (render_values or {}).get("activity")
        note = activity.summary if activity else ""
        self._log_events([(order.id, order.state, order.state, note) for order in self])
        return self.env["mail.message"]
