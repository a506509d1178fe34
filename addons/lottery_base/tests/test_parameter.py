from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, TransactionCase, tagged
from odoo.tools import mute_logger

from .common import BranchFixture


class ParameterFixture(BranchFixture):
    @classmethod
    def _set_up_parameters(cls):
        cls._set_up_branches()
        cls.days = cls._create_parameter("t.days", "integer", "30", maximum="90")
        cls.chief = cls._create_user("t_chief", cls.centre, "admin", lang="en_US")
        cls.north_admin = cls._create_user(
            "t_north_admin", cls.north, "branch_admin", lang="en_US"
        )

    @classmethod
    def _create_parameter(cls, code, kind, default, **values):
        return cls.env["lottery.parameter"].create(
            {
                "code": code,
                "name": f"Test {code}",
                "type": kind,
                "default": default,
                "overridable": True,
                **values,
            }
        )

    def _set(self, branch, text):
        return self.env["lottery.parameter.value"].create(
            {"parameter_id": self.days.id, "branch_id": branch.id, "value": text}
        )


@tagged("post_install", "-at_install")
class TestParameter(ParameterFixture, TransactionCase):
    """PF-WRK-02: typed, with default, limits, values of units, history; cached."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_parameters()
        cls.get = cls.env["lottery.parameter"]._get

    def test_nearest_unit_above_wins(self):
        """PF-WRK-02: own unit, else nearest above, else common, else default."""
        self.assertEqual(self.get("t.days", self.north_county), 30)
        self.days.value = "40"
        self.assertEqual(self.get("t.days", self.north_county), 40)
        self._set(self.centre, "50")
        self.assertEqual(self.get("t.days", self.north_county), 50)
        self.assertEqual(self.get("t.days"), 40)
        self._set(self.north, "60")
        own = self._set(self.north_county, "70")
        self.assertEqual(self.get("t.days", self.north_county), 70)
        own.unlink()
        self.assertEqual(self.get("t.days", self.north_county), 60)
        self.assertEqual(self.get("t.days", self.south), 50)
        self.north_county.parent_id = self.south
        self.assertEqual(self.get("t.days", self.north_county), 50)

    def test_types(self):
        for kind, default, more, value in (
            ("boolean", "true", {}, True),
            ("float", "0.25", {}, 0.25),
            ("char", "abc", {}, "abc"),
            ("selection", "b", {"selection_values": "a=One\nb=Two"}, "b"),
        ):
            self._create_parameter(f"t.{kind}", kind, default, **more)
            self.assertIs(type(self.get(f"t.{kind}")), type(value))
            self.assertEqual(self.get(f"t.{kind}"), value)
        day = self._create_parameter("t.date", "date", "2026-03-31")
        self.assertEqual(self.get("t.date").isoformat(), "2026-03-31")
        with self.assertRaisesRegex(ValidationError, "Test t.date.*not a date"):
            day.value = "31.3.2026"

    def test_unknown_code(self):
        with self.assertRaises(KeyError):
            self.get("t.nothing")

    def test_reading_costs_no_query(self):
        """PF-WRK-02: reading is cached, and forgotten when a value changes."""
        self._set(self.north, "60")
        self.get("t.days", self.north_county)
        with self.assertQueryCount(0):
            for _time in range(3):
                self.assertEqual(self.get("t.days", self.north_county), 60)
        self.days.branch_value_ids.value = "61"
        self.assertEqual(self.get("t.days", self.north_county), 61)

    def test_limits(self):
        with self.assertRaisesRegex(ValidationError, "Test t.days.*more than 90"):
            self.days.value = "91"
        with self.assertRaisesRegex(ValidationError, "not a whole number"):
            self._set(self.north, "1.5")
        self.days.value = " 007 "
        self.assertEqual(self.days.value, "7")
        self.days.value = ""
        self.assertEqual(self.get("t.days"), 30)

    def test_update_that_narrows_limits(self):
        """An addon's update does not stop at a value the new limits forbid."""
        self.days.value = "80"
        self.days.maximum = "50"
        with mute_logger("odoo.addons.lottery_base.models.lottery_parameter"):
            self.assertEqual(self.get("t.days"), 30)

    def test_history(self):
        """PF-WRK-02: who, when, from what to what; never altered."""
        self.days.with_user(self.chief).value = "40"
        with Form(self.days.with_user(self.north_admin)) as form:
            with form.branch_value_ids.new() as line:
                line.branch_id = self.north
                line.value = "45"
        with Form(self.days.with_user(self.north_admin)) as form:
            with form.branch_value_ids.edit(0) as line:
                line.value = "46"
        self.days.branch_value_ids.unlink()
        self.assertEqual(
            [
                (change.user_id.login, change.branch_id.code, change.old, change.new)
                for change in self.days.change_ids[:3].sorted("id")
            ],
            [
                ("t_north_admin", "T-North", False, "45"),
                ("t_north_admin", "T-North", "45", "46"),
                (self.env.user.login, "T-North", "46", False),
            ],
        )
        first = self.days.change_ids[-1]
        self.assertEqual(
            (first.user_id, first.old, first.new), (self.chief, False, "40")
        )
        for alter in (lambda: first.write({"new": "1"}), first.unlink):
            with self.assertRaises(UserError):
                alter()

    def test_administrator_of_a_unit(self):
        """PF-SEC-02: own units, overridable parameters, nothing else."""
        days = self.days.with_user(self.north_admin)
        values = self.env["lottery.parameter.value"].with_user(self.north_admin)
        theirs = self._set(self.south, "20")
        self.assertFalse(values.search([]))
        self.assertFalse(days.branch_value_ids)
        theirs.unlink()
        for vals in ({"value": "1"}, {"maximum": "1"}, {"overridable": False}):
            with self.assertRaises(AccessError):
                days.write(vals)
        fixed = self._create_parameter("t.fixed", "integer", "1", overridable=False)
        with self.assertRaises(ValidationError):
            values.create(
                {"parameter_id": fixed.id, "branch_id": self.north.id, "value": "2"}
            )
        with mute_logger("odoo.addons.base.models.ir_rule"):
            for unit in (self.south, self.centre):
                with self.assertRaises(AccessError):
                    values.create(
                        {
                            "parameter_id": days.id,
                            "branch_id": unit.id,
                            "value": "2",
                        }
                    )
            own = values.create(
                {"parameter_id": days.id, "branch_id": self.north.id, "value": "2"}
            )
            with self.assertRaises(AccessError):
                own.branch_id = self.south

    def test_an_update_leaves_values(self):
        """Definitions come from the addon again, values stay the administrator's."""
        parameter = self.env.ref(
            "lottery_base.lottery_parameter_one_time_password_hours"
        )
        parameter.value = "2"
        self.env["lottery.parameter"]._load_records(
            [
                {
                    "xml_id": "lottery_base.lottery_parameter_one_time_password_hours",
                    "values": {"default": "48"},
                    "noupdate": False,
                }
            ],
            update=True,
        )
        self.assertEqual((parameter.default, parameter.value), ("48", "2"))


@tagged("post_install", "-at_install")
class TestParameterDoor(ParameterFixture, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_parameters()

    def test_web_client_saves(self):
        """PF-WRK-02: what the form sends, with the labels it gets back."""
        self.authenticate("t_chief", "t_chief-Passw0rd!")
        rows = self.make_jsonrpc_request(
            "/web/dataset/call_kw/lottery.parameter/web_save",
            {
                "model": "lottery.parameter",
                "method": "web_save",
                "args": [self.days.ids, {"value": "45"}],
                "kwargs": {
                    "specification": {
                        "value_label": {},
                        "default_label": {},
                        "own_label": {},
                    }
                },
            },
        )
        self.assertEqual(
            [rows[0][name] for name in ("value_label", "default_label", "own_label")],
            ["45", "30", "45"],
        )
        self.assertEqual(self.env["lottery.parameter"]._get("t.days"), 45)
