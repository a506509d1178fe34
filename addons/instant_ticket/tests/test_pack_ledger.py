"""The pack ledger: one gate, evidence, history, search by label (IT-WHS-05)."""

from psycopg2.errors import RestrictViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TicketCase


@tagged("post_install", "-at_install")
class TestPackLedger(TicketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.packs = cls._stock(cls.game, cls.warehouse, 40)

    def _change(self, packs, state, user=None, **values):
        """The user's door: the wizard."""
        change = (
            self.env["instant.pack.change"]
            .with_user(user or self.keeper)
            .create({"pack_ids": [Command.set(packs.ids)], "state": state, **values})
        )
        return change.action_apply()

    def _attach(self, user):
        return (
            self.env["ir.attachment"]
            .with_user(user)
            .create({"name": "photo.png", "raw": b"\x89PNG"})
        )

    def test_written_by_the_ledger_only(self):
        """IT-WHS-05: no door but the steps changes a pack or its history."""
        pack = self.packs[0]
        with self.assertRaises(UserError):
            pack.write({"state": "picked"})
        with self.assertRaises(UserError):
            self.env["instant.pack"].create({"game_id": self.game.id, "serial": 9})
        with self.assertRaises(UserError):
            pack.unlink()
        with self.assertRaises(UserError):
            pack.event_ids[0].write({"reason": "forged"})
        with self.assertRaises(AccessError):
            pack.with_user(self.keeper).event_ids[0].unlink()

    def test_history_refuses_sql(self):
        """IT-WHS-05: the database itself keeps a pack's history."""
        event = self.packs[0].event_ids[0]
        for query in (
            "UPDATE instant_pack_event SET reason = 'forged' WHERE id = %s",
            "DELETE FROM instant_pack_event WHERE id = %s",
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(RestrictViolation),
                self.cr.savepoint(),
            ):
                self.cr.execute(query, [event.id])

    def test_life_from_the_label(self):
        """IT-WHS-05: a pack's whole life can be read from its serial."""
        self._top_up(self.outlet, 5000)
        order = self._lock(self._place(self.outlet, {self.game: 1}))
        packs = self._ship(order)
        order._set_delivered({})
        order._confirm_receipt()
        found = (
            self.env["instant.pack"]
            .with_user(self.keeper)
            .search([("code", "=", packs.code)])
        )
        self.assertEqual(found, packs)
        self.assertEqual(
            found.event_ids.mapped("to_state"),
            ["expected", "available", "picked", "in_transit", "confirmed"],
        )
        self.assertEqual(found.event_ids[-1].order_id, order)
        self.assertEqual(
            self.env["instant.pack"]
            .with_user(self.keeper)
            .name_search(packs.code)[0][0],
            packs.id,
        )

    def test_lost_pack_leaves_the_stock(self):
        """IT-WHS-05: quants, counters and ledger agree after a loss and a find."""
        lost = self.packs[:2]
        self._change(lost, "missing", reason="Not on the shelf")
        self.assertPacks(lost, "missing")
        counter = self.env["instant.availability"].search(
            [("warehouse_id", "=", self.warehouse.id), ("game_id", "=", self.game.id)]
        )
        self.assertEqual(counter.on_hand, 38)
        self.assertBooksAgree()
        self._change(lost[0], "available", reason="Found behind the shelf")
        counter.invalidate_recordset()
        self.assertEqual(counter.on_hand, 39)
        self.assertEqual(lost[0].location_id, self.warehouse.lot_stock_id)
        self.assertBooksAgree()
        self.assertEqual(lost.carton_id.state, "broken")

    def test_evidence_is_needed(self):
        """IT-WHS-05: a transition names which evidence it needs."""
        pack = self.packs[0]
        with self.assertUserError("reason"):
            self._change(pack, "missing")
        with self.assertUserError("photo"):
            self._change(pack, "damaged", reason="Wet")
        with self.assertUserError("police"):
            self._change(pack, "stolen", user=self.head, reason="Break-in")
        self.assertPacks(pack, "available")
        photo = self._attach(self.keeper)
        self._change(
            pack, "damaged", reason="Wet", attachment_ids=[Command.set(photo.ids)]
        )
        self.assertPacks(pack, "damaged")
        self.assertEqual(pack.event_ids[-1].evidence["attachment_ids"], photo.ids)
        self.assertBooksAgree()

    def test_evidence_stays(self):
        """IT-WHS-05: evidence is kept with the pack; foreign files are none."""
        pack, photo = self.packs[0], self._attach(self.keeper)
        self._change(
            pack, "damaged", reason="Wet", attachment_ids=[Command.set(photo.ids)]
        )
        self.assertEqual((photo.res_model, photo.res_id), ("instant.pack", pack.id))
        with self.assertRaises(AccessError):
            photo.with_user(self.keeper).unlink()
        foreign = self._attach(self.keeper_south)
        with self.assertRaises(AccessError):
            self.packs[1].with_user(self.keeper).action_change(
                "damaged", reason="Wet", evidence={"attachment_ids": foreign.ids}
            )
        for nonsense in ("x", [1], {"attachment_ids": ["a"]}, {"reference": []}):
            with self.assertRaises(UserError):
                self.packs[1].with_user(self.keeper).action_change(
                    "damaged", reason="Wet", evidence=nonsense
                )
        self.assertPacks(self.packs[1], "available")

    def test_who_may(self):
        """IT-WHS-05: a transition names who may do it."""
        pack = self.packs[0]
        with self.assertUserError("may not"):
            pack.with_user(self.keeper).action_change(
                "stolen", reason="Break-in", evidence={"reference": "P-1"}
            )
        with self.assertUserError("may not"):
            pack.with_user(self.desk).action_change("missing", reason="Gone")
        with self.assertRaises(UserError):
            pack.with_user(self.head).action_change("settled", reason="No way")
        self.assertPacks(pack, "available")

    def test_stolen_ticket_range(self):
        """IT-WHS-05: stolen may be a range of tickets of one pack."""
        pack = self.packs[0]
        values = {"reason": "Break-in", "reference": "P-2026-17"}
        with self.assertRaises(UserError):
            self._change(
                self.packs[:2],
                "stolen",
                self.head,
                ticket_from=1,
                ticket_to=9,
                **values,
            )
        with self.assertRaises(UserError):
            self._change(
                pack, "stolen", self.head, ticket_from=1, ticket_to=100, **values
            )
        self._change(pack, "stolen", self.head, ticket_from=10, ticket_to=40, **values)
        event = pack.event_ids[-1]
        self.assertEqual(event.evidence["ticket_from"], 10)
        self.assertIn("P-2026-17", event.evidence_text)
        self.assertBooksAgree()

    def test_promised_packs_stay(self):
        """IT-WHS-05: packs promised to orders cannot be written off behind them."""
        self._top_up(self.outlet, 40 * 500)
        order = self._place(self.outlet, {self.game: 39})
        with self.assertUserError(order.name):
            self._change(self.packs[:2], "missing", reason="Gone")
        self._change(self.packs[0], "missing", reason="Gone")
        self.assertBooksAgree()

    def test_no_activation_before_the_whole_parcel(self):
        """IT-WHS-05: no activation before the outlet confirmed the whole parcel."""
        self._top_up(self.outlet, 2000)
        order = self._lock(self._place(self.outlet, {self.game: 2}))
        packs = self._ship(order)
        with self.assertRaises(UserError):
            packs._move_to("activated")
        with self.assertUserError(order.name):
            packs[0]._move_to("confirmed")
        packs._move_to("confirmed")
        packs[0]._move_to("activated")
        self.assertEqual(packs.mapped("state"), ["activated", "confirmed"])

    def test_return_to_stock(self):
        """IT-WHS-05: announced, returned, checked, for sale again."""
        self._top_up(self.outlet, 2000)
        order = self._lock(self._place(self.outlet, {self.game: 2}))
        pack = self._ship(order)[0]
        pack.with_user(self.desk).action_change("return_pending", reason="Game ends")
        pack.with_user(self.keeper).action_change("returned")
        self.assertBooksAgree()
        pack.with_user(self.keeper).action_change("available")
        self.assertPacks(pack, "available")
        self.assertFalse(pack.order_id)
        self.assertEqual(pack.location_id, self.warehouse.lot_stock_id)
        counter = self.env["instant.availability"].search(
            [("warehouse_id", "=", self.warehouse.id), ("game_id", "=", self.game.id)]
        )
        self.assertEqual(counter.on_hand, 39)

    def test_neighbour_sees_nothing(self):
        """PF-SEC-02: a keeper of another prefecture neither reads nor changes packs."""
        packs = self.env["instant.pack"].with_user(self.keeper_south)
        self.assertFalse(packs.search([("game_id", "=", self.game.id)]))
        with self.assertRaises(AccessError):
            packs.browse(self.packs[0].id).action_change("missing", reason="Gone")
        with self.assertRaises(AccessError):
            packs.browse(self.packs[0].id).read(["state"])
        self.assertFalse(
            self.env["instant.pack.event"]
            .with_user(self.keeper_south)
            .search_count([("pack_id", "in", self.packs.ids)])
        )

    def test_states_are_data(self):
        """IT-WHS-05: states and their names are records, in the user's language."""
        state = self.env.ref("instant_ticket.instant_pack_state_available")
        state.name = "Free"
        labels = dict(self.packs.fields_get(["state"])["state"]["selection"])
        self.assertEqual(labels["available"], "Free")
        with self.assertRaises(UserError):
            state.unlink()
        with self.assertRaises(UserError):
            state.in_stock = False
