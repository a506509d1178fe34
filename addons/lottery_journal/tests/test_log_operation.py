import json

from odoo import http
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tests.common import Form

from odoo.addons.lottery_base.tests.common import BranchFixture


class OperationFixture(BranchFixture):
    @classmethod
    def _set_up_log(cls):
        cls._set_up_branches()
        cls.user = cls._create_user("t_op", cls.north, "branch_admin", lang="en_US")
        cls.log = cls.env["lottery.log.operation"]
        cls.last_id = cls.log.search([], limit=1).id or 0

    def read_log(self, model):
        self.env.invalidate_all()
        found = self.log.search([("id", ">", self.last_id), ("model", "=", model)])
        return found.sorted("id")


@tagged("post_install", "-at_install")
class TestLogOperation(OperationFixture, TransactionCase):
    """PF-AUD-01: who changed what from which value to which."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_log()

    def test_change_create_delete(self):
        units = self.env["lottery.branch"].with_user(self.user)
        unit = units.create(
            {
                "name": "New",
                "code": "T-New",
                "kind": "county",
                "parent_id": self.north.id,
            }
        )
        unit.write({"name": "Renamed", "code": "T-New"})
        unit.with_user(self.env.ref("base.user_admin")).unlink()
        created, changed, deleted = self.read_log("lottery.branch")
        self.assertEqual(
            (created.user_id, created.branch_id, created.res_id),
            (self.user, self.north, unit.id),
        )
        values = json.loads(created.changes)
        self.assertEqual(values["name"], [None, "New"])
        self.assertEqual(
            values["parent_id"], [None, f"{self.north.display_name} #{self.north.id}"]
        )
        self.assertEqual(json.loads(changed.changes), {"name": ["New", "Renamed"]})
        self.assertEqual(deleted.user_id, self.env.ref("base.user_admin"))
        self.assertEqual(json.loads(deleted.changes)["code"], ["T-New", None])
        self.assertIn("Renamed", deleted.record_name)
        table = changed.with_context(lang="en_US").changes_table
        self.assertIn("<td>New</td><td>Renamed</td>", table)

    def test_no_change_no_entry(self):
        self.north.with_user(self.user).write({"name": self.north.name})
        self.assertFalse(self.read_log("lottery.branch"))

    def test_groups_of_a_user(self):
        admin = self.env.ref("base.user_admin")
        group = self.env.ref("lottery_base.group_specialist")
        self.user.with_user(admin).write({"group_ids": [(4, group.id)]})
        [entry] = self.read_log("res.users")
        old, new = json.loads(entry.changes)["group_ids"]
        self.assertEqual(set(new) - set(old), {f"{group.display_name} #{group.id}"})

    def test_roles_are_journalled(self):
        """PF-AUD-02: the switch of roles is journalled, and logs name the role."""
        roles = self.env.ref("lottery_base.res_users_role_specialist") | self.env.ref(
            "lottery_base.res_users_role_order_desk"
        )
        self.user.role_line_ids = [(0, 0, {"role_id": role.id}) for role in roles]
        self.user.with_user(self.user).action_switch_role(roles[0].id)
        events = self.env["lottery.journal"].search(
            [("model", "=", "res.users"), ("res_id", "=", self.user.id)]
        )
        self.assertIn("role.switched", events.mapped("event"))
        self.assertEqual(self.user._get_log_role(), roles[0].id)

    def test_secrets_are_left_out(self):
        """A password is neither logged nor named; nor is a parameter's value."""
        self.user.write({"password": "Tulip-Harbour-42", "login": "t_op2"})
        [entry] = self.read_log("res.users")
        self.assertEqual(entry.field_names, "login")
        names = self.env["lottery.log.rule"]._get_rules()["res.users"].names
        self.assertFalse(names & {"password", "new_password", "totp_secret"})
        self.env["ir.config_parameter"].set_param("t.secret", "visible?")
        self.assertNotIn("visible?", str(self.read_log("ir.config_parameter").read()))

    def test_one_insert_and_no_query_per_record(self):
        partners = self.env["res.partner"].create(
            [
                {"name": f"P{number}", "branch_id": self.north.id}
                for number in range(200)
            ]
        )
        self.env.flush_all()
        few, many = partners[:2], partners[2:]
        counts = []
        for records in (few, many):
            self.env.invalidate_all()
            records.mapped("name")
            before = self.env.cr.sql_log_count
            records.write({"comment": "seen"})
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1)
        self.assertEqual(
            len(
                self.read_log("res.partner").filtered(lambda e: e.operation == "write")
            ),
            200,
        )

    def test_rule_switches_the_log(self):
        """A rule set in the web client counts at once, and is journalled."""
        admin = self.env.ref("base.user_admin")
        rules = self.env["lottery.log.rule"].with_user(admin)
        tag = self.env["res.partner.category"].create({"name": "Before"})
        tag.name = "Silent"
        self.assertFalse(self.read_log("res.partner.category"))
        with Form(rules.with_context(lang="en_US")) as form:
            form.model = "res.partner.category"
            form.excluded_fields = "color"
        tag.write({"name": "Heard", "color": 3})
        [entry] = self.read_log("res.partner.category")
        self.assertEqual(entry.field_names, "name")
        rule = rules.search([("model", "=", "res.partner.category")])
        rule.active = False
        tag.name = "Silent again"
        self.assertEqual(len(self.read_log("res.partner.category")), 1)
        events = self.env["lottery.journal"].search(
            [("model", "=", "lottery.log.rule"), ("res_id", "=", rule.id)]
        )
        self.assertEqual(
            set(events.mapped("event")), {"log.rule_added", "log.rule_changed"}
        )

    def test_unknown_field_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "nonsense"):
            self.env["lottery.log.rule"].create(
                {"model": "res.country", "excluded_fields": "nonsense"}
            )


