import json
import re

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .portal_common import PortalCase


@tagged("post_install", "-at_install", "security")
class TestPortalSecurity(PortalCase):
    """PF-SEC-04: an owner reaches the own outlet's documents by no door but its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls._lock(cls._place(cls.outlet_south, {cls.game: 2}))
        cls._ship(cls.foreign, cls.keeper_south)

    def test_ids_of_another_outlet_answer_like_ids_that_never_were(self):
        for path in ("", "/state"):
            strange = self._get(
                f"/my/tickets/orders/{self.foreign.id}{path}", status=404
            )
            missing = self._get(f"/my/tickets/orders/99999999{path}", status=404)
            self.assertEqual(strange.text, missing.text)
            self.assertNotIn(self.foreign.name, strange.text)

    def _walk_routes(self):
        http = self.env["ir.http"]
        return http._generate_routing_rules(
            sorted(self.registry._init_modules), converters=http._get_converters()
        )

    def test_every_other_page_that_takes_an_id(self):
        """PF-SEC-04: change requests, messages, exports, imports and comparisons of
        others; a route of the suite that is not listed here fails."""
        other = self.outlet_south.user_id
        asked = (
            self.env["lottery.change.request"]
            .with_user(other)
            .sudo()
            .create(
                {
                    "model": "lottery.outlet",
                    "res_id": self.outlet_south.id,
                    "reason": "secret wish",
                }
            )
        )
        told = self.env["lottery.notification"]._notify(
            "instant.order_refused",
            other,
            record=self.foreign,
            values={"reason": "secret reason"},
        )
        ids = {
            "request_id": asked.id,
            "notice_id": told.id,
            "job_id": 1,
            "wizard_id": 1,
            "run_id": 1,
            "model": "lottery.outlet.import",
            "key": "x",
        }
        tried = set()
        for rule, _endpoint in self._walk_routes():
            if not rule.startswith(("/my/outlet", "/my/notices", "/lottery/")):
                continue
            names = set(re.findall(r"<\w+:(\w+)>", rule))
            if not names:
                continue
            self.assertLessEqual(names, ids.keys(), rule)
            path = re.sub(r"<\w+:(\w+)>", lambda match: str(ids[match[1]]), rule)
            with mute_logger("odoo.http", "odoo.addons.base.models.ir_model"):
                for answer in (
                    self.url_open(path, allow_redirects=False),
                    self._post(path),
                ):
                    self.assertIn(answer.status_code, (400, 403, 404, 405), path)
                    self.assertNotIn("secret", answer.text, path)
            tried.add(rule)
        self.assertLessEqual(
            {
                "/my/outlet/change/<int:request_id>/withdraw",
                "/my/notices/<int:notice_id>/open",
                "/lottery/export/job/<int:job_id>",
            },
            tried,
        )
        told.invalidate_recordset()
        self.assertEqual(told.state, "sent")

    def test_every_route_that_takes_an_id(self):
        """PF-SEC-04: walks the routing map, so that a new page cannot be forgotten."""
        tried = set()
        for rule, _endpoint in self._walk_routes():
            names = set(re.findall(r"<\w+:(\w+)>", rule))
            if not rule.startswith("/my/tickets") or not names:
                continue
            self.assertLessEqual(names, {"order_id", "game_id", "size"}, rule)
            if "order_id" not in names:
                continue  # games are every owner's
            path = rule.replace("<int:order_id>", str(self.foreign.id))
            self.assertNotIn("<", path)
            answers = [self.url_open(path, allow_redirects=False), self._post(path)]
            for answer in answers:
                self.assertIn(answer.status_code, (400, 404, 405), path)
                for secret in (
                    self.foreign.name,
                    self.foreign.pickup_code,
                    self.outlet_south.number,
                ):
                    self.assertNotIn(secret, answer.text, path)
            tried.add(path.rsplit("/", 1)[-1])
        self.assertLessEqual({"state", "cancel", "receive", "claim"}, tried)
        self.foreign.invalidate_recordset()
        self.assertEqual(self.foreign.state, "shipped")

    def test_ids_and_keys_beside_the_path(self):
        """PF-SEC-04: repeating and finding an order of another outlet finds nothing."""
        page = self._page(f"/my/tickets/cart?repeat={self.foreign.id}")
        own = self._place(self.outlet, {self.game: 3})
        own_page = self._page(f"/my/tickets/cart?repeat={own.id}")
        repeated = [p.xpath("//@data-repeat") for p in (page, own_page)]
        self.assertEqual(repeated, [["{}"], [json.dumps({str(self.game.id): 3})]])
        answer = self._call("/my/tickets/order/find", key=self.foreign.key)
        self.assertEqual(answer["result"], {"found": False})
        answer = self._call("/my/tickets/order/find", key=own.key)
        self.assertTrue(answer["result"]["found"])

    def test_actions_on_another_outlet(self):
        for action in ("cancel", "receive", "claim"):
            response = self._post(
                f"/my/tickets/orders/{self.foreign.id}/{action}",
                kind="short",
                packs="1",
            )
            self.assertEqual(response.status_code, 404, action)
        self.foreign.invalidate_recordset()
        self.assertEqual(self.foreign.state, "shipped")
        self.assertFalse(self.env["instant.order.claim"].search([]))

    def test_drafts_of_the_desk_are_not_the_owners(self):
        draft = self.env["instant.order"].create({"outlet_id": self.outlet.id})
        self._get(f"/my/tickets/orders/{draft.id}", status=404)

    def test_order_for_an_outlet_that_is_not_mine(self):
        answer = self._submit({self.game: 1}, outlet=self.outlet_south)
        self.assertEqual(answer["code"], "outlet_changed")
        self.assertEqual(self.env["instant.order"].search_count([]), 1)

    def test_models_over_rpc(self):
        """Rules hold for the owner's own calls to the ORM."""
        user = self.outlet.user_id
        own = self._place(self.outlet, {self.game: 1})
        orders = self.env["instant.order"].with_user(user)
        self.assertEqual(orders.search([]), own)
        for model, domain in (
            ("instant.order", [("outlet_id", "=", self.outlet_south.id)]),
            ("instant.order.line", [("order_id", "=", self.foreign.id)]),
            ("instant.order.event", [("order_id", "=", self.foreign.id)]),
            ("instant.account", [("outlet_id", "=", self.outlet_south.id)]),
            ("instant.account.move", [("outlet_id", "=", self.outlet_south.id)]),
        ):
            self.assertFalse(self.env[model].with_user(user).search(domain), model)
            self.assertTrue(self.env[model].sudo().search(domain), model)
        with self.assertRaises(AccessError):
            self.foreign.with_user(user).read(["pickup_code"])
        for verb in ("action_cancel", "action_confirm_receipt"):
            with self.assertRaises(AccessError):
                getattr(self.foreign.with_user(user), verb)()
        with self.assertRaises(AccessError):
            orders.place_order(
                self.outlet.id, [{"game": "TA01", "packs": 1}], "p-0123456789abcdef"
            )
        with self.assertRaises(AccessError):
            own.with_user(user).write({"note": "x"})
        with self.assertRaises(AccessError):
            self.env["instant.availability"].with_user(user).search([])
        with self.assertRaises(AccessError):
            self.env["instant.pack"].with_user(user).search([])

    def test_reader_is_no_rpc_door(self):
        answer = self._call(
            "/web/dataset/call_kw/instant.portal/_read_shop",
            model="instant.portal",
            method="_read_shop",
            args=[self.outlet_south.id],
            kwargs={},
        )
        self.assertIn("error", answer)

    @mute_logger("odoo.http")
    def test_forms_want_the_csrf_token(self):
        order = self._place(self.outlet, {self.game: 1})
        for token in ({"change": "1"}, {"csrf_token": "0" * 40 + "o9999999999"}):
            response = self._post(
                f"/my/tickets/orders/{order.id}/cancel", token=False, **token
            )
            self.assertEqual(response.status_code, 400)
        order.invalidate_recordset()
        self.assertEqual(order.state, "submitted")

    @mute_logger("odoo.http")
    def test_orders_are_taken_as_json_only(self):
        """A page elsewhere can post a form, not JSON with our cookie."""
        body = json.dumps(
            {
                "params": {
                    "outlet": self.outlet.id,
                    "key": "p-0123456789abcdef",
                    "lines": [{"game": self.game.id, "packs": 1}],
                }
            }
        )
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            response = self.url_open(
                "/my/tickets/order", data=body, headers={"Content-Type": kind}
            )
            self.assertIn(response.status_code, (400, 415))
        self.assertFalse(
            self.env["instant.order"].search(
                [("key", "!=", False), ("outlet_id", "=", self.outlet.id)]
            )
        )

    def test_get_never_changes_anything(self):
        order = self._place(self.outlet, {self.game: 1})
        for action in ("cancel", "receive", "claim"):
            response = self.url_open(
                f"/my/tickets/orders/{order.id}/{action}", allow_redirects=False
            )
            self.assertGreaterEqual(response.status_code, 400)
        order.invalidate_recordset()
        self.assertEqual(order.state, "submitted")

    def test_pages_forbid_frames_and_foreign_scripts(self):
        headers = self._get("/my/tickets").headers
        policy = headers["Content-Security-Policy"]
        self.assertIn("frame-ancestors 'none'", policy)
        self.assertNotIn("unsafe-inline", policy)
        self.assertIn("private", headers["Cache-Control"])

    def test_pictures(self):
        draft = self._create_game("TA09", state="draft")
        self._get(f"/my/tickets/image/{draft.id}/card", status=404)
        self._get(f"/my/tickets/image/{self.game.id}/huge", status=404)
        self.game.name = "<script>&\"'"
        drawn = self._get(f"/my/tickets/image/{self.game.id}/card?v=1")
        self.assertEqual(drawn.headers["Content-Type"], "image/svg+xml")
        self.assertIn("default-src 'none'", drawn.headers["Content-Security-Policy"])
        self.assertNotIn("<script", drawn.text)
        self.assertIn("immutable", drawn.headers["Cache-Control"])

    def test_closed_in_the_middle_of_a_session(self):
        """IT-POR-01: a closed outlet is gone at once, on pages and calls."""
        self.outlet.action_close("Contract ended")
        self.assertFalse(self.outlet.user_id.active)
        response = self.url_open("/my/tickets", allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/owner/login", response.headers["Location"])

    def test_switching_outlets_keeps_them_apart(self):
        """IT-POR-01: a number on several outlets works for one at a time."""
        second = self._create_outlet(self.north_county, owner=self.outlet.owner_id)
        self._top_up(second, 300)
        mine = self._place(self.outlet, {self.game: 1})
        response = self._get("/my/tickets", status=303)
        self.assertIn("/owner/outlet", response.headers["Location"])
        answer = self._call("/my/tickets/order", outlet=second.id)["result"]
        self.assertEqual(answer["code"], "no_outlet")
        self.url_open("/owner/outlet")
        self._choose(second)
        self.assertIn("¥300", self._page("/my/tickets").text_content())
        self._get(f"/my/tickets/orders/{mine.id}", status=404)
        self.assertEqual(self._submit({self.game: 1})["code"], "outlet_changed")
        self._choose(self.outlet)
        self._get(f"/my/tickets/orders/{mine.id}")

    def _choose(self, outlet):
        from lxml import html

        page = html.fromstring(self.url_open("/owner/outlet").content)
        token = page.xpath("//input[@name='csrf_token']/@value")[0]
        self.url_open(
            "/owner/outlet/use",
            data={"csrf_token": token, "outlet_id": outlet.id},
            allow_redirects=False,
        )


@tagged("post_install", "-at_install", "security")
class TestPortalStrangers(HttpCase):
    def test_pages_send_to_the_owners_login(self):
        """IT-POR-01: not logged in leads to the owners' login and back."""
        response = self.url_open("/my/tickets/cart?repeat=3", allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertTrue(
            response.headers["Location"].endswith(
                "/owner/login?redirect=%2Fmy%2Ftickets%2Fcart%3Frepeat%3D3"
            )
        )

    def test_calls_say_that_the_session_ended(self):
        response = self.url_open(
            "/my/tickets/order",
            data=json.dumps({"jsonrpc": "2.0", "params": {}}),
            headers={"Content-Type": "application/json"},
        )
        self.assertEqual(response.json()["error"]["code"], 100)

    def test_staff_without_an_outlet(self):
        self.authenticate("admin", "admin")
        response = self.url_open("/my/tickets", allow_redirects=False)
        self.assertEqual(response.status_code, 403)
        self.assertIn("/odoo", response.text)
