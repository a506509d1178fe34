from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.lottery_change_request import OWNER_FIELDS
from .portal_common import OwnerPagesCase

CHANGE = "/my/outlet/change"


@tagged("post_install", "-at_install")
class TestOwnerChange(OwnerPagesCase):
    """IT-POR-08: the owner asks for a change where the outlet's data are wrong."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head = cls._create_user("branch_head", cls.changji)
        cls.changji.head_id = cls.head
        cls.first.specialist_id = cls.specialist
        (cls.head | cls.specialist | cls.admin_changji).lang = "en_US"
        cls.user.lang = "en_US"

    def setUp(self):
        super().setUp()
        self._log_in()

    def _requests(self):
        return self.env["lottery.change.request"].search(
            [("model", "=", "lottery.outlet"), ("res_id", "=", self.first.id)]
        )

    def _ask(self, status=303, **values):
        response = self._post(CHANGE, **values)
        self.assertEqual(response.status_code, status, response.text[-2000:])
        return response

    def _shown(self):
        return self._text(self._page()[1].xpath("//section[@id='requests']")[0])

    def _notices(self, user):
        return self.env["lottery.notification"].search(
            [("user_id", "=", user.id), ("channel", "=", "in_app")]
        )

    def test_form_is_filled_with_what_is_on_file(self):
        self.first.licence_expiry = "2030-01-31"
        _response, page = self._page(CHANGE)
        shown = {
            field.get("name"): field.get("value")
            for field in page.xpath("//label/input")
        }
        self.assertEqual(shown["address"], "红山路1号")
        self.assertEqual(shown["licence_expiry"], "2030-01-31")
        self.assertEqual(shown["town"], "")
        names = {*shown, *page.xpath("//label/textarea/@name")}
        self.assertEqual(names, {*OWNER_FIELDS, "reason"})
        for field in page.xpath("//form//input[not(@type='hidden')] | //textarea"):
            self.assertTrue(field.xpath("ancestor::label"), field.get("name"))

    def test_from_the_phone_to_the_file(self):
        """IT-POR-08: specialist, then head; the owner follows it and is told."""
        _response, page = self._page(CHANGE)
        typed = {
            field.get("name"): field.get("value")
            for field in page.xpath("//label/input")
        }
        typed["address"] = "松河路18号"
        self._ask(**typed, reason="moved next door")
        asked = self._requests()
        self.assertEqual(asked.line_ids.mapped("name"), ["address"])
        self.assertEqual(
            (asked.user_id, asked.branch_id, asked.by_owner, asked.specialist_id),
            (self.user, self.changji, True, self.specialist),
        )
        self.assertEqual(asked.reason, "moved next door")
        self.assertEqual(self.first.address, "红山路1号")
        for words in (asked.name, "Being checked", "红山路1号", "松河路18号"):
            self.assertIn(words, self._shown())

        with self.assertRaises(AccessError):
            asked.with_user(self.head).action_approve()
        self.assertTrue(self._notices(self.specialist))
        asked.with_user(self.specialist).action_approve()
        self.assertIn("Being checked", self._shown())
        asked.with_user(self.head).action_approve()
        self.assertEqual(self.first.address, "松河路18号")
        self.env.flush_all()
        self.assertIn("Accepted", self._shown())
        told = self._notices(self.user)
        self.assertEqual(told.template_id.code, "outlet.change_decided")
        self.assertIn("Approved", told.subject)

    def test_without_a_specialist_the_head_decides(self):
        self.first.specialist_id = False
        self._ask(opening_hours="10-22")
        self._requests().with_user(self.head).action_approve()
        self.assertEqual(self.first.opening_hours, "10-22")

    def test_a_refusal_shows_its_reason(self):
        self._ask(name="别的店名")
        self._requests().with_user(self.specialist).action_reject("signboard is old")
        self.env.flush_all()
        shown = self._shown()
        self.assertIn("Refused", shown)
        self.assertIn("signboard is old", shown)
        self.assertIn("signboard is old", self._notices(self.user).body)
        self.assertEqual(self.first.name, "网点1")

    def test_people_card_and_devices_in_words(self):
        """IT-POR-08: told in words, kept on the file until the unit has corrected it."""
        self._ask(correction="sales person Li has left, call 154 0000 0009")
        asked = self._requests()
        asked.with_user(self.specialist).action_approve()
        asked.with_user(self.head).action_approve()
        self.assertIn("Li has left", self.first.correction)
        self._ask(correction="device 77 is not here")
        asked = self._requests()[0]
        asked.with_user(self.specialist).action_approve()
        asked.with_user(self.head).action_approve()
        self.assertEqual(len(self.first.correction.splitlines()), 2)
        self.env.flush_all()
        self.assertIn("device 77", self._text(self._page()[1]))
        with self.assertRaises(AccessError):
            self.first.with_user(self.specialist).action_correction_done()
        self.first.with_user(self.admin_changji).action_correction_done()
        self.assertFalse(self.first.correction)
        self.assertIn("device 77", self._notices(self.user)[0].body)

    def test_no_card_numbers_in_words(self):
        """PF-SEC-05: sealed numbers are not written into open text."""
        for number in ("6217000012345678901", "6217 0000 1234 5678 901"):
            response = self._ask(422, correction=f"my card is {number}")
            self.assertIn("bank-card numbers", response.text)
            self.assertIn(number, response.text)  # what was typed stays
        self._ask(422, town="x", reason="card 11010519491231002X")
        self.assertFalse(self._requests())
        self._ask(
            correction="call 154 0000 0001 154 0000 0002 or 15400000003 15400000004"
        )
        self.assertTrue(self._requests())

    def test_what_makes_no_sense_is_refused_in_words(self):
        self.changji.head_id = self.head
        for values, words in (
            ({"name": "  "}, "Name"),
            ({"licence_expiry": "2030-13-41"}, "Licence Until"),
            ({"address": "x" * 121}, "120"),
            ({"correction": "x" * 501}, "500"),
            ({"address": "红山路1号"}, "Nothing is changed"),
            ({}, "Nothing is changed"),
        ):
            with self.subTest(values):
                response = self._ask(422, **values)
                self.assertIn(words, response.text)
        self.assertFalse(self._requests())
        self.assertEqual(self.first.address, "红山路1号")

    def test_only_what_is_open_to_owners(self):
        """PF-SEC-04: unit, owner, specialist, state and number stay the staff's."""
        self._ask(
            town="东街",
            branch_id=str(self.kashi.id),
            owner_id=str(self.stranger.owner_id.id),
            specialist_id="1",
            state="closed",
            number="X-1",
            latitude="1",
        )
        self.assertEqual(self._requests().line_ids.mapped("name"), ["town"])
        requests = self.env["lottery.change.request"].with_user(self.user)
        with self.assertRaises(UserError):
            requests._ask_as_owner(self.first.with_user(self.user), {"kind": "x"}, "")

    def test_sent_twice_is_one_request(self):
        """One request at a time; the button pressed twice asks once."""
        self._ask(town="东街")
        response = self._ask(422, town="东街")
        self.assertIn("still being checked", response.text)
        self.assertEqual(len(self._requests()), 1)
        self.assertIn("still being checked", self._text(self._page(CHANGE)[1]))

    def test_the_database_keeps_the_second_out(self):
        """Two taps at once both find nothing waiting: the index decides."""
        self._ask(town="东街")
        requests = self.env["lottery.change.request"].with_user(self.user)
        with (
            self.assertRaises(UserError) as caught,
            mute_logger("odoo.sql_db"),
        ):
            self.patch(
                type(requests),
                "_find_owner_requests",
                lambda records, *args, **kwargs: records.browse(),
            )
            requests._ask_as_owner(
                self.first.with_user(self.user), {"town": "西街"}, ""
            )
        self.assertIn("still being checked", str(caught.exception))
        self.assertEqual(len(self._requests()), 1)

    def test_taking_back(self):
        self._ask(town="东街")
        asked = self._requests()
        path = f"{CHANGE}/{asked.id}/withdraw"
        self.assertEqual(self._post(path).status_code, 303)
        self.assertEqual(asked.approval_state, "none")
        self.assertIn("Taken back", self._shown())
        self._ask(town="西街")
        again = self._requests()[0]
        again.with_user(self.specialist).action_approve()
        self.env.flush_all()
        response = self._post(f"{CHANGE}/{again.id}/withdraw")
        self.assertEqual(response.status_code, 409)
        self.assertEqual(again.approval_state, "pending")

    def test_nobody_can_decide(self):
        """The unit has no head yet: said, and nothing half-written."""
        self.first.specialist_id = False
        (self.changji | self.centre).head_id = False
        self._ask(422, town="东街")
        self.assertFalse(self._requests())

    @mute_logger("odoo.http")
    def test_requests_of_others(self):
        """PF-SEC-04: by no id, from no other outlet, not after the outlet changed hands."""
        self._ask(town="东街")
        asked = self._requests()
        self._log_in(self.stranger.user_id)
        page = self._page()[1]
        self.assertFalse(page.xpath("//section[@id='requests']"))
        token = self._page(CHANGE)[1].xpath("//input[@name='csrf_token']/@value")[0]
        for request_id in (asked.id, 2**31 - 1):
            response = self.url_open(
                f"{CHANGE}/{request_id}/withdraw", data={"csrf_token": token}
            )
            self.assertEqual(response.status_code, 404)
        self.env.invalidate_all()
        self.assertEqual(asked.approval_state, "pending")
        heir = self._create_owner(9)
        self.first.owner_id = heir
        self._log_in(heir.user_ids)
        page = self._page()[1]
        self.assertIn(self.first.number, self._text(page))
        self.assertFalse(page.xpath("//section[@id='requests']"))

    @mute_logger("odoo.http")
    def test_forms_want_their_token(self):
        response = self.url_open(CHANGE, data={"town": "东街"}, allow_redirects=False)
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self._requests())

    def test_models_stay_closed_to_owners(self):
        """PF-SEC-04: the pages are the only door."""
        self._ask(town="东街")
        for model in (
            "lottery.change.request",
            "lottery.change.line",
            "lottery.approval",
            "tier.review",
        ):
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[model].with_user(self.user).search([])

    def test_staff_marks_are_not_typed(self):
        """Who asked and who looks first is the record's, not the applicant's."""
        asked = (
            self.env["lottery.change.request"]
            .with_user(self.specialist)
            .create(
                {
                    "model": "lottery.outlet",
                    "res_id": self.first.id,
                    "reason": "x",
                    "by_owner": True,
                    "specialist_id": self.head.id,
                }
            )
        )
        self.assertEqual(
            (asked.by_owner, asked.specialist_id), (False, self.specialist)
        )
        with self.assertRaises(UserError):
            asked.write({"by_owner": True})
        action = self.first.with_user(self.head).action_view_change_requests()
        found = self.env["lottery.change.request"].search(action["domain"])
        self.assertEqual(found, asked)
        self.assertEqual(self.first.with_user(self.head).change_request_count, 1)
