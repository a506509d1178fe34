"""A month with a kind of its own, whose two sides the test decides."""

from datetime import date

from odoo import api, models
from odoo.tests import HttpCase

from odoo.addons.lottery_base.engine.columns import Column
from odoo.addons.lottery_base.tests.common import BranchFixture
from odoo.addons.lottery_base.tools.workbook import make_workbook

HEADERS = ("Code *", "Name", "Unit", "Packs")


class PartnerSource(models.AbstractModel):
    """Contacts by reference: name, unit and a figure (``color``)."""

    _name = "lottery.reconcile.source.test"
    _description = "Test"
    _module = None
    _inherit = ["lottery.reconcile.source"]

    _reconcile_model = "res.partner"

    _reconcile_name = "Test"
    _reconcile_key_column = Column("key", "Code", required=True, max_length=32)
    _reconcile_columns = (
        Column("name", "Name"),
        Column("branch", "Unit"),
        Column("packs", "Packs", type="integer"),
    )
    _reconcile_query = """
        SELECT p.ref AS key, p.branch_id, p.id AS res_id, p.name AS label,
               jsonb_build_object(
                   'name', p.name, 'branch', b.code, 'packs', p.color) AS facts,
               p.active AS expected
          FROM res_partner p JOIN lottery_branch b ON b.id = p.branch_id
         WHERE left(p.ref, 2) = 'T-'
    """

    @api.model
    def _reconcile_can_pull(self):
        return True

    @api.model
    def _reconcile_pull(self, run):
        """The answer comes when the test says so."""


class ReconcileFixture(BranchFixture):
    @classmethod
    def _set_up_reconcile(cls):
        cls._set_up_branches()
        from odoo.orm.model_classes import add_to_registry

        add_to_registry(cls.registry, PartnerSource)
        cls.addClassCleanup(
            lambda: cls.registry._setup_models__(cls.env.cr, ["res.partner"])
        )
        cls.addClassCleanup(cls.registry.__delitem__, "lottery.reconcile.source.test")
        cls.registry._setup_models__(cls.env.cr, [PartnerSource._name])
        cls.env["res.lang"]._activate_lang("en_US")
        create = cls._create_user
        cls.centre_admin = create("t_ca", cls.centre, "branch_admin", lang="en_US")
        cls.north_admin = create("t_na", cls.north, "branch_admin", lang="en_US")
        cls.south_admin = create("t_sa", cls.south, "branch_admin", lang="en_US")
        cls.specialist = create("t_sp", cls.north, "specialist", lang="en_US")
        cls.north.admin_ids = cls.north_admin
        cls.south.admin_ids = cls.south_admin
        cls.contacts = cls.env["res.partner"].create(
            [
                {"ref": f"T-{n}", "name": f"Shop {n}", "branch_id": unit.id, "color": n}
                for n, unit in enumerate([cls.north_county, cls.north, cls.south], 1)
            ]
        )
        cls.month = (
            cls.env["lottery.reconcile.month"]
            .with_user(cls.centre_admin)
            .create({"month": date(2026, 3, 15)})
        )
        cls.its_run = cls.month.run_ids.filtered(lambda run: run.kind == "test")
        # other kinds are not what is tested here
        (cls.month.run_ids - cls.its_run).sudo().unlink()

    def _rows(self, **changes):
        """Rows of the other side that agree with ours but for ``changes``."""
        rows = {
            "T-1": ["T-1", "Shop 1", "T-North-1", 1],
            "T-2": ["T-2", "Shop 2", "T-North", 2],
            "T-3": ["T-3", "Shop 3", "T-South", 3],
        }
        for key, row in changes.items():
            rows[key.replace("_", "-")] = row
        return [row for row in rows.values() if row]

    def _workbook(self, rows, headers=HEADERS):
        return make_workbook(headers, rows)

    def _differences(self):
        return self.env["lottery.reconcile.difference"].search(
            [("run_id", "=", self.its_run.id)], order="key, field_name"
        )

    def _found(self):
        return [
            (row.key, row.difference, row.field_name, row.ours, row.theirs, row.state)
            for row in self._differences()
        ]


class ReconcileCase(ReconcileFixture, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_reconcile()
