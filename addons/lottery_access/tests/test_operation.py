import io
import json

from openpyxl import load_workbook

from odoo import http
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from odoo.addons.lottery_base.tests.common import WebClientDoor

from ..models.res_users import EXPORT_KEY
from .common import PARTNER, AccessFixture

SILENT = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")


@tagged("post_install", "-at_install", "security")
class TestOperation(AccessFixture, TransactionCase):
    """PF-SEC-01: what a role does with an object is set without code."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_access()

    def test_every_role_has_every_object(self):
        """The grid of a role shows all objects; nobody has to add lines."""
        objects = self.env["lottery.access.object"].search([])
        self.assertIn(PARTNER, objects.mapped("model"))
        self.assertIn("lottery.branch", objects.mapped("model"))
        self.assertFalse(
            {"lottery.access.operation", "ir.rule"} & set(objects.mapped("model"))
        )
        for role in self.env["res.users.role"].search([]):
            self.assertEqual(role.operation_ids.object_id, objects)

    def test_refusal_acts_at_once(self):
        contact = self.contact.with_user(self.keeper)
        contact.write({"comment": "before"})
        self._set(self.keeper_role, write_right="deny", unlink_right="deny")
        with (
            mute_logger(*SILENT),
            self.assertRaisesRegex(AccessError, "Contact Keeper"),
        ):
            contact.write({"comment": "after"})
        self.assertTrue(contact.has_access("read"))
        self.assertFalse(contact.has_access("unlink"))
        self.assertTrue(contact.has_access("create"))
        self._set(self.keeper_role, write_right="inherit")
        contact.write({"comment": "after"})
        self.assertEqual(self.contact.comment, "<p>after</p>")

    def test_roles_add_up(self):
        """Two roles: what one refuses the other may give."""
        self._set(self.keeper_role, write_right="deny")
        self.assertFalse(self.contact.with_user(self.keeper).has_access("write"))
        second = self._create_role("Second", "base.group_partner_manager")
        self.keeper.role_line_ids = [(0, 0, {"role_id": second.id})]
        self.assertTrue(self.contact.with_user(self.keeper).has_access("write"))
        self._set(second, write_right="deny")
        self.assertFalse(self.contact.with_user(self.keeper).has_access("write"))

    def test_role_without_the_operation_has_no_say(self):
        self._set(self.keeper_role, write_right="deny")
        self.keeper.role_line_ids = [(0, 0, {"role_id": self.reader_role.id})]
        self.assertFalse(self.contact.with_user(self.keeper).has_access("write"))

    def test_role_in_use_counts_alone(self):
        """PF-USR-02: who works in one role has what that role sets."""
        second = self._create_role(
            "Second", "lottery_base.group_user", "base.group_partner_manager"
        )
        self.keeper.role_line_ids = [(0, 0, {"role_id": second.id})]
        self._set(self.keeper_role, write_right="deny")
        contact = self.contact.with_user(self.keeper)
        self.assertTrue(contact.has_access("write"))
        self.keeper._switch_role(self.keeper_role)
        self.assertFalse(contact.has_access("write"))
        self.keeper._switch_role(self.keeper_role.browse())
        self.assertTrue(contact.has_access("write"))

    def test_groups_beside_roles_count(self):
        """Who has no role is not touched by what roles refuse."""
        plain = self._create_user(
            "t_plain", self.north, "user", "base.group_partner_manager"
        )
        self._set(self.keeper_role, write_right="deny")
        self.assertTrue(self.contact.with_user(plain).has_access("write"))

    def test_gift_within_the_units(self):
        """A role of the administrator's own making gets what no group gave it."""
        reader = self._create_person("t_reader", self.north, self.reader_role)
        self.assertFalse(self.contact.with_user(reader).has_access("write"))
        self._set(self.reader_role, write_right="allow")
        self.assertTrue(self.contact.with_user(reader).has_access("write"))
        self.assertFalse(self.south_contact.with_user(reader).has_access("write"))
        self._set(self.reader_role, write_right="inherit")
        self.assertFalse(self.contact.with_user(reader).has_access("write"))
        self.assertFalse(self._get_line(self.reader_role).acl_id)

    def test_code_is_the_ceiling(self):
        """Units are deleted by the administrator alone: no setting gives it away."""
        line = self._get_line(self.reader_role, "lottery.branch")
        self.assertNotIn("unlink", line.ceiling_rights.split(","))
        with self.assertRaisesRegex(ValidationError, "Delete"):
            self._set(self.reader_role, "lottery.branch", unlink_right="allow")

    def test_grid_shows_what_groups_give(self):
        line = self._get_line(self.keeper_role)
        base = set(line.base_rights.split(","))
        self.assertLessEqual({"read", "write", "create", "unlink", "approve"}, base)
        self.assertFalse({"export", "share"} & base)
        self._set(self.reader_role, write_right="allow")
        reader = self._get_line(self.reader_role)
        self.assertNotIn("write", reader.base_rights.split(","))

    def test_approve(self):
        access = self.env["lottery.access"]
        self.assertTrue(access._can_approve(self.keeper, PARTNER))
        self._set(self.keeper_role, approve_right="deny")
        self.assertFalse(access._can_approve(self.keeper, PARTNER))
        self.assertTrue(access._can_approve(self.keeper, "lottery.branch"))
        self.assertTrue(access._can_approve(self.admin, PARTNER))

    def test_approve_follows_the_role_in_use(self):
        """Who decides is asked for, not who runs the code; refused by every role only."""
        access = self.env["lottery.access"].sudo()
        second = self._create_role("Second", "lottery_base.group_user")
        self.keeper.role_line_ids = [(0, 0, {"role_id": second.id})]
        self._set(self.keeper_role, approve_right="deny")
        self.assertTrue(access._can_approve(self.keeper, PARTNER))
        self.keeper._switch_role(self.keeper_role)
        self.assertFalse(access._can_approve(self.keeper, PARTNER))
        self.assertTrue(access._can_approve(self.keeper, "ir.cron"))
        with self.assertQueryCount(0):
            access._can_approve(self.keeper, PARTNER)

    def test_portal_and_superuser_are_untouched(self):
        portal = self.env["res.users"].create(
            {
                "name": "Owner",
                "login": "t_access_portal",
                "group_ids": self.env.ref("base.group_portal").ids,
            }
        )
        before = self.env["ir.rule"].with_user(portal)._compute_domain(PARTNER)
        for line in self.env["lottery.access.operation"].search([]):
            line.read_right = "deny"
        self._set_default("private")
        after = self.env["ir.rule"].with_user(portal)._compute_domain(PARTNER)
        self.assertEqual(before, after)
        self.assertTrue(self.contact.has_access("read"))
        self.assertEqual(
            self.env["ir.model.access"].with_user(portal).check(PARTNER, "read", False),
            True,
        )

    def test_deleted_role_leaves_nothing(self):
        self._set(self.reader_role, write_right="allow")
        line = self._get_line(self.reader_role).acl_id
        self.reader_role.with_user(self.admin).unlink()
        self.assertFalse(line.exists())

    def test_reset(self):
        self._set(self.keeper_role, write_right="deny", scope="own")
        self.assertEqual(self.keeper_role.setting_count, 1)
        self.keeper_role.with_user(self.admin).action_reset()
        self.keeper_role.invalidate_recordset()
        self.assertEqual(self.keeper_role.setting_count, 0)
        self.assertTrue(self.contact.with_user(self.keeper).has_access("write"))


