from datetime import datetime

from odoo import models
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from odoo.addons.lottery_base.tests.common import BranchFixture

from ..engine.spec import Dimension, Measure

QUIET = ("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.sql_db")
REPORT = "lottery.report.contacts"


class ContactReport(models.AbstractModel):
    """Contacts by unit, day and kind, as an addon would declare it."""

    _name = REPORT
    _inherit = ["lottery.report"]
    _description = "Contacts"
    _module = "lottery_report"

    _report_name = "Contacts"
    _report_model = "res.partner"
    _report_dimensions = {
        "day": Dimension("Day", "create_date"),
        "unit": Dimension("Unit", "branch_id"),
        "kind": Dimension("Kind", "type"),
        "company": Dimension("Company", "is_company"),
        "country": Dimension("Country", "country_id.code"),
        "tag": Dimension("Tag", "category_id"),
    }
    _report_measures = {
        "contacts": Measure("Contacts", aggregate="count"),
        "shared": Measure("Latitude", "partner_latitude", kind="float"),
        "average": Measure("Each", ratio=("shared", "contacts"), kind="float"),
    }


class CallError(Exception):
    """What the server answered instead of a result."""


class ReportCase(BranchFixture, HttpCase):
    """A report on contacts of two prefectures, made on days of 2025 and 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._register_report()
        cls._set_up_branches()
        roles = ("branch_admin", "base.group_partner_manager")
        values = {"lang": "en_US", "tz": "Asia/Shanghai"}
        cls.user_north = cls._create_user("t_rep_n", cls.north, *roles, **values)
        cls.user_south = cls._create_user("t_rep_s", cls.south, *roles, **values)
        cls.leader = cls._create_user("t_rep_z", cls.centre, *roles, **values)
        cls.definition = cls.env["lottery.report.definition"].create(
            {"name": "Contact Report", "report": REPORT}
        )
        cls.marker = cls.env["res.country"].create({"name": "Nowhere", "code": "QZ"})
        for branch, day, latitude in (
            (cls.north, "2025-03-10", 5),
            (cls.north, "2026-02-20", 7),
            (cls.north, "2026-03-03", 10),
            (cls.north, "2026-03-04", 20),
            (cls.north_county, "2026-03-04", 30),
            (cls.south, "2026-03-04", 40),
        ):
            cls._create_contact(branch, day, latitude)

    @classmethod
    def _register_report(cls):
        registry = cls.env.registry
        from odoo.orm.model_classes import add_to_registry

        add_to_registry(registry, ContactReport)
        registry._setup_models__(cls.env.cr, [REPORT])
        cls.addClassCleanup(registry._setup_models__, cls.env.cr, ["lottery.report"])
        cls.addClassCleanup(
            registry["lottery.report"]._inherit_children.discard, REPORT
        )
        cls.addClassCleanup(registry.__delitem__, REPORT)

    @classmethod
    def _create_contact(cls, branch, day, latitude, hour=4):
        contact = cls.env["res.partner"].create(
            {
                "name": f"Counted {day}",
                "branch_id": branch.id,
                "partner_latitude": latitude,
                "country_id": cls.marker.id,
            }
        )
        cls.env.flush_all()
        made = datetime.fromisoformat(day).replace(hour=hour)
        cls.env.cr.execute(
            "UPDATE res_partner SET create_date = %s WHERE id = %s", [made, contact.id]
        )
        contact.invalidate_recordset()
        return contact

    def _login(self, user):
        self.authenticate(user.login, user.login + "-Passw0rd!")

    def _call(self, model, method, *args):
        """Call a method as the web client of who is logged in does."""
        self.env.flush_all()
        answer = self.opener.post(
            f"{self.base_url()}/web/dataset/call_kw/{model}/{method}",
            json={
                "jsonrpc": "2.0",
                "params": {
                    "model": model,
                    "method": method,
                    "args": list(args),
                    "kwargs": {"context": {"lang": "en_US"}},
                },
            },
            timeout=60,
        ).json()
        self.env.invalidate_all()
        if error := answer.get("error"):
            raise CallError(error["data"]["message"])
        return answer.get("result")

    def _refuse(self, text, model, method, *args):
        """The call fails, and the message that the user reads says ``text``."""
        with mute_logger(*QUIET), self.assertRaisesRegex(CallError, text):
            self._call(model, method, *args)

    def _options(self, **options):
        return {
            "period": {"kind": "custom", "first": "2026-03-01", "last": "2026-03-31"},
            "dimensions": ["day"],
            **options,
        }

    def _report(self, **options):
        return self._call(REPORT, "get_report", self._options(**options))
