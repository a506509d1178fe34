import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import requests

from odoo.tests.common import tagged

from ..engine.ilms_client import IlmsMisused, IlmsUnreachable
from ..engine.ilms_protocol import REQUEST, Call, seal
from .ilms_common import SIMULATOR, SimulatorCase

LABELS = [f"8801-{serial:07d}" for serial in range(1, 21)]


@tagged("standard", "at_install")
class TestSimulatorBooks(SimulatorCase):
    """IT-ILM-03: the simulator keeps accounts and stock like the real one."""

    def setUp(self):
        super().setUp()
        self.seed_shop()
        self.client = self.ilms.client()

    def call(self, name, request_id, **payload):
        return self.client.call(name, request_id, payload)

    def assertBooks(self, *, instant, frozen, on_hand, locked):
        dump = self.ilms.dump()
        self.assertEqual(
            dump["accounts"]["44010001"],
            {"payment": 300_000, "instant": instant, "frozen": frozen},
        )
        (stock,) = dump["stock"]
        self.assertEqual((stock["on_hand"], stock["locked"]), (on_hand, locked))
        self.assertEqual(dump["broken"], {})

    def test_lock_confirm(self):
        answer = self.call("lock", "a", **self.lock_values())
        self.assertEqual(answer["code"], "OK")
        self.assertBooks(instant=1_000_000, frozen=100_000, on_hand=20, locked=2)
        state = self.call("status", "s", orderNo="T1")
        self.assertEqual((state["state"], state["amount"]), ("locked", 100_000))
        answer = self.call("confirm", "b", orderNo="T1", packs=LABELS[:2])
        self.assertEqual((answer["code"], answer["deducted"]), ("OK", 100_000))
        self.assertBooks(instant=900_000, frozen=0, on_hand=18, locked=0)
        state = self.call("status", "s", orderNo="T1")
        self.assertEqual((state["state"], state["packs"]), ("confirmed", LABELS[:2]))

    def test_release(self):
        self.call("lock", "a", **self.lock_values())
        self.assertEqual(self.call("release", "b", orderNo="T1")["released"], 100_000)
        self.assertEqual(self.call("release", "c", orderNo="T1")["released"], 0)
        self.assertBooks(instant=1_000_000, frozen=0, on_hand=20, locked=0)
        answer = self.call("lock", "d", **self.lock_values())
        self.assertEqual(answer["code"], "ORDER_RELEASED")

    def test_release_before_its_lock(self):
        """A lock that arrives after its release must not freeze anything for ever."""
        self.call("release", "b", orderNo="T1")
        self.assertEqual(
            self.call("lock", "a", **self.lock_values())["code"], "ORDER_RELEASED"
        )
        self.assertBooks(instant=1_000_000, frozen=0, on_hand=20, locked=0)

    def test_same_request_is_done_once(self):
        first = self.call("lock", "a", **self.lock_values())
        self.assertEqual(self.call("lock", "a", **self.lock_values()), first)
        with self.assertRaises(IlmsMisused):
            self.call("lock", "a", **self.lock_values("T2"))
        self.assertBooks(instant=1_000_000, frozen=100_000, on_hand=20, locked=2)

    def test_same_order_under_another_request(self):
        first = self.call("lock", "a", **self.lock_values())
        self.assertEqual(self.call("lock", "b", **self.lock_values()), first)
        other = self.call("lock", "c", **self.lock_values(packs=3))
        self.assertEqual(other["code"], "ORDER_EXISTS")
        self.call("confirm", "d", orderNo="T1", packs=LABELS[:2])
        again = self.call("confirm", "e", orderNo="T1", packs=LABELS[:2])
        self.assertEqual(again["code"], "OK")
        differ = self.call("confirm", "f", orderNo="T1", packs=LABELS[2:4])
        self.assertEqual(differ["code"], "PACKS_DIFFER")
        self.assertBooks(instant=900_000, frozen=0, on_hand=18, locked=0)

    def test_lock_refusals(self):
        """Each business rule refuses with its code and changes nothing."""
        good = self.lock_values()
        for code, change in (
            ("OUTLET_UNKNOWN", {"outlet": "1"}),
            ("WAREHOUSE_UNKNOWN", {"warehouse": "XX"}),
            ("GAME_UNKNOWN", {"lines": [{"game": "1", "packs": 2}]}),
            ("AMOUNT_MISMATCH", {"amount": 99_999}),
            ("INSUFFICIENT_STOCK", self.lock_values(packs=21)),
        ):
            answer = self.call("lock", code, **{**good, **change})
            self.assertEqual(answer["code"], code)
        self.ilms.admin(
            "POST", "/sim/account", {"outlet": "44010001", "instant": -900_001}
        )
        answer = self.call("lock", "short", **good)
        self.assertEqual(answer["code"], "INSUFFICIENT_INSTANT_BALANCE")
        self.assertEqual(answer["missing"], 1)
        self.ilms.admin("POST", "/sim/account", {"outlet": "44010001", "closed": True})
        self.assertEqual(self.call("lock", "x", **good)["code"], "OUTLET_CLOSED")
        self.ilms.admin("POST", "/sim/game", {"code": "8801", "onSale": False})
        self.ilms.admin("POST", "/sim/account", {"outlet": "44010001", "closed": False})
        self.assertEqual(self.call("lock", "y", **good)["code"], "GAME_NOT_ON_SALE")
        self.assertBooks(instant=99_999, frozen=0, on_hand=20, locked=0)

    def test_confirm_refusals(self):
        confirm = {"orderNo": "T1", "packs": LABELS[:2]}
        self.assertEqual(self.call("confirm", "1", **confirm)["code"], "ORDER_UNKNOWN")
        self.call("lock", "a", **self.lock_values())
        for request_id, packs, code in (
            ("2", ["8801-0000099", LABELS[0]], "PACK_UNKNOWN"),
            ("3", LABELS[:1], "PACKS_DIFFER"),
            ("4", [LABELS[0], LABELS[0]], "PACKS_DIFFER"),
        ):
            answer = self.call("confirm", request_id, orderNo="T1", packs=packs)
            self.assertEqual(answer["code"], code)
        self.call("loss", "5", kind="damaged", packs=LABELS[:1])
        answer = self.call("confirm", "6", **confirm)
        self.assertEqual((answer["code"], answer["state"]), ("PACK_STATE", "damaged"))
        self.ilms.admin(
            "POST", "/sim/account", {"outlet": "44010001", "instant": -950_000}
        )
        answer = self.call("confirm", "7", orderNo="T1", packs=LABELS[1:3])
        self.assertEqual(answer["code"], "INSUFFICIENT_INSTANT_BALANCE")
        self.assertEqual((answer["missing"], answer["payment"]), (50_000, 300_000))
        self.assertBooks(instant=50_000, frozen=100_000, on_hand=19, locked=2)

    def test_transfer(self):
        move = {"outlet": "44010001", "from": "payment", "to": "instant"}
        answer = self.call("transfer", "a", **move, amount=300_000)
        self.assertEqual((answer["payment"], answer["instant"]), (0, 1_300_000))
        answer = self.call("transfer", "b", **move, amount=1)
        self.assertEqual(answer["code"], "INSUFFICIENT_PAYMENT_BALANCE")
        self.call("lock", "c", **self.lock_values(packs=20))
        back = {"outlet": "44010001", "from": "instant", "to": "payment"}
        answer = self.call("transfer", "d", **back, amount=300_001)
        self.assertEqual(answer["code"], "INSUFFICIENT_INSTANT_BALANCE")

    def test_loss_spares_locked_packs(self):
        self.call("lock", "a", **self.lock_values(packs=20))
        answer = self.call("loss", "b", kind="lost", packs=LABELS[:1])
        self.assertEqual(answer["code"], "STOCK_LOCKED")
        self.assertBooks(instant=1_000_000, frozen=1_000_000, on_hand=20, locked=20)

    def test_queries_page(self):
        """Lists come page by page without gap or repetition."""
        self.ilms.seed(
            accounts=[{"outlet": f"4401{i:04d}", "instant": i} for i in range(2, 26)]
        )
        seen, cursor = [], None
        while True:
            page = self.call("accounts", "q", cursor=cursor, limit=10)
            seen += [row["outlet"] for row in page["accounts"]]
            cursor = page["next"]
            if cursor is None:
                break
        self.assertEqual(seen, sorted(set(seen)))
        self.assertEqual(len(seen), 25)
        page = self.call("accounts", "q", outlets=["44010001", "unknown"])
        self.assertEqual([row["outlet"] for row in page["accounts"]], ["44010001"])

    def test_sales_and_manifest(self):
        manifest = self.call("manifests", "m", warehouse="GZ")["manifest"]
        self.assertEqual(
            manifest["cartons"],
            [
                {
                    "carton": "8801-C000001",
                    "game": "8801",
                    "first": 1,
                    "last": 20,
                    "packs": 20,
                }
            ],
        )
        self.call("lock", "a", **self.lock_values())
        self.call("confirm", "b", orderNo="T1", packs=LABELS[:2])
        self.ilms.admin(
            "POST", "/sim/activate", {"day": "2026-05-01", "packs": LABELS[:2]}
        )
        answer = self.call("sales", "s", day="2026-05-01")
        self.assertEqual(
            answer["sales"],
            [{"outlet": "44010001", "game": "8801", "packs": 2, "amount": 100_000}],
        )
        self.assertEqual(self.call("sales", "s", day="2026-05-02")["sales"], [])

    def test_packs_on_sale_and_settled(self):
        """IT-ILM-02: each step of a pack stands in its day, page by page."""
        self.call("lock", "a", **self.lock_values())
        self.call("confirm", "b", orderNo="T1", packs=LABELS[:2])
        day = "2026-05-01"
        self.ilms.admin("POST", "/sim/activate", {"day": day, "packs": LABELS[:2]})
        self.ilms.admin("POST", "/sim/settle", {"day": day, "packs": LABELS[:1]})
        with self.assertRaises(requests.HTTPError):
            self.ilms.admin("POST", "/sim/settle", {"day": day, "packs": LABELS[:2]})
        seen, cursor = [], None
        while True:
            page = self.call("activations", "q", day=day, cursor=cursor, limit=2)
            seen += [(row["pack"], row["state"]) for row in page["packs"]]
            cursor = page["next"]
            if cursor is None:
                break
        self.assertEqual(
            seen,
            [
                (LABELS[0], "activated"),
                (LABELS[0], "settled"),
                (LABELS[1], "activated"),
            ],
        )
        self.assertFalse(self.call("activations", "r", day="2026-05-02")["packs"])
        with self.assertRaises(IlmsMisused):
            self.call("activations", "s", day="yesterday")
        self.assertEqual(self.ilms.dump()["broken"], {})

    def test_last_packs_and_last_money(self):
        """20 orders of one pack race for 10 packs: 10 are locked, to the fen."""
        self.ilms.admin("POST", "/sim/reset", {})
        self.seed_shop(instant=2_000_000, packs=10)
        with ThreadPoolExecutor(20) as pool:
            answers = list(
                pool.map(
                    lambda i: self.call(
                        "lock", f"r{i}", **self.lock_values(f"T{i}", 1)
                    ),
                    range(20),
                )
            )
        codes = [answer["code"] for answer in answers]
        self.assertEqual(codes.count("OK"), 10)
        self.assertEqual(codes.count("INSUFFICIENT_STOCK"), 10)
        self.assertBooks(instant=2_000_000, frozen=500_000, on_hand=10, locked=10)

    def test_parallel_repeats_of_one_request(self):
        with ThreadPoolExecutor(10) as pool:
            answers = list(
                pool.map(
                    lambda _i: self.call("lock", "same", **self.lock_values()),
                    range(10),
                )
            )
        self.assertEqual(len({answer["reference"] for answer in answers}), 1)
        self.assertBooks(instant=1_000_000, frozen=100_000, on_hand=20, locked=2)

    def test_bulk_load(self):
        """IT-ILM-03: 100,000 packs are loaded, and loading again adds nothing."""
        rows = [{"game": "8801", "warehouse": "SZ", "first": 1000, "count": 100_000}]
        self.assertEqual(self.ilms.seed(packs=rows)["packs"], 100_000)
        self.assertEqual(self.ilms.seed(packs=rows)["packs"], 0)
        dump = self.ilms.dump()
        stock = {row["warehouse"]: row["on_hand"] for row in dump["stock"]}
        self.assertEqual(stock, {"GZ": 20, "SZ": 100_000})
        self.assertEqual(dump["broken"], {})


