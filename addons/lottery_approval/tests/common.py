"""A tree with heads, a model that is approved, and flows as a user configures them."""

from odoo import fields, models
from odoo.fields import Command
from odoo.tests import TransactionCase
from odoo.tools import mute_logger

from odoo.addons.lottery_base.tests.common import BranchFixture

MODEL = "lottery.test.permit"


BROWSER = "Mozilla/5.0 (X11; Linux) Chrome/140.0 Safari/537"


class CallError(Exception):
    """What the server answered instead of a result: the error's name and message."""


class WebClientMixin:
    """Calls as the web client makes them, by named users."""

    def _call(self, user, method, *args, model, **kwargs):
        if getattr(self, "_caller", None) != user:
            self.authenticate(user.login, user.login + "-Passw0rd!")
            self._caller = user
        self.env.flush_all()
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            json={
                "jsonrpc": "2.0",
                "params": {
                    "model": model,
                    "method": method,
                    "args": args,
                    "kwargs": kwargs,
                },
            },
            headers={"User-Agent": BROWSER},
            timeout=60,
        ).json()
        self.env.invalidate_all()
        if error := answer.get("error"):
            raise CallError(f"{error['data']['name']}: {error['data']['message']}")
        return answer.get("result")

    def _refuse(self, error, *args, **kwargs):
        """The call is answered by an error of this name or with these words."""
        with (
            mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"),
            self.assertRaisesRegex(CallError, error),
        ):
            self._call(*args, **kwargs)


class ApprovalFixture(BranchFixture):
    """Heads: ``county_head``, ``north_head``, ``centre_head``; the ``specialist`` asks."""

    @classmethod
    def _create_user(cls, login, branch, *roles, **values):
        return super()._create_user(
            login, branch, *roles, **{"lang": "en_US", **values}
        )

    @classmethod
    def _set_up_people(cls):
        cls._set_up_branches()
        cls.county = cls.north_county
        cls.specialist = cls._create_user("ap_specialist", cls.county, "specialist")
        cls.county_head = cls._create_user("ap_county", cls.county, "branch_head")
        cls.north_head = cls._create_user("ap_north", cls.north, "branch_head")
        cls.centre_head = cls._create_user("ap_centre", cls.centre, "branch_head")
        cls.aide = cls._create_user("ap_aide", cls.county, "specialist")
        cls.clerk = cls._create_user("ap_clerk", cls.north, "branch_admin")
        cls.stranger = cls._create_user("ap_stranger", cls.south, "specialist")
        cls.county.head_id = cls.county_head
        cls.north.head_id = cls.north_head
        cls.centre.head_id = cls.centre_head
        cls.north.admin_ids = cls.clerk
        cls.env["lottery.approval.flow"].search([]).active = False

    @classmethod
    def _create_flow(cls, *levels, **values):
        """A flow; each level a dict, by default the head of the unit."""
        model = values.pop("model", cls.model)
        return cls.env["lottery.approval.flow"].create(
            {
                "name": "Flow",
                "model_id": cls.env["ir.model"]._get_id(model),
                "level_ids": [
                    Command.create(
                        {
                            "name": f"Level {number}",
                            "sequence": number,
                            "review_type": "branch_head",
                            "fall_to_parent": False,
                            "company_id": False,
                            **level,
                        }
                    )
                    for number, level in enumerate(levels, start=1)
                ],
                **values,
            }
        )


class PermitCase(ApprovalFixture, TransactionCase):
    """A model of its own that adopts approvals by one word."""

    model = MODEL

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the one thing Odoo's own tests take from there, in the same place
        from odoo.orm.model_classes import add_to_registry

        class Permit(models.Model):
            _name = MODEL
            _description = "Permit"
            _inherit = ["lottery.approval.mixin", "lottery.branch.mixin"]
            _module = "lottery_approval"

            name = fields.Char()
            amount = fields.Integer()
            note = fields.Char()
            keeper_id = fields.Many2one("res.users")
            log = fields.Char()

            def _get_approval_fields(self):
                return ["amount", "keeper_id", "name"]

            def _on_approved(self):
                for permit in self:
                    permit.log = f"{permit.log or ''}approved;"

            def _on_rejected(self, reason):
                for permit in self:
                    permit.log = f"{permit.log or ''}rejected {reason};"

        add_to_registry(cls.registry, Permit)
        cls.registry._setup_models__(cls.env.cr, [MODEL])
        cls.registry.init_models(cls.env.cr, [MODEL], {"module": "lottery_approval"})
        cls.addClassCleanup(cls._remove_model)
        cls.env["ir.model.access"].create(
            {
                "name": MODEL,
                "model_id": cls.env["ir.model"]._get_id(MODEL),
                "group_id": cls.env.ref("base.group_user").id,
                "perm_read": True,
                "perm_write": True,
                "perm_create": True,
                "perm_unlink": True,
            }
        )
        cls._set_up_people()

    @classmethod
    def _remove_model(cls):
        del cls.registry.models[MODEL]
        cls.registry._setup_models__(cls.env.cr, [])

    @classmethod
    def _create_permit(cls, user=None, **values):
        return (
            cls.env[MODEL]
            .with_user(user or cls.specialist)
            .create({"name": "Permit", "branch_id": cls.county.id, **values})
        )

    def _submit(self, user=None, **values):
        """Return a permit in approval and its run (as the engine sees it)."""
        permit = self._create_permit(user, **values)
        permit.action_submit_approval()
        return permit, permit.sudo().approval_id

    def _as(self, run, user):
        return self.env["lottery.approval"].with_user(user).browse(run.id)

    def _kinds(self, run):
        run.invalidate_recordset()
        return run.event_ids.mapped("kind")
