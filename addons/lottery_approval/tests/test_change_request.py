import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools import mute_logger

from .common import ApprovalFixture, WebClientMixin

MODEL = "lottery.change.request"
FIELDS = ("name", "phone", "latitude", "kind", "head_id", "admin_ids", "state_id")


class ChangeFixture(ApprovalFixture):
    model = MODEL

    @classmethod
    def _set_up_change(cls):
        cls._set_up_people()
        names = cls.env["ir.model.fields"]
        for name in FIELDS:
            names |= names._get("lottery.branch", name)
        cls.registered = cls.env["lottery.change.model"]._find("lottery.branch")
        cls.registered.field_ids = names
        cls.county.write({"phone": "020 1111", "latitude": 30.5})
        cls._create_flow({}, {"branch_depth": 1})

    def _request(self, values, user=None, **extra):
        return (
            self.env[MODEL]
            .with_user(user or self.specialist)
            .create(
                {
                    "model": "lottery.branch",
                    "res_id": self.county.id,
                    "reason": "moved",
                    "proposal": values,
                    **extra,
                }
            )
        )

    def _approve(self, request, *users):
        for user in users or (self.county_head, self.north_head):
            request.with_user(user).action_approve()


@tagged("post_install", "-at_install")
class TestChangeRequest(ChangeFixture, TransactionCase):
    """PF-APR-04: change requests."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_change()

    def test_written_on_the_final_approval_only(self):
        """PF-APR-04: in the deciding transaction, by the engine, journalled."""
        request = self._request({"phone": "020 2222", "latitude": 31})
        self.assertEqual(request.branch_id, self.county)
        request.action_submit_approval()
        self._approve(request, self.county_head)
        self.assertEqual(self.county.phone, "020 1111")
        self._approve(request, self.north_head)
        self.assertEqual((self.county.phone, self.county.latitude), ("020 2222", 31))
        self.assertTrue(request.written_at)
        entry = self.env["lottery.journal"].search(
            [("event", "=", "approval.change_written"), ("res_id", "=", request.id)]
        )
        values = json.loads(entry.body)["values"]
        self.assertEqual(values["phone"], ["020 1111", "020 2222"])
        with self.assertRaisesRegex(UserError, "approved and written"):
            request.proposal = {"phone": "1"}
        with self.assertRaisesRegex(UserError, "approved and written"):
            request.reason = "another"

    def test_side_by_side_in_words(self):
        """PF-APR-04: names, labels, lists, not numbers of the database."""
        state = self.env["res.country.state"].search([], limit=1)
        request = self._request(
            {
                "kind": "project",
                "head_id": self.aide.id,
                "admin_ids": [self.aide.id],
                "state_id": state.id,
            }
        )
        rows = {row["name"]: row for row in request.sheet}
        self.assertEqual(list(rows), self.registered._get_names())
        self.assertEqual(rows["kind"]["old_text"], "County")
        self.assertEqual(rows["kind"]["new_text"], "Project")
        self.assertIn(
            ["project", "Project"], [list(p) for p in rows["kind"]["selection"]]
        )
        self.assertEqual(rows["head_id"]["old_text"], self.county_head.name)
        self.assertEqual(rows["head_id"]["new_text"], self.aide.name)
        self.assertEqual(rows["admin_ids"]["new_text"], self.aide.name)
        self.assertEqual(rows["state_id"]["new_text"], state.display_name)
        request.action_submit_approval()
        self.assertEqual(
            [row["name"] for row in request.sheet],
            list(request.line_ids.mapped("name")),
        )
        html = request.sudo().approval_id.summary_html
        self.assertIn("Project", html)
        self.assertIn(self.aide.name, html)
        self._approve(request)
        self.assertEqual(self.county.admin_ids, self.aide)

    def test_conflict_is_shown_and_chosen(self):
        """PF-APR-04: what moved on meanwhile is never overwritten silently."""
        for choice, phone in (("take", "020 2222"), ("keep", "020 3333")):
            self.county.write({"phone": "020 1111", "latitude": 30.5})
            request = self._request({"phone": "020 2222", "latitude": 32})
            request.action_submit_approval()
            self._approve(request, self.county_head)
            self.county.phone = "020 3333"
            self.env.invalidate_all()
            door = request.with_user(self.north_head)
            self.assertTrue(door.has_conflict)
            row = next(row for row in door.sheet if row["name"] == "phone")
            self.assertEqual((row["conflict"], row["current_text"]), (True, "020 3333"))
            with (
                self.assertRaisesRegex(UserError, "Phone.*1111.*3333.*2222"),
                self.env.cr.savepoint(),
            ):
                door.action_approve()
            self.assertEqual(request.approval_state, "pending")
            with self.assertRaises(AccessError):
                request.action_choose("phone", "take")
            with self.assertRaises(ValidationError):
                door.action_choose("phone", "whatever")
            with self.assertRaisesRegex(UserError, "no conflict"):
                door.action_choose("latitude", "take")
            door.action_choose("phone", choice)
            self.assertFalse(door.has_conflict)
            event = request.sudo().approval_id.event_ids[-1]
            self.assertEqual(
                (event.kind, event.user_id, event.target),
                ("chosen", self.north_head, "Phone"),
            )
            self.assertIn(phone, event.comment)
            door.action_approve()
            self.assertEqual((self.county.phone, self.county.latitude), (phone, 32))

    def test_choice_counts_for_what_was_seen(self):
        """PF-APR-04: moved once more after the choice: chosen anew."""
        request = self._request({"phone": "020 2222"})
        request.action_submit_approval()
        self._approve(request, self.county_head)
        self.county.phone = "020 3333"
        door = request.with_user(self.north_head)
        door.action_choose("phone", "take")
        self.county.phone = "020 4444"
        with self.assertRaisesRegex(UserError, "4444"), self.env.cr.savepoint():
            door.action_approve()
        self.assertEqual(self.county.phone, "020 4444")

    def test_bad_values_are_named(self):
        """PF-APR-04: field and rule; nothing is half-written."""
        for values, message in (
            ({"latitude": "north"}, "Latitude.*north"),
            ({"name": "  "}, "Name.*empty"),
            ({"name": False}, "Name.*empty"),
            ({"kind": "castle"}, "Kind.*castle"),
            ({"head_id": self.stranger.id}, "Head"),
            ({"admin_ids": [self.stranger.id]}, "Administrators"),
            ({"phone": ["x"]}, "Phone"),
            ({"code": "X"}, "can't be changed on request"),
            ({"parent_id": 1}, "can't be changed on request"),
            (["phone"], "values by field"),
        ):
            with self.assertRaisesRegex(ValidationError, message):
                self._request(values)
        for values, message in (({"latitude": 95}, "-90 and 90"), ({}, "Nothing")):
            request = self._request(values)
            with mute_logger("odoo.sql_db"), self.assertRaisesRegex(UserError, message):
                request.action_submit_approval()
            self.assertEqual(request.approval_state, "none")
        self.assertEqual(self.county.latitude, 30.5)

    def test_trial_leaves_nothing_behind(self):
        request = self._request({"phone": "020 2222"})
        self.env.cr.flush()
        messages = self.county.message_ids
        request.action_submit_approval()
        self.assertEqual(self.county.phone, "020 1111")
        self.assertEqual(self.county.message_ids, messages)

    def test_only_who_reads_the_record_asks(self):
        with self.assertRaises(AccessError):
            self._request({"phone": "1"}, user=self.stranger)
        with self.assertRaisesRegex(ValidationError, "not asked for here"):
            self.env[MODEL].with_user(self.specialist).create(
                {"model": "res.company", "res_id": 1, "reason": "x"}
            )
        request = self._request({"phone": "1"})
        with self.assertRaises(AccessError):
            request.with_user(self.aide).write({"reason": "mine"})
        with self.assertRaises(UserError):
            request.write({"res_id": self.north.id})
        with self.assertRaises(AccessError):
            request.with_user(self.stranger).read(["reason"])

    def test_field_taken_from_the_registry_is_not_written(self):
        request = self._request({"phone": "020 2222"})
        request.action_submit_approval()
        self._approve(request, self.county_head)
        phone = self.env["ir.model.fields"]._get("lottery.branch", "phone")
        self.registered.field_ids = [Command.unlink(phone.id)]
        with self.assertRaisesRegex(UserError, "any more"):
            self._approve(request, self.north_head)
        self.assertEqual(self.county.phone, "020 1111")

    def test_rejected_is_corrected_and_submitted_again(self):
        request = self._request({"phone": "020 2222"})
        request.action_submit_approval()
        request.with_user(self.county_head).action_reject("wrong digit")
        self.county.latitude = 10
        request.proposal = {"phone": "020 2223"}
        request.action_submit_approval()
        self._approve(request)
        self.assertEqual((self.county.phone, self.county.latitude), ("020 2223", 10))

    def test_proposed_by_code(self):
        """PF-APR-04: the contract for other addons; rights are the user's."""
        requests = self.env[MODEL].with_user(self.specialist)
        county = self.county.with_user(self.specialist)
        request = requests._propose(county, {"phone": "020 5555"}, "sign is new")
        self.assertEqual(request.approval_state, "pending")
        self.assertEqual(request.approval_id.applicant_id, self.specialist)
        with self.assertRaisesRegex(ValidationError, "Head"):
            requests._propose(county, {"head_id": self.stranger.id}, "x")
        with self.assertRaises(AccessError):
            requests.with_user(self.stranger)._propose(
                county.with_user(self.stranger), {"phone": "1"}, "x"
            )

    def test_registry_refuses_rights_and_secrets(self):
        """Nobody opens a way to more rights by registering it."""
        models = self.env["lottery.change.model"]
        users = models._find("res.users")
        fields = self.env["ir.model.fields"]
        for name in ("group_ids", "password", "login", "branch_ids", "image_1920"):
            with self.assertRaisesRegex(ValidationError, "can't be opened"):
                users.field_ids = fields._get("res.users", name)
        for name in ("ir.config_parameter", "res.groups", "lottery.approval.decision"):
            with self.assertRaisesRegex(ValidationError, "can't be opened"):
                models.create({"model_id": self.env["ir.model"]._get_id(name)})

    def test_menu_of_the_form(self):
        """PF-APR-04: “Request a Change” on each registered object's form."""
        action = self.registered.action_id
        self.assertEqual(action.binding_model_id.model, "lottery.branch")
        bindings = self.env["ir.actions.actions"].with_user(self.specialist)
        found = bindings.get_bindings("lottery.branch")["action"]
        self.assertIn(action.id, [each["id"] for each in found])
        self.registered.active = False
        self.assertFalse(action.exists())
        self.registered.active = True
        self.assertTrue(self.registered.action_id)

    def test_any_object(self):
        """PF-APR-04: whatever is registered, of a unit or common to all."""
        category = self.env["res.partner.category"].create({"name": "Before"})
        contact = self.env["res.partner"].create(
            {"name": "Contact", "branch_id": self.county.id}
        )
        for record, values in (
            (category, {"name": "After", "color": 3}),
            (contact, {"function": "Owner", "category_id": category.ids}),
        ):
            self._register(record._name, *values)
            request = (
                self.env[MODEL]
                .with_user(self.specialist)
                ._propose(record.with_user(self.specialist), values, "as it is")
            )
            self.assertEqual(request.branch_id, self.county)
            self._approve(request)
        self.assertEqual((category.name, category.color), ("After", 3))
        self.assertEqual((contact.function, contact.category_id), ("Owner", category))

    def _register(self, model, *names):
        models, fields = self.env["lottery.change.model"], self.env["ir.model.fields"]
        registered = models._find(model) or models.create(
            {"model_id": self.env["ir.model"]._get_id(model)}
        )
        registered.field_ids = [
            Command.set([fields._get(model, name).id for name in names])
        ]

    def test_users_by_default(self):
        """The flow that comes with the suite: head, then administrators above."""
        self.env.ref("lottery_approval.lottery_approval_flow_change_user").active = True
        request = (
            self.env[MODEL]
            .with_user(self.specialist)
            .create(
                {
                    "model": "res.users",
                    "res_id": self.aide.id,
                    "reason": "new phone",
                    "proposal": {"department": "市场部", "mobile": "15400000001"},
                }
            )
        )
        self.env["lottery.approval.flow"].search(
            [("name", "=", "Flow"), ("model", "=", MODEL)]
        ).active = False
        request.action_submit_approval()
        self._approve(request, self.county_head, self.clerk)
        self.assertEqual(
            (self.aide.department, self.aide.mobile), ("市场部", "+8615400000001")
        )


