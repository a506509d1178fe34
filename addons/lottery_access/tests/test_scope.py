import json

from odoo import http
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.lottery_base.tests.common import WebClientDoor

from .common import PARTNER, AccessFixture

SILENT = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")


@tagged("post_install", "-at_install", "security")
class TestScope(AccessFixture, TransactionCase):
    """PF-SEC-03: which records a role sees and changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_access()

    def test_nothing_set_changes_nothing(self):
        """The composed domain is the one of the code, for every model and user."""
        self.env["lottery.access.share"].search([]).unlink()
        rules = self.env["ir.rule"]
        for model in self.env["lottery.access"]._get_objects():
            for user in (self.keeper, self.outsider, self.admin):
                for mode in ("read", "write", "create", "unlink"):
                    mine = rules.with_user(user)._compute_domain(model, mode)
                    made = rules.with_user(user)._compose_domain(model, mode, False)
                    with self.subTest(model=model, user=user.login, mode=mode):
                        self.assertEqual(made, mine)

    def test_scopes(self):
        north = self.contact + self.county_contact + self.own_contact
        self.assertEqual(self._see(self.keeper), north)
        for scope, seen in (
            ("own", self.own_contact),
            ("unit", self.contact + self.own_contact),
            ("below", north),
            ("all", self.contacts),
        ):
            with self.subTest(scope=scope):
                self._set(self.keeper_role, scope=scope)
                self.assertEqual(self._see(self.keeper), seen)
                for record in self.contacts:
                    self.assertEqual(
                        record.with_user(self.keeper).has_access("write"),
                        record in seen,
                    )

    def test_change_within_what_is_seen(self):
        self._set(self.keeper_role, scope_change="own")
        self.assertEqual(len(self._see(self.keeper)), 3)
        self.assertTrue(self.own_contact.with_user(self.keeper).has_access("write"))
        for operation in ("write", "unlink"):
            with (
                mute_logger(*SILENT),
                self.assertRaisesRegex(AccessError, "Own records"),
            ):
                self.contact.with_user(self.keeper).check_access(operation)
        with self.assertRaisesRegex(ValidationError, "more than it sees"):
            self._set(self.keeper_role, scope="own", scope_change="unit")

    def test_own_records_are_made(self):
        """Who is kept to own records makes new ones and keeps them."""
        self._set(self.keeper_role, scope="own")
        made = self.env[PARTNER].with_user(self.keeper).create({"name": "New"})
        self.assertTrue(made.has_access("write"))
        self.assertIn(made, self._find(self.keeper, [("name", "=", "New")]))
        self.assertFalse(self._find(self.colleague, [("name", "=", "New")]))

    def test_owner_fields_are_a_setting(self):
        self._set(self.keeper_role, scope="own")
        entry = self._get_object().with_user(self.admin)
        entry.owner_field_ids = self.env["ir.model.fields"]._get(PARTNER, "create_uid")
        self.assertFalse(self._see(self.keeper))

    def test_own_scope_has_an_index(self):
        """A list of own records does not read the whole table."""
        self._set(self.keeper_role, scope="own")
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'res_partner'"
        )
        found = " ".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("(create_uid)", found)

    def test_default_private(self):
        self._set_default("private")
        self.assertEqual(self._see(self.keeper), self.own_contact)
        plain = self._create_user(
            "t_private", self.north, "user", "base.group_partner_manager"
        )
        self.assertFalse(self._see(plain), "who has no role is kept to it as well")

    def test_default_public_read(self):
        self._set_default("public_read")
        self.assertEqual(len(self._see(self.keeper)), 3)
        self.assertFalse(self.contact.with_user(self.keeper).has_access("write"))
        self.assertTrue(self.own_contact.with_user(self.keeper).has_access("write"))

    def test_scope_of_a_role_goes_before_the_default(self):
        self._set_default("private")
        self._set(self.keeper_role, scope="below")
        self.assertEqual(len(self._see(self.keeper)), 3)

    def test_default_never_crosses_units(self):
        for default in ("public_read", "public_write"):
            self._set_default(default)
            self.assertNotIn(self.south_contact, self._see(self.keeper))

    def test_roles_add_up(self):
        self._set(self.keeper_role, scope="own")
        second = self._create_role("Second", "lottery_base.group_user")
        self._set(second, scope="unit")
        self.keeper.role_line_ids = [(0, 0, {"role_id": second.id})]
        self.assertEqual(self._see(self.keeper), self.contact + self.own_contact)
        # the second role reads only: it widens nothing else
        self.assertFalse(self.contact.with_user(self.keeper).has_access("write"))

    def test_one_role_leaves_another_users_scope(self):
        self._set(self.keeper_role, scope="all")
        reader = self._create_person("t_scope_reader", self.north, self.reader_role)
        self.assertNotIn(self.south_contact, self._see(reader))

    def test_colleagues_keep_their_names(self):
        self._set(self.keeper_role, scope="own")
        partner = self.colleague.partner_id.with_user(self.keeper)
        self.assertEqual(partner.name, self.colleague.name)

    def test_moved_unit_acts_at_once(self):
        self._set(self.keeper_role, scope="below")
        self.assertIn(self.county_contact, self._see(self.keeper))
        self.north_county.parent_id = self.south
        self.assertNotIn(self.county_contact, self._see(self.keeper))

    def test_scopes_that_make_no_sense(self):
        with self.assertRaisesRegex(ValidationError, "no unit"):
            self._set(self.keeper_role, "lottery.journal.verification", scope="unit")
        self._get_object().owner_field_ids = False
        with self.assertRaisesRegex(ValidationError, "whose"):
            self._set(self.keeper_role, scope="own")


@tagged("post_install", "-at_install", "security")
class TestScopeDoors(AccessFixture, WebClientDoor, HttpCase):
    """PF-SEC-03: a scope holds at every door, over the network."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_access()
        role = cls._create_role(
            "Own Only",
            "lottery_base.group_user",
            "base.group_partner_manager",
            "base.group_allow_export",
        )
        cls._set(role, scope="own")
        cls.person = cls._create_person("t_own_only", cls.north, role)
        cls.mine = cls._create_contact(cls.north, user_id=cls.person.id)
        cls.file = cls.env["ir.attachment"].create(
            {
                "name": "secret.txt",
                "raw": b"secret",
                "res_model": PARTNER,
                "res_id": cls.contact.id,
            }
        )
        cls.message = cls.contact.message_post(body="secret")
        cls.env.flush_all()

    def _ask(self, method, *args, model=PARTNER, **kwargs):
        return self._call(model, method, *args, **kwargs)

    def test_web_client(self):
        self.authenticate("t_own_only", "t_own_only-Passw0rd!")
        ids = [self.contact.id, self.mine.id]
        domain = [["id", "in", ids]]
        found = self._ask("web_search_read", domain=domain, specification={"id": {}})
        self.assertEqual([row["id"] for row in found["records"]], self.mine.ids)
        self.assertEqual(self._ask("search_count", domain), 1)
        names = self._ask("name_search", "Contact of", domain)
        self.assertEqual([pair[0] for pair in names], self.mine.ids)
        [group] = self._ask("formatted_read_group", domain, ["branch_id"], ["__count"])
        self.assertEqual(group["__count"], 1)
        refused = [
            ("read", [self.contact.id], ["name"]),
            ("web_read", [self.contact.id], {"name": {}}),
            ("write", [self.contact.id], {"name": "x"}),
            ("unlink", [self.contact.id]),
            ("export_data", [self.contact.id], ["name"]),
            ("copy", [self.contact.id]),
        ]
        with mute_logger("odoo.http", *SILENT):
            for method, *args in refused:
                with (
                    self.subTest(method=method),
                    self._refused(),
                ):
                    self._ask(method, *args)
            with self._refused():
                self._ask("read", [self.message.id], ["body"], model="mail.message")
        files = self._ask(
            "search_count", [["id", "=", self.file.id]], model="ir.attachment"
        )
        self.assertEqual(files, 0)
        self.assertEqual(self.url_open(f"/web/content/{self.file.id}").status_code, 404)
        self.assertNotEqual(self.contact.name, "x")

    def test_export_file(self):
        self.authenticate("t_own_only", "t_own_only-Passw0rd!")
        data = {
            "model": PARTNER,
            "fields": [{"name": "id", "label": "ID"}, {"name": ".id", "label": "No."}],
            "ids": False,
            "domain": [["id", "in", self.contacts.ids + self.mine.ids]],
            "import_compat": False,
        }
        response = self.url_open(
            "/web/export/csv",
            data={
                "data": json.dumps(data),
                "csrf_token": http.Request.csrf_token(self),
            },
        )
        rows = response.text.strip().splitlines()
        self.assertEqual(len(rows), 2)
        self.assertIn(str(self.mine.id), rows[1])

    def test_remote_interfaces(self):
        domain = [["id", "in", [self.contact.id, self.mine.id]]]
        found = self.xmlrpc_object.execute_kw(
            self.env.cr.dbname,
            self.person.id,
            "t_own_only-Passw0rd!",
            PARTNER,
            "search_read",
            [domain, ["name"]],
        )
        self.assertEqual([row["id"] for row in found], self.mine.ids)
        key = (
            self.env["res.users.apikeys"]
            .with_user(self.person)
            .sudo()
            ._generate("rpc", "test", None)
        )
        response = self.url_open(
            f"/json/2/{PARTNER}/search_read",
            data=json.dumps({"domain": domain, "fields": ["id"]}),
            headers={
                "Authorization": f"Bearer {key}",
                "Content-Type": "application/json",
                "X-Odoo-Database": self.env.cr.dbname,
            },
        )
        self.assertEqual(response.json(), [{"id": self.mine.id}])