@tagged("standard", "at_install")
class TestSimulatorDoors(SimulatorCase):
    """IT-ILM-01, IT-ILM-03: signatures are verified, administration is closed."""

    def setUp(self):
        super().setUp()
        self.seed_shop()
        self.credentials = self.ilms.settings().credentials

    def post(self, message, api="order.lock", appid=None, version="1.0"):
        return requests.post(
            f"{self.ilms.url}/gw/{api}/{version}/",
            json=message,
            headers={"APPID": appid or self.credentials.appid},
            timeout=10,
        )

    def message(self, timestamp=None, request_id="a", **changes):
        call = Call("order.lock", "1.0", request_id)
        sealed = seal(self.credentials, REQUEST, call, self.lock_values(), timestamp)
        return {**sealed, **changes}

    def test_envelope_is_checked(self):
        refused = (
            (self.post(self.message(sign="0" * 64)), 401),
            (self.post(self.message(requestId="b")), 401),
            (self.post(self.message(), api="order.release"), 401),
            (self.post(self.message(timestamp=1_600_000_000_000)), 401),
            (self.post(self.message(), appid="other"), 401),
            (self.post(self.message(), version="9.0"), 404),
            (self.post(self.message(), api="order.steal"), 404),
            (self.post([1]), 400),
        )
        for response, status in refused:
            self.assertEqual(response.status_code, status, response.text)
        self.assertEqual(self.ilms.dump()["orders"], {})
        self.assertEqual(self.post(self.message()).status_code, 200)

    def test_answer_is_sealed(self):
        response = self.post(self.message())
        self.assertNotIn("reference", response.text)
        self.assertEqual(
            set(response.json()), {"requestId", "timestamp", "cipher", "data", "sign"}
        )

    def test_malformed_payload(self):
        client = self.ilms.client()
        for change in ({"amount": "1"}, {"lines": []}, {"amount": -5}, {"orderNo": 1}):
            with self.assertRaises(IlmsMisused):
                client.call("lock", "x", {**self.lock_values(), **change})

    def test_administration_needs_the_token(self):
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            response = requests.get(
                f"{self.ilms.url}/sim/dump", headers=headers, timeout=10
            )
            self.assertEqual(response.status_code, 401)

    def test_other_cipher(self):
        """Both sides speak SM4 + SM3 when configured so, and only then."""
        sm4 = {"LOTTERY_ILMS_CIPHER": "sm4-cbc"}
        with self.assertRaises(IlmsUnreachable):
            self.ilms.client(**sm4).call("games", "a", {})
        self.ilms.environ.update(sm4)
        self.addCleanup(self._restart_with, {"LOTTERY_ILMS_CIPHER": "aes-gcm"})
        self._restart_with(sm4)
        answer = self.ilms.client().call("lock", "a", self.lock_values())
        self.assertEqual(answer["code"], "OK")

    def _restart_with(self, environ):
        self.ilms.stop()
        self.ilms.environ.update(environ)
        self.ilms.start()

    def test_command_line(self):
        command = [sys.executable, str(SIMULATOR)]
        helped = subprocess.run([*command, "--help"], capture_output=True, text=True)
        self.assertEqual(helped.returncode, 0)
        self.assertIn("--store", helped.stdout)
        outside = subprocess.run(
            [*command, "--host", "0.0.0.0", "--port", "1", "--store", "x"],
            capture_output=True,
            text=True,
        )
        self.assertEqual(outside.returncode, 2)
        self.assertIn("loopback", outside.stderr)
        unset = subprocess.run(
            [*command, "--port", "0", "--store", str(self.ilms.store)],
            capture_output=True,
            text=True,
            env={"PATH": "/usr/bin:/bin"},
        )
        self.assertEqual(unset.returncode, 2)
        self.assertIn("LOTTERY_ILMS_APP_SECRET", unset.stderr)