@tagged("post_install", "-at_install", "security")
class TestMenu(AccessFixture, TransactionCase):
    """PF-SEC-01: which apps and menus a role sees."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_access()
        cls.app = cls.env.ref("lottery_base.lottery_root_menu")
        cls.units = cls.env.ref("lottery_base.lottery_branch_menu")
        cls.head_role = cls._create_role("Head", "lottery_base.group_branch_head")
        cls.head = cls._create_person("t_head", cls.north, cls.head_role)

    def _set_menu(self, role, menu, right):
        line = role.access_menu_ids.filtered(lambda line: line.menu_id == menu)
        line.with_user(self.admin).menu_right = right

    def _get_menus(self, user):
        menus = self.env["ir.ui.menu"].with_user(user).load_web_menus(False)
        return {key for key in menus if key != "root"}

    def test_hidden_menu_is_gone(self):
        self.assertIn(self.units.id, self._get_menus(self.head))
        self._set_menu(self.head_role, self.units, "deny")
        self.assertNotIn(self.units.id, self._get_menus(self.head))
        self.assertIn(self.app.id, self._get_menus(self.head))

    def test_hidden_app_takes_all_along(self):
        self._set_menu(self.head_role, self.app, "deny")
        menus = self._get_menus(self.head)
        self.assertNotIn(self.app.id, menus)
        self.assertNotIn(self.units.id, menus)

    def test_roles_add_up(self):
        self._set_menu(self.head_role, self.units, "deny")
        second = self._create_role("Head 2", "lottery_base.group_branch_head")
        self.head.role_line_ids = [(0, 0, {"role_id": second.id})]
        self.assertIn(self.units.id, self._get_menus(self.head))
        self._set_menu(second, self.units, "deny")
        self.assertNotIn(self.units.id, self._get_menus(self.head))

    def test_shown_menu(self):
        """A role of one's own making sees a menu that its groups do not show."""
        reader = self._create_person("t_menu_reader", self.north, self.reader_role)
        self.assertNotIn(self.units.id, self._get_menus(reader))
        self._set_menu(self.reader_role, self.units, "allow")
        menus = self._get_menus(reader)
        self.assertIn(self.units.id, menus)
        self.assertIn(self.app.id, menus)
        self.assertFalse(self.units.group_ids, "everybody's menu stays everybody's")
        self._set_menu(self.reader_role, self.units, "inherit")
        self.assertNotIn(self.units.id, self._get_menus(reader))

    def test_administrator_is_never_locked_out(self):
        role = self.env.ref("lottery_base.res_users_role_admin")
        person = self._create_person("t_admin_role", self.centre, role)
        self._set_menu(role, self.app, "deny")
        menus = self._get_menus(person)
        self.assertIn(self.env.ref("lottery_access.res_users_role_menu").id, menus)
        self.assertIn(self.app.id, menus)

    def test_apps_of_the_system_are_not_offered(self):
        closed = self.env.ref("base.menu_administration")
        self.assertNotIn(closed, self.head_role.access_menu_ids.menu_id)


