import base64
import io

from openpyxl import load_workbook

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from ..tools.workbook import make_workbook
from .test_people import PeopleFixture

USERS = ("Login", "Name", "Mobile", "Unit codes", "Roles", "Department", "Status")
TEAMS = ("Unit code", "Name", "Login of the lead", "Logins of the members", "Purpose")


class ImportFixture(PeopleFixture):
    def _wizard(self, model, data, filename="t.xlsx", user=None, lang="en_US"):
        return (
            self.env[model]
            .with_user(user or self.admin)
            .with_context(lang=lang)
            .create({"file": base64.b64encode(data), "filename": filename})
        )

    def _import(self, model, headers, *rows, user=None):
        wizard = self._wizard(model, make_workbook(headers, rows), user=user)
        wizard.action_check()
        return wizard

    def _faults(self, wizard):
        return [
            (fault.row, fault.column, fault.value or "", fault.reason)
            for fault in wizard.fault_ids
        ]

    def _find(self, login):
        users = self.env["res.users"].with_context(active_test=False)
        return users.search([("login", "=", login)])


@tagged("post_install", "-at_install")
class TestPeopleImport(ImportFixture, HttpCase):
    """PF-ORG-03: people and teams come in whole or not at all, and go out again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_people()

    def test_people(self):
        """PF-ORG-03: dry run, then created and updated; blanks leave what there is."""
        rows = (
            [
                "t_imp_1",
                "One",
                "154 0000 0011",
                "T-North、T-North-1",
                "Specialist",
                "A",
                "",
            ],
            ["t_imp_2", "Two", "", "T-North-1", "专管员，库管员", "", "Suspended"],
            ["t_clerk", "Clerk", "15400000012", "", "Warehouse Keeper", "", ""],
        )
        wizard = self._import("lottery.user.import", USERS, *rows)
        self.assertEqual(self._faults(wizard), [])
        self.assertFalse(self._find("t_imp_1"))
        wizard.action_import()
        self.assertEqual((wizard.created_count, wizard.updated_count), (2, 1))
        one, two = self._find("t_imp_1"), self._find("t_imp_2")
        self.assertEqual(one.branch_ids, self.north | self.north_county)
        self.assertEqual(one.mobile, "+8615400000011")
        self.assertEqual(one.create_uid, self.admin)
        self.assertEqual((two.active, two.staff_state), (False, "suspended"))
        self.assertTrue(two.has_group("lottery_base.group_warehouse_keeper"))
        self.assertEqual(self.clerk.branch_ids, self.north_county)
        self.assertEqual(self.clerk.staff_role_ids, self.role["warehouse_keeper"])

    def test_people_faults(self):
        """PF-ORG-03, PF-SEC-02: row, column, value, reason; nothing is written."""
        self._create_staff("t_theirs", self.south, "specialist")
        self._create_staff("t_lead", self.north, "centre_leader")
        wizard = self._import(
            "lottery.user.import",
            USERS,
            ["t_imp_1", "One", "12345", "T-North", "Specialist", "", ""],
            ["t_imp_2", "Two", "", "T-South", "Specialist", "", ""],
            ["t_imp_3", "Three", "", "T-North", "Suite Administrator", "", ""],
            ["t_imp_4", "Four", "", "T-Nowhere", "Wizard", "", "Gone"],
            ["t_theirs", "Theirs", "", "T-North", "", "", ""],
            ["t_lead", "Lead", "", "", "", "B", ""],
            ["t_imp_5", "Five", "", "", "", "", ""],
            ["t_imp_5", "Five", "", "T-North", "", "", ""],
            ["t_north_boss", "Boss", "", "", "Specialist", "", ""],
            ["t_imp_6", "Six", "", "T-Nowhere", "Wizard", "", ""],
        )
        wizard.action_import()
        self.assertEqual(wizard.state, "faulty")
        faults = self._faults(wizard)
        self.assertEqual(
            [fault[:3] for fault in faults],
            [
                (2, "Mobile", "12345"),
                (3, "Unit codes", "T-South"),
                (4, "Roles", self.role["admin"].name),
                (5, "Status", "Gone"),
                (6, "Login", "t_theirs"),
                (7, "Login", "t_lead"),
                (8, "Unit codes", ""),
                (9, "Login", "t_imp_5"),
                (10, "Login", "t_north_boss"),
                (11, "Unit codes", "T-Nowhere"),
                (11, "Roles", "Wizard"),
            ],
        )
        self.assertEqual(faults[2][3], "a role you may not give")
        self.assertFalse(self._find("t_imp_1"))

    def test_teams(self):
        """PF-ORG-03, PF-ORG-02: teams with lead and members by their logins."""
        rows = [
            ["T-North", "East", "t_north_boss", "t_clerk", "Visits"],
            ["T-South", "West", "", "", ""],
            ["T-North", "North", "t_nobody", "", ""],
            ["T-North-1", "County", "", "t_north_boss", ""],
        ]
        wizard = self._import("lottery.team.import", TEAMS, *rows)
        self.assertEqual(
            [fault[:3] for fault in self._faults(wizard)],
            [
                (3, "Unit code", "T-South"),
                (4, "Login of the lead", "t_nobody"),
                (5, "Logins of the members", "t_north_boss"),
            ],
        )
        wizard = self._import("lottery.team.import", TEAMS, rows[0])
        wizard.action_import()
        team = self.env["lottery.team"].search([("name", "=", "East")])
        self.assertEqual((team.lead_id, team.member_ids), (self.admin, self.clerk))

    def test_round_trip(self):
        """PF-ORG-03: what goes out comes in again and changes nothing."""
        self.north.write({"latitude": 25.0432178, "longitude": 102.7, "city": "=1+1"})
        self.clerk.write({"mobile": "15400000013", "staff_state": "left"})
        self.clerk.department = "-minus"
        self.env["lottery.team"].create(
            {
                "name": "East",
                "branch_id": self.north.id,
                "member_ids": [(4, self.clerk.id)],
                "active": False,
            }
        )
        self.authenticate("t_north_boss", "t_north_boss-Passw0rd!")
        lang = self.env["res.users"].with_user(self.admin).context_get()["lang"]
        for model, count in (
            ("lottery.branch.import", 2),
            ("lottery.user.import", 2),
            ("lottery.team.import", 1),
        ):
            for kind in ("xlsx", "csv"):
                with self.subTest(model=model, kind=kind):
                    data = self._download(model, kind)
                    wizard = self._wizard(model, data, f"t.{kind}", lang=lang)
                    wizard.action_check()
                    self.assertEqual(self._faults(wizard), [])
                    self.assertEqual(wizard.row_count, count)
                    wizard.action_import()
                    counts = (wizard.created_count, wizard.updated_count)
                    self.assertEqual(counts, (0, 0))
        self.assertEqual((self.north.city, self.clerk.department), ("=1+1", "-minus"))

    def _download(self, model, kind):
        wizard = self.env[model].with_user(self.admin).create({})
        export = self.env["lottery.table.export"].browse(
            wizard.action_export()["res_id"]
        )
        export.with_user(self.admin).format = kind
        self.env.flush_all()
        response = self.url_open(export.action_download()["url"])
        self.assertEqual(response.status_code, 200)
        self.last = export
        return response.content

    def test_export_of_others(self):
        """PF-SEC-02: a file is its maker's, and holds what they may see."""
        self._create_staff("t_theirs", self.south, "specialist")
        self.authenticate("t_north_boss", "t_north_boss-Passw0rd!")
        book = load_workbook(io.BytesIO(self._download("lottery.user.import", "xlsx")))
        logins = [row[0] for row in book.active.iter_rows(values_only=True)]
        self.assertIn("t_clerk", logins)
        self.assertNotIn("t_theirs", logins)
        self._create_user("t_south_boss", self.south, "branch_admin")
        self.authenticate("t_south_boss", "t_south_boss-Passw0rd!")
        url = self.last.action_download()["url"]
        self.assertEqual(self.url_open(url).status_code, 404)

    def test_export_needs_the_right(self):
        """PF-SEC-01: exporting is a right of its own."""
        driver = self._create_user("t_driver", self.north, "driver")
        door = self.env["lottery.user.import"].with_user(driver)
        with self.assertRaises(AccessError):
            door._open_export(self.clerk.with_user(driver))
        with self.assertRaises(AccessError):
            door._export_file(self.clerk.ids, "xlsx")
