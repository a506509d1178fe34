import base64
import io

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ..tools.workbook import make_workbook
from .common import BranchCase, BranchFixture

HEADERS = ("Code *", "Name *", "Kind *", "Parent code", "City", "Latitude")


@tagged("post_install", "-at_install")
class TestBranchImport(BranchCase):
    """PF-ORG-03: units come in whole or not at all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._create_user(
            "t_importer", cls.centre, "branch_admin", lang="en_US"
        )

    def _wizard(self, *rows, user=None, headers=HEADERS):
        return (
            self.env["lottery.branch.import"]
            .with_user(user or self.user)
            .with_context(lang="en_US")
            .create(
                {
                    "file": base64.b64encode(make_workbook(headers, rows)),
                    "filename": "units.xlsx",
                }
            )
        )

    def _faults(self, wizard):
        return [
            (fault.row, fault.column, fault.value or "", fault.reason)
            for fault in wizard.fault_ids
        ]

    def test_dry_run_then_import(self):
        """PF-ORG-03: children may stand before their parents; known codes update."""
        wizard = self._wizard(
            ["T-E1", "East 1", "County", "T-E", "", ""],
            ["T-E", "East", "prefecture", "C", "East City", 25.5],
            ["T-South", "South renamed", "Prefecture", "", "", ""],
        )
        # a known unit keeps what the file leaves blank, so its parent too
        wizard.action_check()
        self.assertEqual(
            self._faults(wizard),
            [(4, "Parent code", "", "must be filled for this kind of unit")],
        )
        wizard = self._wizard(
            ["T-E1", "East 1", "County", "T-E", "", ""],
            ["T-E", "East", "prefecture", "C", "East City", 25.5],
            ["T-South", "South renamed", "Prefecture", "C", "", ""],
        )
        before = self.env["lottery.branch"].search_count([])
        wizard.action_check()
        self.assertEqual(wizard.state, "ready")
        self.assertEqual(self.env["lottery.branch"].search_count([]), before)
        wizard.action_import()
        self.assertEqual(wizard.state, "done")
        self.assertEqual((wizard.created_count, wizard.updated_count), (2, 1))
        east = self.env["lottery.branch"].search([("code", "=", "T-E1")])
        self.assertEqual(east.parent_id.city, "East City")
        self.assertEqual(self.south.name, "South renamed")
        with self.assertRaises(UserError):
            wizard.action_import()

    def test_faults_name_row_column_value_and_reason(self):
        """PF-ORG-03: nothing is imported while there is one fault."""
        wizard = self._wizard(
            ["T-A", "", "County", "T-North", "", ""],
            ["T-B", "B", "Village", "T-North", "", 123],
            ["T-C", "C", "County", "T-NOWHERE", "", ""],
            ["T-D", "D", "County", "T-North", "", ""],
            ["T-D", "D again", "County", "T-North", "", ""],
            ["T-G", "G", "County", "T-H", "", ""],
            ["T-H", "H", "County", "T-G", "", ""],
        )
        wizard.action_import()
        self.assertEqual(wizard.state, "faulty")
        self.assertEqual((wizard.row_count, wizard.fault_count), (7, 7))
        faults = self._faults(wizard)
        self.assertEqual(faults[0], (2, "Name", "", "must be filled"))
        self.assertEqual(faults[1][:3], (3, "Kind", "Village"))
        self.assertEqual(faults[2], (3, "Latitude", "123", "more than 90"))
        self.assertEqual(
            faults[3], (4, "Parent code", "T-NOWHERE", "no unit has this code")
        )
        self.assertEqual(faults[4], (6, "Code", "T-D", "stands twice in the file"))
        self.assertEqual(faults[5][3], "the unit would lie below itself")
        self.assertFalse(self.env["lottery.branch"].search([("code", "=like", "T-_")]))

    def test_new_file_needs_new_check(self):
        wizard = self._wizard(["T-E", "East", "County", "T-North", "", ""])
        wizard.action_check()
        wizard.file = base64.b64encode(make_workbook(HEADERS, [["T-E"]]))
        self.assertEqual(wizard.state, "draft")
        wizard.action_import()
        self.assertEqual(wizard.state, "faulty")

    def test_missing_header_and_no_rows(self):
        with self.assertRaisesRegex(UserError, "Kind"):
            self._wizard(["a", "b"], headers=["Code", "Name"]).action_check()
        wizard = self._wizard()
        wizard.action_check()
        self.assertEqual(wizard.state, "faulty")

    def test_unreadable_file_says_why(self):
        wizard = self._wizard()
        wizard.file = base64.b64encode(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 99)
        with self.assertRaisesRegex(UserError, r"old \.xls"):
            wizard.action_check()
        wizard.file = False
        with self.assertRaisesRegex(UserError, "Choose a file"):
            wizard.action_check()

    def test_sibling_is_out_of_reach(self):
        """PF-SEC-02: an import is no way round the rules."""
        north = self._create_user("t_north_importer", self.north, "branch_admin")
        wizard = self._wizard(
            ["T-South", "Taken over", "Prefecture", "T-North", "", ""],
            ["T-Z", "Z", "County", "T-South", "", ""],
            user=north,
        )
        wizard.action_check()
        self.assertEqual(
            [(row, column) for row, column, _v, _r in self._faults(wizard)],
            [(2, "Code"), (3, "Parent code")],
        )

    def test_role_and_owner(self):
        """PF-SEC-01: only a unit's administrator imports, and sees only their own."""
        wizard = self._wizard(["T-E", "East", "County", "T-North", "", ""])
        desk = self._create_user("t_desk", self.centre, "order_desk")
        with self.assertRaises(AccessError):
            wizard.with_user(desk).action_check()
        other = self._create_user("t_other", self.centre, "branch_admin")
        with self.assertRaises(AccessError):
            wizard.with_user(other).action_check()
        with self.assertRaises(AccessError):
            wizard.with_user(other).read(["filename"])