@tagged("post_install", "-at_install")
class TestLogDoors(OperationFixture, HttpCase):
    """PF-AUD-01: the web client's calls, exports and prints."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_log()
        cls.exports = cls.env["lottery.log.export"]
        cls.last_export = cls.exports.search([], limit=1).id or 0

    def setUp(self):
        super().setUp()
        self.authenticate("t_op", "t_op-Passw0rd!")

    def _read_exports(self):
        self.env.invalidate_all()
        return self.exports.search([("id", ">", self.last_export)])

    def test_web_client(self):
        self.make_jsonrpc_request(
            "/web/dataset/call_kw/lottery.branch/web_save",
            {
                "model": "lottery.branch",
                "method": "web_save",
                "args": [self.north.ids, {"phone": "110"}],
                "kwargs": {"specification": {}},
            },
        )
        [entry] = self.read_log("lottery.branch")
        self.assertEqual(json.loads(entry.changes), {"phone": [None, "110"]})
        self.assertEqual((entry.user_id, entry.address), (self.user, "127.0.0.1"))

    def test_web_export(self):
        domain = [["id", "in", [self.north.id, self.north_county.id]]]
        for kind in ("csv", "xlsx"):
            data = {
                "model": "lottery.branch",
                "fields": [{"name": "name", "label": "Name", "type": "char"}],
                "ids": False,
                "domain": domain,
                "import_compat": False,
                "context": {},
                "groupby": [],
            }
            response = self.url_open(
                f"/web/export/{kind}",
                data={
                    "data": json.dumps(data),
                    "csrf_token": http.Request.csrf_token(self),
                },
            )
            self.assertEqual(response.status_code, 200)
        xlsx, csv = self._read_exports()
        self.assertEqual((csv.door, xlsx.door), ("csv", "xlsx"))
        self.assertEqual((csv.model, csv.count), ("lottery.branch", 2))
        self.assertEqual((csv.field_names, csv.domain), ("name", str(domain)))
        self.assertEqual((csv.user_id, csv.branch_id), (self.user, self.north))

    def test_export_by_rpc(self):
        self.xmlrpc_object.execute_kw(
            self.env.cr.dbname,
            self.user.id,
            "t_op-Passw0rd!",
            "lottery.branch",
            "export_data",
            [self.north.ids, ["name", "code"]],
        )
        [entry] = self._read_exports()
        self.assertEqual((entry.door, entry.count), ("rpc", 1))
        self.assertEqual(entry.field_names, "name, code")
