"""Orders, delivery and stock on the home page (PF-WRK-03)."""

from odoo.tests import tagged

from odoo.addons.lottery_workbench.tests.common import WebClientMixin

from .common import TicketHttpCase


@tagged("post_install", "-at_install")
class TestHomeCards(WebClientMixin, TicketHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = cls._create_user("t_leader", cls.centre, "centre_leader")
        cls.waiting = cls._ready_order(packs=2)
        cls._top_up(cls.outlet, 5_000)
        cls.late = cls._lock(cls._place(cls.outlet, {cls.game: 1}))
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE instant_order SET deadline = now() AT TIME ZONE 'UTC' "
            "- interval '1 hour' WHERE id = %s",
            [cls.late.id],
        )
        cls.env.invalidate_all()

    def _figures(self, user):
        page = self.rpc("lottery.home", "get_page", user=user)
        return {card["code"]: card["value"] for card in page["cards"]}, page

    def test_figures_of_the_desk(self):
        """PF-WRK-03: waiting, overdue, ordered today; each opens its orders."""
        figures, page = self._figures(self.desk)
        self.assertEqual(figures["instant_ticket.to_pick"], 2)
        self.assertEqual(figures["instant_ticket.in_delivery"], 0)
        self.assertEqual(figures["instant_ticket.overdue"], 1)
        self.assertEqual(
            figures["instant_ticket.ordered_today"],
            self.waiting.amount + self.late.amount,
        )
        action = self.rpc(
            "lottery.home", "open_item", "instant_ticket.overdue", user=self.desk
        )
        self.assertEqual(action["domain"], [["sla_state", "=", "overdue"]])
        found = self.rpc(
            action["res_model"],
            "web_search_read",
            user=self.desk,
            domain=action["domain"],
            specification={"id": {}},
        )
        self.assertEqual([row["id"] for row in found["records"]], self.late.ids)
        charts = {chart["code"]: chart["points"] for chart in page["charts"]}
        days = charts["instant_ticket.orders_by_day"]
        self.assertEqual((len(days), days[-1]["value"]), (30, 2))

    def test_each_role_has_its_own(self):
        """PF-WRK-03, PF-SEC-02: by role, and of the own units only."""
        keeper, _page = self._figures(self.keeper)
        self.assertIn("instant_ticket.sold_out", keeper)
        self.assertNotIn("instant_ticket.ordered_today", keeper)
        south, _page = self._figures(self.desk_south)
        self.assertEqual(south["instant_ticket.to_pick"], 0)
        self.assertIsNone(south["instant_ticket.ordered_today"])
        leader, page = self._figures(self.leader)
        self.assertGreaterEqual(leader["instant_ticket.to_pick"], 2)
        codes = [chart["code"] for chart in page["charts"]]
        self.assertIn("instant_ticket.amount_by_unit", codes)
        self.assertIn("outlet_channel.by_state", codes)

    def test_layouts_name_what_there_is(self):
        """PF-WRK-03: no default layout names a figure that is not registered."""
        codes = dict(self.env["lottery.home.card"]._get_choices())
        lines = self.env["lottery.home.layout.line"].search([])
        self.assertFalse(set(lines.mapped("code")) - set(codes))