@tagged("standard", "at_install")
class TestSimulatorFaults(SimulatorCase):
    """IT-ILM-03: faults strike on demand; a repeat of the same request heals them."""

    def setUp(self):
        super().setUp()
        self.seed_shop()
        self.client = self.ilms.client()

    def lock(self, request_id="a"):
        return self.client.call("lock", request_id, self.lock_values())

    def assertStrikesOnce(self, kind, *, booked):
        """The fault hides the first answer; ``booked`` tells whether it was done."""
        self.ilms.faults({"kind": kind, "count": 1, "ms": 1500})
        with self.assertRaises(IlmsUnreachable):
            self.lock()
        self.ilms.wait()
        if booked is not None:
            frozen = self.ilms.dump()["accounts"]["44010001"]["frozen"]
            self.assertEqual(frozen, 100_000 if booked else 0)
        self.assertEqual(self.lock()["code"], "OK")
        dump = self.ilms.dump()
        self.assertEqual(dump["accounts"]["44010001"]["frozen"], 100_000)
        self.assertEqual(dump["broken"], {})

    def test_drop_before(self):
        self.assertStrikesOnce("drop_before", booked=False)

    def test_drop_after(self):
        self.assertStrikesOnce("drop_after", booked=True)

    def test_error_500(self):
        self.assertStrikesOnce("error_500", booked=False)

    def test_delay(self):
        """The caller gave up before the books were touched; both calls count once."""
        self.client = self.ilms.client(LOTTERY_ILMS_READ_TIMEOUT="0.5")
        self.assertStrikesOnce("delay", booked=None)

    def test_bad_signature(self):
        self.assertStrikesOnce("bad_signature", booked=True)

    def test_tamper(self):
        self.assertStrikesOnce("tamper", booked=True)

    def test_truncate(self):
        self.assertStrikesOnce("truncate", booked=True)

    def test_wrong_request_id(self):
        self.assertStrikesOnce("wrong_request_id", booked=True)

    def test_restart_before(self):
        self.assertStrikesOnce("restart_before", booked=False)

    def test_restart_after(self):
        self.assertStrikesOnce("restart_after", booked=True)

    def test_duplicate(self):
        """The line delivers the request twice: done once, one answer."""
        self.ilms.faults({"kind": "duplicate"})
        self.assertEqual(self.lock()["code"], "OK")
        dump = self.ilms.dump()
        self.assertEqual(dump["accounts"]["44010001"]["frozen"], 100_000)
        self.assertEqual(dump["broken"], {})

    def test_reorder(self):
        """A held lock is overtaken by its release and then finds the order closed."""
        self.ilms.faults({"kind": "reorder", "api": "order.lock", "ms": 20_000})
        slow = self.ilms.client(LOTTERY_ILMS_READ_TIMEOUT="30")
        with ThreadPoolExecutor(1) as pool:
            lock = pool.submit(slow.call, "lock", "a", self.lock_values())
            while not self.ilms.log():
                pass  # until the lock has arrived
            self.client.call("release", "b", {"orderNo": "T1"})
            self.assertEqual(lock.result(20)["code"], "ORDER_RELEASED")
        self.assertEqual(self.ilms.dump()["accounts"]["44010001"]["frozen"], 0)

    def test_repeatable_by_seed(self):
        def outcomes(seed):
            self.ilms.admin("POST", "/sim/reset", {})
            self.ilms.faults({"kind": "error_500", "probability": 0.5}, seed=seed)
            result = []
            for number in range(30):
                try:
                    self.client.call("games", f"r{number}", {})
                    result.append(True)
                except IlmsUnreachable:
                    result.append(False)
            return result

        first = outcomes(7)
        self.assertEqual(outcomes(7), first)
        self.assertNotEqual(outcomes(8), first)
        self.assertTrue(5 < first.count(True) < 25)

    def test_rules_are_checked(self):
        for rule in (
            {"kind": "magic"},
            {"kind": "delay", "probability": 2},
            {"kind": "delay", "x": 1},
        ):
            with self.assertRaises(requests.HTTPError):
                self.ilms.faults(rule)

    def test_log_tells_without_secrets(self):
        self.ilms.faults({"kind": "drop_after", "count": 1})
        with self.assertRaises(IlmsUnreachable):
            self.lock()
        self.lock()
        second, first = self.ilms.log()
        self.assertEqual((first["attempt"], first["faults"]), (1, "drop_after"))
        self.assertEqual((second["attempt"], second["code"]), (2, "OK"))
        self.assertNotIn(
            self.ilms.environ["LOTTERY_ILMS_APP_SECRET"], json.dumps([first, second])
        )
