import json
from datetime import timedelta
from xmlrpc.client import Fault

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from . import isolation
from .common import STAFF_ROLES, BranchFixture

SILENT = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")


class IsolationFixture(BranchFixture):
    """Records of every walked model in ``north``; users of north and south.

    The users have every role a unit can give. Where no role may read a model an
    access line is added, so that it is the rules which are tested.
    """

    @classmethod
    def _set_up_isolation(cls):
        cls._set_up_branches()
        isolation.load_records(cls.env)
        roles = (*STAFF_ROLES, "base.group_allow_export", "base.group_partner_manager")
        cls.insider = cls._create_user("t_insider", cls.north, *roles)
        cls.outsider = cls._create_user("t_outsider", cls.south, *roles)
        cls.leader = cls._create_user("t_leader", cls.centre, *roles)
        cls.integrator = cls._create_user("t_integrator", cls.south, "integrator")
        cls.owner = new_test_user(cls.env, "t_owner", groups="base.group_portal")
        cls.models = isolation.get_walked_models(cls.env)
        cls._open_models()
        cls.records = {}
        cls.problems = {}
        for model in cls.models:
            try:
                with cls.env.cr.savepoint():
                    cls.records[model] = isolation.create_record(
                        cls.env, model, cls.north
                    )
            except AssertionError as error:
                cls.problems[model] = str(error)
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _open_models(cls):
        closed = [
            model
            for model in cls.models
            if not cls.env[model].with_user(cls.integrator).has_access("read")
        ]
        cls.env["ir.model.access"].create(
            [
                {
                    "name": f"isolation {model}",
                    "model_id": cls.env["ir.model"]._get_id(model),
                    "group_id": cls.env.ref("base.group_user").id,
                    "perm_read": True,
                }
                for model in closed
            ]
        )