@tagged("post_install", "-at_install")
class TestImportDownloads(BranchFixture, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls.user = cls._create_user("t_loader", cls.north, "branch_admin")

    def _rows(self, response):
        book = load_workbook(io.BytesIO(response.content))
        return [list(row) for row in book.active.iter_rows(values_only=True)]

    def test_template(self):
        """PF-ORG-03: the template's headers are those the check knows."""
        self.authenticate("t_loader", "t_loader-Passw0rd!")
        response = self.url_open("/lottery/import/lottery.branch.import/template.xlsx")
        self.assertEqual(response.status_code, 200)
        headers = self._rows(response)[0]
        columns = (
            self.env["lottery.branch.import"]
            .with_user(self.user)
            .with_context(lang=self.user.lang)
            ._import_columns()
        )
        self.assertEqual(
            [header.rstrip(" *") for header in headers],
            [column.label for column in columns],
        )

    def test_faults_file(self):
        wizard = (
            self.env["lottery.branch.import"]
            .with_user(self.user)
            .create(
                {
                    "file": base64.b64encode(
                        b"code,name,kind,parent\nT-1,,county,T-North\n"
                    ),
                    "filename": "u.csv",
                }
            )
        )
        wizard.action_check()
        self.env.flush_all()
        self.authenticate("t_loader", "t_loader-Passw0rd!")
        url = f"/lottery/import/lottery.branch.import/{wizard.id}/faults.xlsx"
        response = self.url_open(url)
        self.assertEqual(self._rows(response)[1][0], 2)
        self._create_user("t_stranger", self.south, "branch_admin")
        self.authenticate("t_stranger", "t_stranger-Passw0rd!")
        self.assertEqual(self.url_open(url).status_code, 404)

    def test_only_imports(self):
        self.authenticate("t_loader", "t_loader-Passw0rd!")
        response = self.url_open("/lottery/import/res.users/template.xlsx")
        self.assertEqual(response.status_code, 404)
