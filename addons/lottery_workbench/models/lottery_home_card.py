from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.fields import Domain

from ..engine.home import HomeCard, HomeChart, last_days

MAX_POINTS = 12


class LotteryHomeCard(models.AbstractModel):
    """Registry of what a home page can show (PF-WRK-03).

    An addon extends `_get_home_cards` and `_get_home_charts` by ``super()``; it says
    what to count and where, the rights are the reader's own.
    """

    _name = "lottery.home.card"
    _description = "Figures of the Home Page"

    # === HOOKS === #

    @api.model
    def _get_home_cards(self):
        """Return the list of `engine.home.HomeCard`; extend by ``super()``."""
        return [
            HomeCard(
                "lottery_workbench.activities",
                self.env._("To-dos due"),
                "mail.activity",
                Domain("user_id", "=", self.env.uid)
                & Domain("date_deadline", "<=", fields.Date.context_today(self)),
                tone="wait",
                action="mail.mail_activity_action_my",
                icon="fa-check-square-o",
            ),
            HomeCard(
                "lottery_workbench.notifications",
                self.env._("Unread messages"),
                "lottery.notification",
                Domain("user_id", "=", self.env.uid)
                & Domain("channel", "=", "in_app")
                & Domain("read_at", "=", False),
                action="lottery_message.lottery_notification_action",
                icon="fa-bell-o",
            ),
            *self._get_approval_cards(),
            HomeCard(
                "lottery_workbench.consultations",
                self.env._("Consultations in my hands"),
                "lottery.consultation",
                Domain("user_id", "=", self.env.uid)
                & Domain("state", "in", ("new", "in_progress")),
                action="lottery_workbench.lottery_consultation_action",
                icon="fa-comments-o",
            ),
            HomeCard(
                "lottery_workbench.consultations_overdue",
                self.env._("Consultations overdue"),
                "lottery.consultation",
                Domain("is_overdue", "=", True),
                roles=(
                    "lottery_base.group_centre_leader",
                    "lottery_base.group_branch_head",
                    "lottery_base.group_order_desk",
                ),
                tone="bad",
                action="lottery_workbench.lottery_consultation_action",
                icon="fa-clock-o",
            ),
            HomeCard(
                "lottery_workbench.feedback",
                self.env._("Feedback to answer"),
                "lottery.feedback",
                Domain("state", "in", ("new", "in_progress")),
                roles=("lottery_base.group_branch_admin",),
                tone="wait",
                action="lottery_workbench.lottery_feedback_action",
                icon="fa-commenting-o",
            ),
            HomeCard(
                "lottery_workbench.outbox_parked",
                self.env._("Calls parked"),
                "lottery.outbox",
                Domain("state", "=", "parked"),
                roles=("lottery_base.group_admin", "lottery_base.group_centre_leader"),
                tone="bad",
                action="lottery_outbox.lottery_outbox_action",
                icon="fa-exclamation-triangle",
            ),
        ]

    @api.model
    def _get_approval_cards(self):
        """What waits for the reader, what of it is late, what the reader applied for
        (PF-APR-03)."""
        mine = Domain("can_review", "=", True)
        return [
            HomeCard(
                "lottery_workbench.approvals",
                self.env._("To approve"),
                "lottery.approval",
                mine,
                tone="wait",
                action="lottery_approval.lottery_approval_action_todo",
                icon="fa-gavel",
            ),
            HomeCard(
                "lottery_workbench.approvals_overdue",
                self.env._("To approve, overdue"),
                "lottery.approval",
                mine & Domain("overdue", "=", True),
                tone="bad",
                action="lottery_approval.lottery_approval_action_todo",
                icon="fa-hourglass-end",
            ),
            HomeCard(
                "lottery_workbench.approvals_started",
                self.env._("My applications under way"),
                "lottery.approval",
                Domain("applicant_id", "=", self.env.uid)
                & Domain("state", "=", "pending"),
                action="lottery_approval.lottery_approval_action_mine",
                icon="fa-paper-plane-o",
            ),
        ]

    @api.model
    def _get_home_charts(self):
        """Return the list of `engine.home.HomeChart`; extend by ``super()``."""
        return [
            HomeChart(
                "lottery_workbench.consultations_by_kind",
                self.env._("Consultations of 30 days by kind"),
                "lottery.consultation",
                "kind_id",
                Domain("create_date", ">=", "-30d"),
                roles=(
                    "lottery_base.group_centre_leader",
                    "lottery_base.group_branch_head",
                    "lottery_base.group_order_desk",
                ),
                action="lottery_workbench.lottery_consultation_action",
            )
        ]

    # === WHAT THE USER MAY SEE === #

    @api.model
    def _get_items(self):
        """Return ``{code: card or chart}`` this user may have, in their own order."""
        items = {}
        for item in (*self._get_home_cards(), *self._get_home_charts()):
            if item.code in items:
                raise ValueError(f"{item.code} is registered twice")
            if self._is_allowed(item):
                items[item.code] = item
        return items

    @api.model
    def _is_allowed(self, item):
        if item.model not in self.env or not self.env[item.model].has_access("read"):
            return False
        user = self.env.user
        return not item.roles or any(user.has_group(group) for group in item.roles)

    @api.model
    def _get_choices(self):
        """Return ``[(code, title)]`` of everything registered, for layouts."""
        return [
            (item.code, item.title)
            for item in (*self._get_home_cards(), *self._get_home_charts())
        ]

    # === FIGURES === #

    @api.model
    def _read_card(self, card):
        """Return the figure of a card; None where nothing was measured."""
        records = self.env[card.model]
        if not card.measure:
            return records.search_count(Domain(card.domain))
        ((value,),) = records._read_group(Domain(card.domain), [], [card.measure])
        return value or None

    @api.model
    def _read_chart(self, chart):
        """Return ``[{"key", "label", "value"}]`` from one grouping."""
        # days are the reader's, also for calls that bring no time zone along
        records = self.env[chart.model].with_context(tz=self.env.user.tz)
        rows = records._read_group(
            self._get_chart_domain(chart), [chart.groupby], [chart.measure]
        )
        if chart.days:
            by_day = {self._as_day(key): value for key, value in rows}
            return [
                {
                    "key": str(day),
                    "label": f"{day.month}/{day.day}",
                    "value": by_day.get(day) or 0,
                }
                for day in self._get_days(chart)
            ]
        points = [self._make_point(chart, key, value) for key, value in rows]
        return sorted(points, key=lambda point: -point["value"])[:MAX_POINTS]

    @api.model
    def _make_point(self, chart, key, value):
        field = self.env[chart.model]._fields[chart.groupby]
        if isinstance(key, models.BaseModel):
            label = key.sudo().display_name  # a name, as in any list
            key = key.id
        elif field.type == "selection":
            label = dict(field._description_selection(self.env)).get(key)
        else:
            label = str(key) if key else ""
        return {"key": key, "label": label or "—", "value": value or 0}

    @api.model
    def _get_action(self, item, key=None):
        """Return the window action that shows the records behind a figure."""
        domain = Domain(item.domain)
        if isinstance(item, HomeChart):
            domain = self._get_chart_domain(item, key)
        if item.action:
            action = self.env["ir.actions.act_window"]._for_xml_id(item.action)
        else:
            action = {
                "type": "ir.actions.act_window",
                "res_model": item.model,
                "views": [[False, "list"], [False, "form"]],
            }
        return {
            **action,
            "name": item.title,
            "display_name": item.title,
            "domain": list(domain),
            "context": {"create": False},
            "target": "current",
        }

    # === DAYS === #

    @api.model
    def _get_days(self, chart):
        return last_days(fields.Date.context_today(self), chart.days)

    @api.model
    def _as_day(self, key):
        return key.date() if isinstance(key, datetime) else key

    @api.model
    def _get_chart_domain(self, chart, key=None):
        """Domain of a chart, or of one of its points."""
        domain = Domain(chart.domain)
        name = chart.groupby.partition(":")[0]
        if not chart.days:
            return domain if key is None else domain & Domain(name, "=", key)
        days = self._get_days(chart)
        first, last = days[0], days[-1]
        if key is not None:
            first = last = fields.Date.to_date(key)
        start, end = self._get_bounds(chart.model, name, first, last)
        return domain & Domain(name, ">=", start) & Domain(name, "<", end)

    @api.model
    def _get_bounds(self, model, name, first, last):
        """First moment of ``first`` and of the day after ``last``, as stored."""
        end = last + timedelta(days=1)
        if self.env[model]._fields[name].type == "date":
            return first, end
        zone = pytz.timezone(self.env.user.tz or "UTC")
        return tuple(
            zone.localize(datetime.combine(day, time.min))
            .astimezone(pytz.utc)
            .replace(tzinfo=None)
            for day in (first, end)
        )