@tagged("post_install", "-at_install", "security")
class TestIsolation(IsolationFixture, TransactionCase):
    """PF-SEC-02: siblings are invisible through every door."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_isolation()

    def _walk(self, check):
        """Call ``check(model, records, the outsider's records)`` for each model."""
        for model, records in self.records.items():
            with self.subTest(model=model), mute_logger(*SILENT):
                self.env.invalidate_all()
                check(model, records, records.with_user(self.outsider))

    def test_every_model_has_records(self):
        """A model nobody can make a record of is a model nobody has tested."""
        for model in self.models:
            with self.subTest(model=model):
                self.assertNotIn(model, self.problems, self.problems.get(model))

    def test_own_unit_sees(self):
        """The walk would pass if nobody saw anything: the unit, the centre or who is
        named by the record does."""
        for model, records in self.records.items():
            with self.subTest(model=model):
                domain = [("id", "in", records.ids)]
                seen = [
                    user.login
                    for user in (self.insider, self.leader, *self._get_named(records))
                    if self.env[model].with_user(user).search(domain) == records
                ]
                self.assertTrue(seen)

    def _get_named(self, records):
        """Users that links of the records name."""
        return self.env["res.users"].union(
            *(
                records[name]
                for name, field in records._fields.items()
                if field.type == "many2one"
                and field.comodel_name == "res.users"
                and field.store
            )
        )

    def test_read(self):
        def check(_model, records, foreign):
            for record in foreign:
                with self.assertRaises(AccessError):
                    record.read(["display_name"])
                with self.assertRaises(AccessError):
                    record.web_read({"display_name": {}})
            self.assertFalse(records.with_user(self.outsider)._filtered_access("read"))

        self._walk(check)

    def test_write_and_unlink(self):
        def check(_model, _records, foreign):
            self.assertFalse(foreign.has_access("write"))
            self.assertFalse(foreign.has_access("unlink"))

        self._walk(check)

    def test_search(self):
        def check(_model, records, foreign):
            for domain in (
                [("id", "in", records.ids)],
                ["|", ("id", "in", records.ids), ("id", "=", 0)],
            ):
                self.assertFalse(foreign.search(domain))
                self.assertFalse(foreign.search_count(domain))
                self.assertFalse(foreign.web_search_read(domain, {"id": {}})["records"])
            self.assertFalse(
                foreign.with_context(active_test=False).search([]) & foreign
            )

        self._walk(check)

    def test_search_by_unit(self):
        def check(model, _records, foreign):
            if isolation.has_branch(self.env.registry[model]):
                domain = [("branch_id", "child_of", self.north.ids)]
                self.assertFalse(foreign.search(domain))

        self._walk(check)

    def test_name_search(self):
        def check(_model, records, foreign):
            name = records[0].display_name
            found = {pair[0] for pair in foreign.name_search(name, limit=None)}
            self.assertFalse(found & set(records.ids))

        self._walk(check)

    def test_statistics(self):
        def check(model, records, foreign):
            domain = [("id", "in", records.ids)]
            self.assertEqual(foreign._read_group(domain, [], ["__count"]), [(0,)])
            if isolation.has_branch(self.env.registry[model]):
                units = foreign._read_group([], ["branch_id"])
                self.assertNotIn(self.north, [unit for (unit,) in units])
                groups = foreign.formatted_read_group(domain, ["branch_id"])
                self.assertEqual(groups, [])

        self._walk(check)

    def test_export(self):
        def check(_model, _records, foreign):
            with self.assertRaises(AccessError):
                foreign.export_data(["id", "display_name"])

        self._walk(check)

    def test_attachments(self):
        """Files follow their record."""

        def check(model, records, _foreign):
            attachment = self.env["ir.attachment"].create(
                {
                    "name": "secret.txt",
                    "raw": b"secret",
                    "res_model": model,
                    "res_id": records[0].id,
                }
            )
            foreign = attachment.with_user(self.outsider)
            self.assertFalse(foreign.search([("id", "=", attachment.id)]))
            with self.assertRaises(AccessError):
                foreign.read(["raw"])
            with self.assertRaises(AccessError):
                foreign.create(
                    {"name": "x", "res_model": model, "res_id": records[0].id}
                )

        self._walk(check)

    def test_chatter(self):
        """Messages, followers and activities follow their record."""

        def check(_model, records, _foreign):
            if not hasattr(records, "message_post"):
                return
            message = records[0].message_post(body="secret")
            foreign = message.with_user(self.outsider)
            self.assertFalse(foreign.search([("id", "=", message.id)]))
            with self.assertRaises(AccessError):
                foreign.read(["body"])

        self._walk(check)

    def test_activities(self):
        def check(_model, records, _foreign):
            if not hasattr(records, "activity_schedule"):
                return
            activity = records[0].activity_schedule(
                "mail.mail_activity_data_todo", user_id=self.insider.id, summary="x"
            )
            foreign = activity.with_user(self.outsider)
            self.assertFalse(foreign.search([("id", "=", activity.id)]))
            with self.assertRaises(AccessError):
                foreign.read(["summary"])

        self._walk(check)

    def test_portal_user_without_outlet(self):
        """PF-SEC-04: a portal login alone opens nothing."""

        def check(_model, records, _foreign):
            door = records.with_user(self.owner)
            try:
                self.assertFalse(door.search([("id", "in", records.ids)]))
            except AccessError:
                return

        self._walk(check)


@tagged("post_install", "-at_install", "security")
class TestIsolationRemote(IsolationFixture, HttpCase):
    """PF-SEC-02, PF-INT-02: the same rules for those who come over the network."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_isolation()
        cls.key = (
            cls.env["res.users.apikeys"]
            .with_user(cls.integrator)
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(days=30))
        )

    def test_xml_rpc(self):
        """XML-RPC with an API key: nothing of a sibling, in any model."""
        for model, records in self.records.items():
            with self.subTest(model=model), mute_logger("odoo.http", *SILENT):
                domain = [["id", "in", records.ids]]
                self.assertEqual(
                    self._call(model, "search_read", domain, ["id", "display_name"]), []
                )
                self.assertEqual(self._call(model, "search_count", domain), 0)
                with self.assertRaises(Fault):
                    self._call(model, "read", records.ids, ["display_name"])

    def _call(self, model, method, *args):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, self.integrator.id, self.key, model, method, args
        )

    def test_json_2(self):
        for model, records in self.records.items():
            with self.subTest(model=model), mute_logger("odoo.http", *SILENT):
                found = self._post(
                    model, "search_read", domain=[["id", "in", records.ids]]
                )
                self.assertEqual((found.status_code, found.json()), (200, []))
                read = self._post(
                    model, "read", ids=records.ids, fields=["display_name"]
                )
                self.assertIn(read.status_code, (403, 404))

    def _post(self, model, method, **body):
        return self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps(body),
            headers={
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/json",
                "X-Odoo-Database": self.env.cr.dbname,
            },
        )

    def test_web_content(self):
        """Files and images by address."""
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": "secret.txt",
                    "raw": b"secret",
                    "mimetype": "text/plain",
                    "res_model": model,
                    "res_id": records[0].id,
                }
                for model, records in self.records.items()
            ]
        )
        self.env.flush_all()
        self.authenticate("t_outsider", "t_outsider-Passw0rd!")
        for attachment in attachments:
            with self.subTest(model=attachment.res_model):
                response = self.url_open(f"/web/content/{attachment.id}")
                self.assertEqual(response.status_code, 404)
        self.authenticate("t_insider", "t_insider-Passw0rd!")
        own = attachments.filtered(lambda file: file.res_model == "res.partner")
        self.assertEqual(self.url_open(f"/web/content/{own.id}").content, b"secret")

    def test_reports(self):
        """PF-SEC-02: no print of any model shows a sibling's record."""
        reports = self.env["ir.actions.report"].search(
            [("model", "in", list(self.records)), ("report_type", "=", "qweb-pdf")]
        )
        self.authenticate("t_outsider", "t_outsider-Passw0rd!")
        with mute_logger("odoo.http", *SILENT):
            for report in reports:
                with self.subTest(report=report.report_name):
                    response = self._print(report)
                    if response.status_code == 200:  # an empty sheet
                        name = self.records[report.model][0].display_name
                        self.assertNotIn(name, response.text)
                        continue
                    self.assertIn(response.status_code, (403, 404))
        self.authenticate("t_insider", "t_insider-Passw0rd!")
        with mute_logger("odoo.http", *SILENT):
            own = [self._print(report).status_code for report in reports]
        self.assertIn(200, own, "nobody sees anything")

    def _print(self, report):
        record = self.records[report.model][0]
        return self.url_open(f"/report/html/{report.report_name}/{record.id}")

    def test_web_client_calls(self):
        """The web client's own calls take the same door."""
        self.authenticate("t_outsider", "t_outsider-Passw0rd!")
        for model, records in self.records.items():
            with self.subTest(model=model), mute_logger("odoo.http", *SILENT):
                result = self.make_jsonrpc_request(
                    f"/web/dataset/call_kw/{model}/web_search_read",
                    {
                        "model": model,
                        "method": "web_search_read",
                        "args": [],
                        "kwargs": {
                            "domain": [["id", "in", records.ids]],
                            "specification": {"id": {}},
                        },
                    },
                )
                self.assertEqual(result["length"], 0)


@tagged("post_install", "-at_install", "security")
class TestIsolationWalker(BranchFixture, TransactionCase):
    """The walk itself can fail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()

    def test_walks_units_and_contacts(self):
        isolation.load_records(self.env)
        models = isolation.get_walked_models(self.env)
        self.assertLessEqual(
            {"lottery.branch", "res.partner", "res.users"}, set(models)
        )

    def test_missing_rule_is_noticed(self):
        """Without its rule a model is seen by the sibling."""
        outsider = self._create_user("t_no_rule", self.south, *STAFF_ROLES)
        contact = isolation.create_record(self.env, "res.partner", self.north)
        domain = [("id", "=", contact.id)]
        partners = self.env["res.partner"].with_user(outsider)
        self.assertFalse(partners.search(domain))
        self.env.ref("lottery_base.res_partner_rule_user").active = False
        self.assertTrue(partners.search(domain))

    def test_unmakeable_model_is_noticed(self):
        with self.assertRaisesRegex(AssertionError, "factory"):
            isolation._create_generic(self.env, "res.users.log", self.north, 99)

    def test_common_needs_a_reason(self):
        with self.assertRaises(ValueError):
            isolation.common("res.country", "")