@tagged("post_install", "-at_install")
class TestChangeRequestDoors(WebClientMixin, ChangeFixture, HttpCase):
    """PF-APR-04, PF-INT-02: the web client's own calls."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_change()

    def _call(self, user, method, *args, model=MODEL, **kwargs):
        return super()._call(user, method, *args, model=model, **kwargs)

    def test_asked_and_decided_over_http(self):
        """PF-APR-02, PF-APR-04: as the client does it, with address and device."""
        [made] = self._call(
            self.specialist,
            "web_save",
            [],
            {"reason": "moved", "proposal": {"phone": "020 9999"}},
            specification={"sheet": {}, "approval_state": {}},
            context={
                "default_model": "lottery.branch",
                "default_res_id": self.county.id,
            },
        )
        request_id = made["id"]
        self._call(self.specialist, "action_submit_approval", [request_id])
        for values in ({"reason": "other"}, {"proposal": {"phone": "1"}}):
            self._refuse("UserError", self.specialist, "write", [request_id], values)
        self._refuse("AccessError", self.specialist, "action_approve", [request_id])
        self._refuse("UserError", self.specialist, "unlink", [request_id])
        for user in (self.county_head, self.north_head):
            todo = self._call(
                user,
                "web_search_read",
                [["can_review", "=", True]],
                {"display_name": {}, "summary_html": {}},
                model="lottery.approval",
            )
            self.assertEqual(todo["length"], 1)
            self.assertIn("020 9999", todo["records"][0]["summary_html"])
            self._call(
                user,
                "action_approve",
                [todo["records"][0]["id"]],
                "ok",
                model="lottery.approval",
            )
        self.assertEqual(self.county.phone, "020 9999")
        self._refuse("stays in the records", self.specialist, "unlink", [request_id])
        run = self.env[MODEL].browse(request_id).approval_id
        event = run.event_ids[-2]
        self.assertEqual(event.address, "127.0.0.1")
        self.assertIn("Chrome", event.device)

    def test_new_form_has_its_sheet(self):
        """The form opens with the registered fields and what they are now."""
        result = self._call(
            self.specialist,
            "onchange",
            [],
            {},
            [],
            {"sheet": {}, "proposal": {}, "model": {}, "res_id": {}},
            context={
                "default_model": "lottery.branch",
                "default_res_id": self.county.id,
            },
        )
        rows = {row["name"]: row for row in result["value"]["sheet"]}
        self.assertEqual(rows["phone"]["old_text"], "020 1111")
