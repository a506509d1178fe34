import base64
import csv
import io
import os
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.outlet_channel.engine import sealing

from .common import PHONE, TEST_KEY, OutletCase

CARD = "11010519491231002X"


@tagged("post_install", "-at_install")
class TestImport(OutletCase):
    """PF-ORG-03 for outlets: dry run, every fault named, nothing imported with one."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.dict(os.environ, {sealing.KEY_NAME: TEST_KEY}))

    def _row(self, index, **values):
        return {
            "number": f"I-{index:06d}",
            "name": f"导入{index}",
            "branch": "T-CJ",
            "owner_name": f"业主{index}",
            "owner_phone": (PHONE % index)[3:],
            **values,
        }

    def _wizard(self, rows, user=None, encoding="utf-8"):
        names = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, names)
        writer.writeheader()
        writer.writerows(rows)
        return (
            self.env["lottery.outlet.import"]
            .with_user(user or self.admin_changji)
            .create(
                {
                    "file": base64.b64encode(text.getvalue().encode(encoding)),
                    "filename": "网点.csv",
                }
            )
        )

    def _faults(self, rows, user=None):
        wizard = self._wizard(rows, user)
        wizard.action_check()
        before = self.env["lottery.outlet"].search_count([])
        wizard.action_import()
        self.assertEqual(self.env["lottery.outlet"].search_count([]), before)
        return [(fault.row, fault.column) for fault in wizard.fault_ids]

    def test_new_outlets_with_owner_login_and_all(self):
        self._create_tag("旗舰")
        row = self._row(
            1,
            kind="Side-line",
            county="阜康市",
            latitude=44.1,
            longitude=87.9,
            id_card=CARD,
            specialist=self.specialist.login,
            licence_expiry="2027-12-31",
            deposit="5,000",
            commission_card="6217000012345678901",
            tags="旗舰",
            terminals="T-1；T-2",
        )
        wizard = self._wizard(
            [row, self._row(2, state="Suspended")], encoding="gb18030"
        )
        wizard.action_check()
        self.assertEqual(wizard.state, "ready", wizard.fault_ids.mapped("reason"))
        self.assertFalse(
            self.env["lottery.outlet"].search([("number", "=like", "I-%")])
        )
        wizard.action_import()
        self.assertEqual((wizard.created_count, wizard.updated_count), (2, 0))
        first, second = self.env["lottery.outlet"].search([("number", "=like", "I-%")])
        self.assertEqual((first.state, second.state), ("active", "suspended"))
        self.assertEqual(first.kind, "side_line")
        self.assertEqual(first.user_id.login, PHONE % 1)
        self.assertEqual(first.owner_id.id_card_number, "110***********002X")
        self.assertEqual(first.specialist_id, self.specialist)
        self.assertEqual(first.deposit, 5000)
        self.assertEqual(first.lottery_tag_ids.name, "旗舰")
        self.assertEqual(first.terminal_numbers, "T-1, T-2")
        self.assertGreater(first.distance_km, 0)
        self.assertEqual(first.partner_id.name, "I-000001 导入1")

    def test_known_number_is_updated_blanks_stay(self):
        outlet = self._create_outlet(1, number="I-000001", address="旧址")
        wizard = self._wizard(
            [self._row(1, name="新名", address="", distance_km="70", owner_name="")]
        )
        wizard.action_import()
        self.assertEqual((wizard.created_count, wizard.updated_count), (0, 1))
        self.assertEqual((outlet.name, outlet.address), ("新名", "旧址"))
        self.assertEqual((outlet.distance_km, outlet.distance_manual), (70, True))
        self.assertEqual(outlet.state, "active")

    def test_owner_of_two_rows_is_one_person(self):
        same = {"owner_name": "古丽", "owner_phone": "15400000055"}
        self._wizard([self._row(1, **same), self._row(2, **same)]).action_import()
        outlets = self.env["lottery.outlet"].search([("number", "=like", "I-%")])
        self.assertEqual(len(outlets), 2)
        self.assertEqual(len(outlets.owner_id), 1)
        self.assertEqual(len(outlets.user_id), 1)

    def test_owner_changes(self):
        outlet = self._create_outlet(1, number="I-000001")
        before = outlet.user_id
        self._wizard(
            [self._row(1, owner_name="新业主", owner_phone="15400000066")]
        ).action_import()
        self.assertEqual(outlet.owner_name, "新业主")
        self.assertEqual(outlet.user_id.login, "+8615400000066")
        self.assertFalse(before.active)

    def test_each_fault_is_named(self):
        self._create_outlet(70, branch=self.kashi, number="I-000070")
        taken = self._create_outlet(71, number="I-000071", state="suspended")
        self.env["lottery.outlet.terminal"].create(
            {"number": "T-9", "outlet_id": taken.id}
        )
        self._create_tag("喀什", self.kashi)
        self.specialist.login = "+8615400000099"
        self._create_owner(80, id_card_number=CARD)
        cases = [
            ({"number": "1"}, "Number"),
            ({"branch": "T-KS"}, "Unit Code"),
            ({"branch": "nowhere"}, "Unit Code"),
            ({"kind": "超市"}, "Kind"),
            ({"latitude": "91", "longitude": "87"}, "Latitude"),
            ({"longitude": "87.1"}, "Latitude"),
            ({"owner_phone": "0991-1234567"}, "Mobile"),
            ({"owner_phone": "", "owner_name": ""}, "Mobile"),
            ({"owner_phone": "15400000099"}, "Mobile"),
            ({"owner_phone": "15400000070"}, "Owner's Name"),
            ({"owner_name": ""}, "Owner's Name"),
            ({"number": "I-000070"}, "Number"),
            (
                {
                    "number": "I-000071",
                    "owner_phone": "15400000071",
                    "owner_name": "业主71",
                    "state": "Active",
                },
                "State",
            ),
            ({"id_card": "110105194912310021"}, "ID Card"),
            ({"id_card": CARD}, "ID Card"),
            ({"commission_card": "12"}, "Commission Card"),
            ({"specialist": "admin_nobody"}, "Specialist"),
            ({"specialist": self.admin_kashi.login}, "Specialist"),
            ({"tags": "没有"}, "Tags"),
            ({"tags": "喀什"}, "Tags"),
            ({"terminals": "T-9"}, "Devices"),
            ({"licence_expiry": "2027-02-30"}, "Licence Until"),
            ({"deposit": "-1"}, "Deposit"),
        ]
        for index, (values, column) in enumerate(cases, start=1):
            with self.subTest(values=values):
                found = self._faults([self._row(90), self._row(index, **values)])
                self.assertEqual(found, [(3, column)])

    def test_faults_between_rows(self):
        found = self._faults(
            [
                self._row(1, terminals="T-1", id_card=CARD),
                self._row(1, owner_name="别人"),
                self._row(2, terminals="T-1", id_card=CARD),
            ]
        )
        self.assertEqual(
            found,
            [(3, "Number"), (3, "Owner's Name"), (4, "ID Card"), (4, "Devices")],
        )

    def test_roles(self):
        with self.assertRaises(AccessError):
            self._wizard([self._row(1)], user=self.desk)
