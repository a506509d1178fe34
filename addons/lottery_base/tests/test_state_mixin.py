from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestStateMixin(TransactionCase):
    """One gate per state machine (docs/decisions/001, choice 3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the one thing Odoo's own tests take from there, in the same place
        from odoo.orm.model_classes import add_to_registry

        class Lamp(models.Model):
            _name = "lottery.test.lamp"
            _description = "Lamp"
            _inherit = ["lottery.state.mixin"]
            _module = "lottery_base"
            _state_transitions = {"off": {"on"}, "on": {"off", "broken"}}

            name = fields.Char()
            state = fields.Selection(
                [("off", "Off"), ("on", "On"), ("broken", "Broken")], default="off"
            )
            log = fields.Char()

            def _on_state_changed(self, old_by_id, target, note):
                for lamp in self:
                    lamp.log = f"{old_by_id[lamp.id]}>{target}:{note}"

        add_to_registry(cls.registry, Lamp)
        cls.registry._setup_models__(cls.env.cr, [Lamp._name])
        cls.registry.init_models(cls.env.cr, [Lamp._name], {"module": "lottery_base"})
        cls.addClassCleanup(cls._remove_model, Lamp._name)
        cls.lamps = cls.env[Lamp._name].create([{"name": "a"}, {"name": "b"}])

    @classmethod
    def _remove_model(cls, name):
        del cls.registry.models[name]
        cls.registry._setup_models__(cls.env.cr, [])

    def test_moves_all(self):
        self.lamps._update_state("on", note="dusk")
        self.assertEqual(self.lamps.mapped("state"), ["on", "on"])
        self.assertEqual(self.lamps[0].log, "off>on:dusk")

    def test_refuses_all_if_one_may_not(self):
        self.lamps[0]._update_state("on")
        with self.assertRaises(UserError) as caught:
            self.lamps._update_state("broken")
        self.assertIn("Off", str(caught.exception))
        self.assertIn("Broken", str(caught.exception))
        self.assertEqual(self.lamps.mapped("state"), ["on", "off"])

    def test_explicit_sources(self):
        self.lamps._update_state("broken", allowed={"off"})
        with self.assertRaises(UserError):
            self.lamps._update_state("on", allowed=())

    def test_closed_to_write_and_create(self):
        with self.assertRaises(UserError):
            self.lamps.write({"state": "on"})
        with self.assertRaises(UserError):
            self.lamps.create({"state": "broken"})
        lamp = self.lamps.with_context(default_state="on").create({"name": "c"})
        self.assertEqual(lamp.state, "off")
        self.assertEqual(self.lamps.create({"state": "off"}).state, "off")

    def test_context_cannot_be_forged(self):
        """RPC sends values; only the object opens the gate."""
        for forged in (True, 1, "object()", {}):
            with self.assertRaises(UserError):
                self.lamps.with_context(lottery_state_gate=forged).write(
                    {"state": "on"}
                )
