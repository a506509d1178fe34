"""The home page (PF-WRK-03): one call, the reader's rights, every figure opens."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Domain
from odoo.tests import new_test_user, tagged

from ..engine.home import HomeCard, HomeChart
from .common import WorkbenchCase

# preference, layouts and roles, menus, activities, events, announcements with their
# receipts; one for each figure and chart
BUDGET = 45


@tagged("post_install", "-at_install")
class TestHome(WorkbenchCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env.ref("lottery_workbench.lottery_consultation_kind_other")
        cls.tickets = cls.env["lottery.consultation"].create(
            [
                {
                    "subject": f"Ticket {number}",
                    "question": "?",
                    "kind_id": cls.kind.id,
                    "branch_id": branch.id,
                    "user_id": user.id,
                }
                for number, (branch, user) in enumerate(
                    [(cls.north, cls.desk)] * 3 + [(cls.south, cls.desk_south)]
                )
            ]
        )

    def _page(self, user):
        return self.rpc("lottery.home", "get_page", user=user)

    def _card(self, user, code):
        cards = {card["code"]: card for card in self._page(user)["cards"]}
        return cards.get(code)

    @contextmanager
    def _registered(self, *items):
        """Only these figures and charts are registered; no role has a layout."""
        registry = self.registry["lottery.home.card"]
        cards = [item for item in items if isinstance(item, HomeCard)]
        charts = [item for item in items if isinstance(item, HomeChart)]
        with (
            patch.object(registry, "_get_home_cards", lambda self: cards),
            patch.object(registry, "_get_home_charts", lambda self: charts),
            self._without_layouts(),
        ):
            yield

    def _without_layouts(self):
        """Everything registered is shown."""
        return patch.object(
            self.registry["lottery.home.layout"],
            "_get_default",
            lambda self, roles: ([], []),
        )

    def test_figures_open_their_records(self):
        """PF-WRK-03: the figure is what the list behind it shows."""
        code = "lottery_workbench.consultations"
        self.assertEqual(self._card(self.desk, code)["value"], 3)
        action = self.rpc("lottery.home", "open_item", code, user=self.desk)
        self.assertEqual(action["res_model"], "lottery.consultation")
        found = self.rpc(
            action["res_model"],
            "web_search_read",
            user=self.desk,
            domain=action["domain"],
            specification={"id": {}},
        )
        self.assertEqual(
            {row["id"] for row in found["records"]}, set(self.tickets[:3].ids)
        )

    def test_approvals(self):
        """PF-WRK-03, PF-APR-03: my to-do, what of it is late, what I started."""
        head = self._create_user("t_head", self.north, "branch_head", lang="en_US")
        self.env["lottery.approval.flow"].search([]).active = False
        self.env["lottery.approval.flow"].create(
            {
                "name": "Flow",
                "model_id": self.env["ir.model"]._get_id("lottery.change.request"),
                "level_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Head",
                            "company_id": False,
                            "review_type": "individual",
                            "approver_ids": head.ids,
                        },
                    )
                ],
            }
        )
        requests = self.env["lottery.change.request"].with_user(self.desk)
        runs = self.env["lottery.approval"]
        for number in ("020 1", "020 2"):
            unit = self.north.with_user(self.desk)
            runs |= requests._propose(unit, {"phone": number}, "moved").approval_id
        runs[0].overdue = True
        codes = ("approvals", "approvals_overdue", "approvals_started")
        for user, figures in (
            (head, (2, 1, 0)),
            (self.desk, (0, 0, 2)),
            (self.keeper, (0, 0, 0)),
        ):
            for code, figure in zip(codes, figures, strict=True):
                item = f"lottery_workbench.{code}"
                with self._without_layouts():
                    self.assertEqual(self._card(user, item)["value"], figure, item)
                action = self.rpc("lottery.home", "open_item", item, user=user)
                found = self.rpc(
                    action["res_model"], "search_count", action["domain"], user=user
                )
                self.assertEqual(found, figure)
        shown = [card["code"] for card in self._page(head)["cards"]]
        self.assertIn("lottery_workbench.approvals", shown)
        self.assertIn("lottery_workbench.approvals_overdue", shown)
        shown = [card["code"] for card in self._page(self.desk)["cards"]]
        self.assertIn("lottery_workbench.approvals_started", shown)

    def test_what_may_not_be_read_is_not_there(self):
        """PF-WRK-03, PF-SEC-01: no card, and no way round by its code."""
        code = "lottery_workbench.outbox_parked"
        self.assertIsNotNone(self._card(self.leader, code))
        self.assertIsNone(self._card(self.desk, code))
        self.assertRefused("lottery.home", "open_item", code, user=self.desk)
        with self._registered(
            HomeCard("test.users", "Rules", "ir.rule"),
            HomeCard("test.gone", "Gone", "no.such.model"),
        ):
            self.assertEqual(self._page(self.desk)["cards"], [])

    def test_isolation_holds_in_figures_and_charts(self):
        """PF-SEC-02: a sibling's records count for nobody else."""
        everything = Domain("id", "in", self.tickets.ids)
        with self._registered(
            HomeCard("test.all", "All", "lottery.consultation", everything),
            HomeChart(
                "test.units", "Units", "lottery.consultation", "branch_id", everything
            ),
        ):
            for user, count in ((self.desk, 3), (self.desk_south, 1), (self.leader, 4)):
                page = self._page(user)
                self.assertEqual(page["cards"][0]["value"], count)
                points = page["charts"][0]["points"]
                self.assertEqual(sum(point["value"] for point in points), count)

    def test_nothing_measured_is_no_zero(self):
        """PF-WRK-03: None becomes a dash; a count of zero is a count."""
        none = Domain("id", "=", 0)
        with self._registered(
            HomeCard(
                "test.sum",
                "Hours",
                "lottery.consultation",
                none,
                measure="answer_hours:avg",
            ),
            HomeCard("test.count", "Tickets", "lottery.consultation", none),
        ):
            values = [card["value"] for card in self._page(self.desk)["cards"]]
        self.assertEqual(values, [None, 0])

    def test_chart_by_day_fills_days_and_opens_one(self):
        """PF-WRK-03: a point's records are those of the day in the reader's time."""
        self.desk.tz = "Asia/Shanghai"
        today = fields.Date.context_today(self.desk.with_user(self.desk))
        late = fields.Datetime.to_datetime(today) - timedelta(hours=8, minutes=1)
        self.env.cr.execute(
            "UPDATE lottery_consultation SET create_date = %s WHERE id = %s",
            [late, self.tickets[0].id],
        )
        chart = HomeChart(
            "test.days",
            "Days",
            "lottery.consultation",
            "create_date:day",
            Domain("id", "in", self.tickets.ids),
            days=7,
        )
        with self._registered(chart):
            points = self._page(self.desk)["charts"][0]["points"]
            action = self.rpc(
                "lottery.home",
                "open_item",
                "test.days",
                user=self.desk,
                key=points[-2]["key"],
            )
        self.assertEqual([point["value"] for point in points], [0] * 5 + [1, 2])
        self.assertEqual(points[-2]["key"], str(today - timedelta(days=1)))
        found = self.env["lottery.consultation"].search(action["domain"])
        self.assertEqual(found, self.tickets[0])

    def test_arranged_by_the_user(self):
        """PF-WRK-03: hide, order, back to the role's; nobody else's page changes."""
        before = [card["code"] for card in self._page(self.desk)["cards"]]
        self.assertGreater(len(before), 2)
        items = [
            {"code": code, "shown": code != before[0]} for code in reversed(before)
        ] + [{"code": "no.such", "shown": True}]
        self.rpc("lottery.home", "set_items", items, user=self.desk)
        page = self._page(self.desk)
        self.assertEqual(
            [card["code"] for card in page["cards"]], list(reversed(before[1:]))
        )
        self.assertIn(before[0], [row["code"] for row in page["choices"]])
        other = [card["code"] for card in self._page(self.county_desk)["cards"]]
        self.assertEqual(other, before)
        preference = self.env["lottery.home.preference"].search(
            [("user_id", "=", self.desk.id)]
        )
        self.assertEqual(self.seen(preference._name, preference, self.keeper), [])
        self.rpc("lottery.home", "reset", user=self.desk)
        self.assertEqual([c["code"] for c in self._page(self.desk)["cards"]], before)

    def test_shortcuts_are_menus_one_may_open(self):
        """PF-WRK-03: chosen, ordered, stored; a menu out of reach is dropped."""
        own = self.env.ref("lottery_workbench.lottery_announcement_menu")
        other = self.env.ref("lottery_workbench.lottery_feedback_menu")
        closed = self.env.ref("lottery_workbench.lottery_home_layout_menu")
        self.rpc(
            "lottery.home", "set_menus", [other.id, closed.id, own.id], user=self.desk
        )
        self.assertEqual(self._page(self.desk)["menus"], [other.id, own.id])
        self.rpc("lottery.home", "set_menus", [], user=self.desk)
        self.assertEqual(self._page(self.desk)["menus"], [])

    def test_layout_of_the_role(self):
        """PF-WRK-03: set by an administrator, in use by those of the role in use."""
        admin = self._create_user("t_suite", self.centre, "admin", lang="en_US")
        layout = self.env.ref("lottery_workbench.lottery_home_layout_order_desk")
        own = self.env.ref("lottery_workbench.lottery_announcement_menu")
        code = "lottery_workbench.consultations"
        self.rpc(
            layout._name,
            "write",
            layout.ids,
            {
                "line_ids": [[5, 0, 0], [0, 0, {"code": code}]],
                "menu_ids": [[6, 0, own.ids]],
            },
            user=admin,
        )
        page = self._page(self.desk)
        self.assertEqual([card["code"] for card in page["cards"]], [code])
        self.assertEqual(page["menus"], own.ids)
        self.assertGreater(len(self._page(self.leader)["cards"]), 1)
        self.assertRefused(
            layout._name,
            "write",
            layout.ids,
            {"menu_ids": [[5, 0, 0]]},
            user=self.desk,
            name="AccessError",
        )
        keeper_role = self.env.ref("lottery_base.res_users_role_warehouse_keeper")
        both = self._create_user("t_both", self.north)
        both.role_line_ids = [
            (0, 0, {"role_id": role.id}) for role in self.desk_role | keeper_role
        ]
        self.assertEqual(both._get_home_roles(), self.desk_role | keeper_role)
        both.with_user(both).sudo()._switch_role(self.desk_role)
        self.assertEqual(both._get_home_roles(), self.desk_role)

    def test_today(self):
        """PF-WRK-01: today's calendar, to-dos, "remind me"; a sibling's stay away."""
        today = fields.Date.context_today(self.desk)
        self.rpc("lottery.home", "remind_me", "Call back", str(today), user=self.desk)
        self.assertRefused("lottery.home", "remind_me", " ", str(today), user=self.desk)
        self.assertRefused("lottery.home", "remind_me", "x", "soon", user=self.desk)
        event = (
            self.env["calendar.event"]
            .with_user(self.desk)
            .create(
                {
                    "name": "Weekly meeting",
                    "start": fields.Datetime.now(),
                    "stop": fields.Datetime.now(),
                    "partner_ids": self.desk.partner_id.ids,
                }
            )
        )
        page = self._page(self.desk)
        self.assertEqual([row["summary"] for row in page["activities"]], ["Call back"])
        self.assertEqual([row["name"] for row in page["events"]], ["Weekly meeting"])
        self.assertEqual(self.seen(event._name, event, self.keeper), event.ids)
        self.assertEqual(self.seen(event._name, event, self.desk_south), [])
        page = self._page(self.desk_south)
        self.assertFalse(page["activities"] or page["events"])

    def test_strangers_have_no_home(self):
        owner = new_test_user(
            self.env, "t_owner", "base.group_portal", password="t_owner-Passw0rd!"
        )
        self.assertRefused("lottery.home", "get_page", user=owner, name="AccessError")

    def test_budget(self):
        """PF-PERF-01: the queries of the page do not grow with the records."""
        user = self.leader

        def count():
            home = self.env["lottery.home"].with_user(user)
            self.env.invalidate_all()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            home.get_page()
            return self.env.cr.sql_log_count - before

        count()
        first = count()
        self.assertLessEqual(first, BUDGET)
        for number in range(40):
            self.tickets[0].copy({"subject": f"More {number}"})
            self.env["mail.activity"].create(
                {"summary": "x", "user_id": user.id, "date_deadline": "2026-01-01"}
            )
        self.assertLessEqual(count(), first + 2)

    def test_mistakes_of_addons_are_told(self):
        with self.assertRaisesRegex(ValueError, "test.a: tone pink"):
            HomeCard("test.a", "A", "res.users", tone="pink")
        with self.assertRaisesRegex(ValueError, "days belong"):
            HomeChart("test.b", "B", "res.users", "create_date:day")
        card = HomeCard("test.c", "C", "res.partner")
        with self._registered(card, card), self.assertRaisesRegex(ValueError, "twice"):
            self.env["lottery.home"].get_page()
