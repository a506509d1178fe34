import random
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .ilms_case import IlmsCase


@tagged("post_install", "-at_install")
class TestIlmsOrders(IlmsCase):
    """IT-ILM-02: lock, confirm and release of orders through the outbox."""

    def test_order_to_shipped(self):
        """IT-POR-04, IT-WHS-04: lock after the commit, deduction at confirm."""
        order = self.order()
        self.assertEqual((order.state, order.ilms_state), ("submitted", "asking"))
        self.assertFalse(self.ilms.log(), "nothing may be sent before the commit")
        self.drain()
        self.assertEqual((order.state, order.ilms_state), ("locked", False))
        self.assertEqual(
            order.ilms_ref, self.ilms.dump()["orders"][order.name]["reference"]
        )
        self.pick_and_confirm(order)
        self.assertTrue(order.confirming)
        self.drain()
        self.assertEqual(order.state, "shipped")
        self.assertEqual(self.outlet.account_ids.balance, 9_000)
        self.assertSidesAgree()

    def test_cancelled_before_the_lock_was_sent(self):
        order = self.order()
        order.with_user(self.desk).action_cancel()
        self.drain()
        self.assertEqual(order.state, "cancelled")
        self.assertSidesAgree()

    def test_cancelled_after_the_lock(self):
        order = self.order()
        self.drain()
        order.with_user(self.desk).action_cancel()
        self.drain()
        self.assertEqual(order.state, "cancelled")
        self.assertSidesAgree()

    def test_rejections_say_why(self):
        """IT-DSK-03: rejected with ILMS's reason, nothing stays held."""
        cases = (
            ({"outlet": self.outlet.number, "closed": True}, "/sim/account", "closed"),
            ({"code": self.game.code, "onSale": False}, "/sim/game", "no longer sells"),
        )
        undo = (
            {"outlet": self.outlet.number, "closed": False},
            {"code": self.game.code, "onSale": True},
        )
        for (values, path, text), mended in zip(cases, undo, strict=True):
            self.ilms.admin("POST", path, values)
            order = self.order()
            self.drain()
            self.assertEqual(order.state, "rejected")
            self.assertIn(text, order.reason)
            self.assertFalse(order.holding)
            self.ilms.admin("POST", path, mended)
        self.assertBooksAgree()

    def test_short_at_lock_refreshes_the_balance(self):
        """The mirror was too optimistic: ILMS refuses and our figure is put right."""
        self.ilms.admin(
            "POST", "/sim/account", {"outlet": self.outlet.number, "instant": -950_000}
        )
        order = self.order()
        self.drain()
        self.assertEqual(order.state, "rejected")
        self.assertIn("short of ¥500.00", order.reason)
        self.assertIn("transfer between the accounts", order.reason)
        self.assertEqual(self.outlet.account_ids.balance, 500)
        self.assertBooksAgree()

    def test_short_stock_names_the_game(self):
        self.ilms.admin("POST", "/sim/reset", {})
        self.ilms.seed(
            games=[self._game_row(self.game)],
            accounts=[{"outlet": self.outlet.number, "instant": 1_000_000}],
            packs=[{"game": self.game.code, "warehouse": "NW", "first": 1, "count": 1}],
        )
        order = self.order()
        self.drain()
        self.assertEqual(order.state, "rejected")
        self.assertIn(f"{self.game.name}: 1", order.reason)

    def test_refused_confirm_keeps_the_goods(self):
        """IT-WHS-04: exception, goods stay, the desk is told to top up; then it ships."""
        order = self.order()
        self.drain()
        self.pick_and_confirm(order)
        number = self.outlet.number
        self.ilms.admin(
            "POST",
            "/sim/account",
            {"outlet": number, "instant": -950_000, "payment": -500_000},
        )
        self.drain()
        self.assertEqual(order.state, "exception")
        self.assertIn("top up", order.reason)
        self.assertFalse(order.shipped_at)
        self.assertTrue(order.holding)
        self.ilms.admin("POST", "/sim/account", {"outlet": number, "instant": 950_000})
        order.with_user(self.desk).action_resolve()
        order.with_user(self.keeper).scan_station_confirm()
        self.drain()
        self.assertEqual(order.state, "shipped")
        self.outlet._ask_ilms_balance()
        self.drain()
        self.assertSidesAgree()

    def test_reason_in_the_owners_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.order().owner_id.lang = "zh_CN"
        texts = {}

        def explain(channel, answer):
            texts["lang"] = channel.env.lang
            return "x"

        self.ilms.admin(
            "POST", "/sim/account", {"outlet": self.outlet.number, "closed": True}
        )
        cls = type(self.env["lottery.outbox.channel.ilms"])
        with patch.object(cls, "_explain_code", explain):
            self.drain()
        self.assertEqual(texts["lang"], "zh_CN")

    def test_loss_is_reported(self):
        """IT-DLV-06, IT-ILM-02: packs lost here are lost at ILMS."""
        self.packs[:2]._move_to(
            "damaged", reason="wet", evidence={"attachment_ids": [1]}
        )
        self.drain()
        (stock,) = self.ilms.dump()["stock"]
        self.assertEqual(stock["on_hand"], 38)

    def test_secrets_stay_out_of_the_log(self):
        """IT-ILM-02: the attempt log holds what was said, never a secret."""
        self.order()
        self.drain()
        attempts = self.env["lottery.outbox.attempt"].search([])
        text = str(attempts.read()) + str(self.outbox.search([]).read())
        self.assertIn(self.outlet.number, text)
        for name in ("APP_SECRET", "SIGN_SECRET"):
            self.assertNotIn(self.ilms.environ[f"LOTTERY_ILMS_{name}"], text)


