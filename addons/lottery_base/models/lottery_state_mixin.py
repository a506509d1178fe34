from odoo import api, models
from odoo.exceptions import UserError

# An object, not a value: nothing that arrives over RPC can be identical to it.
GATE = object()
GATE_KEY = "lottery_state_gate"


class LotteryStateMixin(models.AbstractModel):
    """A state machine with one gate.

    The class declares ``state`` (a selection with a default) and
    ``_state_transitions = {from: {to, …}}``. `_update_state` is the only way to
    change ``state``.
    """

    _name = "lottery.state.mixin"
    _description = "State Machine"

    _state_transitions = {}

    @api.model_create_multi
    def create(self, vals_list):
        if "default_state" in self.env.context:
            # an action's default is no way round the gate either
            context = dict(self.env.context)
            del context["default_state"]
            self = self.with_env(self.env(context=context))
        if any("state" in vals for vals in vals_list):
            initial = self.default_get(["state"]).get("state")
            for vals in vals_list:
                if vals.get("state", initial) != initial:
                    self._refuse_state_write()
        return super().create(vals_list)

    def write(self, vals):
        if "state" in vals and self.env.context.get(GATE_KEY) is not GATE:
            self._refuse_state_write()
        return super().write(vals)

    def _update_state(self, target, allowed=None, note=None):
        """Move the records to ``target``, all of them or none.

        :param str target: the new state.
        :param allowed: states to come from; without it those that
            ``_state_transitions`` lets pass to ``target``.
        :param str note: a word for the hook (and so for the journal).
        :raise UserError: names the present and the wanted state.
        """
        if allowed is None:
            allowed = {
                source
                for source, targets in self._state_transitions.items()
                if target in targets
            }
        if refused := self.filtered(lambda record: record.state not in allowed)[:1]:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(record)s is in state “%(state)s” and cannot pass to "
                    "“%(target)s”.",
                    record=refused.display_name,
                    state=labels.get(refused.state, refused.state),
                    target=labels.get(target, target),
                )
            )
        old_by_id = {record.id: record.state for record in self}
        self.with_context(**{GATE_KEY: GATE}).write({"state": target})
        self._on_state_changed(old_by_id, target, note)

    def _on_state_changed(self, old_by_id, target, note):
        """Hook: the records are in state ``target``.

        :param dict old_by_id: the states before, by record id.
        """

    @api.model
    def _refuse_state_write(self):
        raise UserError(
            self.env._(
                "The state of “%(model)s” changes by its own actions only.",
                model=self.env["ir.model"]._get(self._name).name,
            )
        )