@tagged("post_install", "-at_install", "security")
class TestExport(AccessFixture, WebClientDoor, HttpCase):
    """PF-SEC-01: the right to take records away as a file, by object and role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_access()
        cls.exporter_role = cls._create_role(
            "Exporter", "lottery_base.group_user", "base.group_allow_export"
        )
        cls.exporter = cls._create_person("t_exporter", cls.north, cls.exporter_role)

    def _download(self, kind, path="name", **more):
        data = {
            "model": PARTNER,
            "fields": [{"name": path, "label": "Name", "type": "char"}],
            "ids": self.contact.ids,
            "domain": [],
            "import_compat": False,
            **more,
        }
        return self.url_open(
            f"/web/export/{kind}",
            data={
                "data": json.dumps(data),
                "csrf_token": http.Request.csrf_token(self),
            },
        )

    def test_both_doors(self):
        self.authenticate("t_exporter", "t_exporter-Passw0rd!")
        self.assertEqual(self._download("csv").status_code, 200)
        self._set(self.exporter_role, export_right="deny")
        with mute_logger("odoo.addons.web.controllers.export", "odoo.http"):
            for kind in ("csv", "xlsx"):
                response = self._download(kind)
                self.assertEqual(response.status_code, 500)
                self.assertNotIn(self.contact.name, response.text)
            for context in ({}, {EXPORT_KEY: True}, {EXPORT_KEY: {"res.partner": 1}}):
                with self.assertRaisesRegex(JsonRpcException, "AccessError"):
                    self._call(
                        PARTNER,
                        "export_data",
                        self.contact.ids,
                        ["name"],
                        context=context,
                    )
        self.assertTrue(self._call(PARTNER, "read", self.contact.ids, ["name"]))

    def test_not_through_another_object(self):
        """Fields of an object are not exported along a path from another one."""
        self._set(self.exporter_role, "lottery.branch", export_right="deny")
        contact = self.contact.with_user(self.exporter)
        self.assertTrue(contact.export_data(["name", "branch_id"])["datas"])
        self.assertTrue(contact.export_data(["branch_id/id", "branch_id/.id"])["datas"])
        for path in ("branch_id/phone", "parent_id/branch_id/code"):
            with self.assertRaises(AccessError):
                contact.export_data([path])

    def test_gift_of_one_object(self):
        """Export of one object without the group that exports everything."""
        reader = self._create_person("t_export_reader", self.north, self.reader_role)
        contact = self.contact.with_user(reader)
        branch = self.north.with_user(reader)
        for records in (contact, branch):
            with self.assertRaises(AccessError):
                records.export_data(["name"])
        self._set(self.reader_role, export_right="allow")
        self.assertEqual(contact.export_data(["name"])["datas"], [[self.contact.name]])
        with self.assertRaises(AccessError):
            branch.export_data(["name"])
        with self.assertRaises(AccessError):
            contact.with_context(**{EXPORT_KEY: True}).browse(
                self.south_contact.id
            ).export_data(["name"])

    def test_grouped_file(self):
        """PF-SEC-01: what the list is grouped by stands in the file too."""
        self.north.phone = "0871 555"
        self.authenticate("t_exporter", "t_exporter-Passw0rd!")
        self.assertEqual(self._download("xlsx", groupby=["branch_id"]).status_code, 200)
        self._set(self.exporter_role, "lottery.branch", export_right="deny")
        self.assertEqual(self._download("xlsx", groupby=["branch_id"]).status_code, 200)
        with mute_logger("odoo.addons.web.controllers.export", "odoo.http"):
            response = self._download("xlsx", groupby=["branch_id.phone"])
        self.assertEqual(response.status_code, 500)
        self.assertIn("AccessError", response.text)

    def test_columns_of_the_import(self):
        """PF-SEC-01, PF-ORG-03: the suite's own export of units obeys the roles too."""
        role = self._create_role("Boss", "lottery_base.group_branch_admin")
        boss = self._create_person("t_export_boss", self.north, role)
        wizards = self.env["lottery.branch.import"].with_user(boss)
        self._set(role, "lottery.branch", export_right="allow")
        action = wizards.action_export()
        self.assertTrue(wizards.create({}).can_export)
        export = self.env[action["res_model"]].browse(action["res_id"])
        url = export.with_user(boss).action_download()["url"]
        self.env.flush_all()
        self.authenticate("t_export_boss", "t_export_boss-Passw0rd!")
        self.assertIn(self.north.code, self._read_workbook(self.url_open(url)))
        self._set(role, "lottery.branch", export_right="deny")
        self.assertFalse(wizards.create({}).can_export)
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(url).status_code, 403)
            with self._refused():
                self._call("lottery.branch.import", "action_export", [])

    def _read_workbook(self, response):
        book = load_workbook(io.BytesIO(response.content))
        return [row[0] for row in book.active.iter_rows(values_only=True)]

    def test_contract(self):
        """What producers of files ask: by object, by the roles in use, at no cost."""
        access = self.env["lottery.access"]
        self._set(self.exporter_role, export_right="deny")
        door = access.with_user(self.exporter)
        self.assertFalse(door._can_export(PARTNER))
        self.assertTrue(door._can_export("lottery.branch"))
        self.assertTrue(door._can_export("ir.cron"), "no object: the group's say")
        self.assertTrue(door.sudo()._can_export(PARTNER))
        plain = self._create_user("t_export_plain", self.north)
        self.assertFalse(access.with_user(plain)._can_export("ir.cron"))
        second = self._create_role(
            "Second Exporter", "lottery_base.group_user", "base.group_allow_export"
        )
        self.exporter.role_line_ids = [(0, 0, {"role_id": second.id})]
        self.assertTrue(door._can_export(PARTNER))
        self.exporter._switch_role(self.exporter_role)
        self.assertFalse(door._can_export(PARTNER))
        with self.assertQueryCount(0):
            door._can_export(PARTNER)

    def test_client_is_told(self):
        self._set(self.exporter_role, export_right="deny")
        self.authenticate("t_exporter", "t_exporter-Passw0rd!")
        info = self.make_jsonrpc_request("/web/session/get_session_info", {})
        self.assertEqual(info["lottery_export"], {PARTNER: False})