@tagged("post_install", "-at_install")
class TestIlmsFaults(IlmsCase):
    """IT-ILM-03: each fault heals; both sides agree to the fen and to the pack."""

    def assertHeals(self, kind, **rule):
        """The fault strikes each of lock, confirm and release once."""
        first, second = self.order(2), self.order(3)
        self.ilms.faults({"kind": kind, "api": "order.lock", "count": 2, **rule})
        self.drain()
        self.ilms.wait()
        self.assertEqual({first.state, second.state}, {"locked"})
        self.pick_and_confirm(first)
        second.with_user(self.desk).action_cancel()
        self.ilms.faults(
            {"kind": kind, "api": "order.confirm", "count": 1, **rule},
            {"kind": kind, "api": "order.release", "count": 1, **rule},
        )
        self.drain()
        self.ilms.wait()
        self.assertEqual((first.state, second.state), ("shipped", "cancelled"))
        self.assertSidesAgree()
        struck = [row for row in self.ilms.log() if kind in row["faults"]]
        self.assertEqual(len(struck), 4)

    def test_drop_before(self):
        self.assertHeals("drop_before")

    def test_drop_after(self):
        self.assertHeals("drop_after")

    def test_error_500(self):
        self.assertHeals("error_500")

    def test_delay(self):
        """Longer than our time-out: ILMS does it after we gave up."""
        self.assertHeals("delay", ms=900)

    def test_duplicate(self):
        self.assertHeals("duplicate")

    def test_reorder(self):
        self.assertHeals("reorder", ms=200)

    def test_bad_signature(self):
        self.assertHeals("bad_signature")

    def test_tamper(self):
        self.assertHeals("tamper")

    def test_truncate(self):
        self.assertHeals("truncate")

    def test_wrong_request_id(self):
        self.assertHeals("wrong_request_id")

    def test_restart_before(self):
        self.assertHeals("restart_before")

    def test_restart_after(self):
        self.assertHeals("restart_after")

    def test_mixture(self):
        """IT-BEN-06: 30 % of the calls meet a fault, 15 orders, some cancelled."""
        kinds = (
            "drop_before drop_after error_500 bad_signature tamper truncate "
            "wrong_request_id duplicate restart_before restart_after"
        ).split()
        self.ilms.faults(
            *({"kind": kind, "probability": 0.035} for kind in kinds), seed=20260501
        )
        dice = random.Random(7)
        orders = [self.order(dice.randint(1, 2)) for _number in range(15)]
        for order in orders[::5]:
            order.with_user(self.desk).action_cancel()
        self.drain()
        for order in orders:
            if order.state == "locked" and dice.random() < 0.7:
                self.pick_and_confirm(order)
            elif order.state == "locked":
                order.with_user(self.desk).action_cancel()
        self.drain()
        self.ilms.heal()
        self.items("lock", "parked").action_retry()
        self.drain()
        states = {order.state for order in orders}
        self.assertEqual(states, {"shipped", "cancelled"})
        self.assertSidesAgree()
        faulty = [row for row in self.ilms.log(1000) if row["faults"]]
        self.assertGreater(len(faulty), 5)

    def test_our_worker_dies_before_applying(self):
        """ILMS did it, we crashed: the repeat gets the first answer, applied once."""
        order = self.order()
        cls = type(self.env["instant.order"])
        with patch.object(cls, "_set_locked", side_effect=RuntimeError("killed")):
            self._let_time_pass()
            with self.assertLogs("odoo.addons.lottery_outbox", "ERROR"):
                self.outbox._drain("ilms", limit=1)
        self.env.invalidate_all()
        self.assertEqual(order.state, "submitted")
        self.drain()
        self.assertEqual(order.state, "locked")
        self.assertEqual([row["attempt"] for row in self.ilms.log()], [2, 1])
        self.assertSidesAgree()


@tagged("post_install", "-at_install")
class TestIlmsAway(IlmsCase):
    """IT-POR-04: while ILMS is down orders wait and say so."""

    def test_orders_wait_and_say_so(self):
        self.ilms.stop()
        self.addCleanup(self.ilms.start)
        orders = [self.order() for _number in range(6)]
        self._let_time_pass()
        self.outbox._drain("ilms")
        self.env.invalidate_all()
        self.assertEqual({order.state for order in orders}, {"submitted"})
        self.assertEqual({order.ilms_state for order in orders}, {"down"})
        circuit = self.env["lottery.outbox.circuit"].search([("channel", "=", "ilms")])
        self.assertEqual(circuit.state, "open")
        check = self.env["lottery.health"]._health_checks()["ilms"]
        self.assertEqual((check["ok"], check["link"]), (True, "down"))
        self.ilms.start()
        self.ilms.wait()
        self.drain()
        self.assertEqual({order.state for order in orders}, {"locked"})
        self.assertEqual({order.ilms_state for order in orders}, {False})
        check = self.env["lottery.health"]._health_checks()["ilms"]
        self.assertEqual(check["link"], "up")
        self.assertSidesAgree()

    def test_parked_call_is_repeated_by_hand(self):
        """After the last try a person retries; the very same request goes out."""
        order = self.order()
        self.ilms.faults({"kind": "drop_after", "api": "order.lock"})
        self.drain(tries=15)
        self.assertEqual(order.ilms_state, "parked")
        self.assertEqual(order.state, "submitted")
        self.ilms.heal()
        self.items("lock", "parked").action_retry()
        self.drain()
        self.assertEqual(order.state, "locked")
        self.assertEqual(len({row["request_id"] for row in self.ilms.log()}), 1)
        self.assertSidesAgree()

    def test_asking_ilms_mends_a_parked_lock(self):
        """The desk asks; what the lost answer would have done is done."""
        order = self.order()
        self.ilms.faults({"kind": "drop_after", "api": "order.lock"})
        self.drain(tries=15)
        order.with_user(self.desk).action_ask_ilms()
        self.drain()
        self.assertEqual(order.state, "locked")
        self.assertEqual(self.items("lock").state, "cancelled")
        self.assertSidesAgree()

    def test_asking_ilms_mends_a_parked_confirm(self):
        order = self.order()
        self.drain()
        self.pick_and_confirm(order)
        self.ilms.faults({"kind": "truncate", "api": "order.confirm"})
        self.drain(tries=15)
        self.assertEqual((order.state, order.ilms_state), ("picking", "parked"))
        order.with_user(self.desk).action_ask_ilms()
        self.drain()
        self.assertEqual(order.state, "shipped")
        self.assertSidesAgree()

    def test_asking_about_a_lock_that_never_arrived(self):
        order = self.order()
        self.ilms.faults({"kind": "drop_before", "api": "order.lock"})
        self.drain(tries=15)
        self.ilms.heal()
        order.with_user(self.desk).action_ask_ilms()
        self.drain()
        self.assertEqual(order.state, "locked")
        self.assertSidesAgree()

    def test_an_answer_older_than_the_order_is_not_applied(self):
        """ILMS said "unknown" before the lock came through: the order is not stopped."""
        order = self.order()
        self.drain()
        seen = {"state": "submitted", "confirming": False}
        order._apply_ilms_status({"code": "OK", "state": "unknown", "_context": seen})
        self.assertEqual(order.state, "locked")
        self.assertEqual(len(self.items("status", "pending")), 1)
        self.drain()
        self.assertEqual(order.state, "locked")

    def test_giving_up_a_lock_frees_both_sides(self):
        """Cancelling the parked call rejects the order and releases at ILMS."""
        order = self.order()
        self.ilms.faults({"kind": "drop_after", "api": "order.lock"})
        self.drain(tries=15)
        self.items("lock", "parked").action_cancel()
        self.drain()
        self.assertEqual(order.state, "rejected")
        self.assertSidesAgree()

    def test_wrong_secret_waits(self):
        """A configuration fault costs no order: calls wait until it is mended."""
        order = self.order()
        with patch.dict("os.environ", {"LOTTERY_ILMS_SIGN_SECRET": "ab" * 32}):
            self.drain(tries=3)
        self.assertEqual(order.state, "submitted")
        self.assertIn("401", self.items("lock").error)
        self.drain()
        self.assertEqual(order.state, "locked")

    def test_unset_link(self):
        with patch.dict("os.environ", {"LOTTERY_ILMS_APP_SECRET": ""}):
            check = self.env["lottery.health"]._health_checks()["ilms"]
            order = self.order()
            self.drain(tries=2)
        self.assertEqual(check["link"], "unset")
        self.assertIn("LOTTERY_ILMS_APP_SECRET", check["detail"])
        self.assertIn("LOTTERY_ILMS_APP_SECRET", self.items("lock").error)
        self.assertEqual(order.state, "submitted")

    def test_only_the_desk_asks(self):
        order = self.order()
        self.drain()
        for user in (self.head, self.desk_south):
            with self.assertRaises(AccessError):
                order.with_user(user).action_ask_ilms()
        draft = self.env["instant.order"].create({"outlet_id": self.outlet.id})
        with self.assertRaises(UserError):
            draft.with_user(self.desk).action_ask_ilms()
