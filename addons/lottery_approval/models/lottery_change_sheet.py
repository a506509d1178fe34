from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command


class LotteryChangeRequest(models.Model):
    """The sheet of the form: fields side by side, to fill in and to compare."""

    _inherit = "lottery.change.request"

    proposal = fields.Json(
        compute="_compute_proposal",
        inverse="_inverse_proposal",
    )
    sheet = fields.Json(compute="_compute_sheet")

    @api.depends("line_ids.new_box")
    def _compute_proposal(self):
        for request in self:
            request.proposal = {line.name: line.new for line in request.line_ids}

    def _inverse_proposal(self):
        for request in self:
            request._refuse_while_pending()
            request._set_proposal(request.proposal or {})

    def _set_proposal(self, values):
        """Replace the lines by ``values``; what equals the record is left out.

        :raise ValidationError: names the field and the rule.
        """
        self.ensure_one()
        self._refuse_when_written()
        if not isinstance(values, dict):
            raise ValidationError(self.env._("Changes: must be values by field."))
        target = self._get_readable_target(self.model, self.res_id)
        self._replace_lines(self._prepare_lines(target, values))

    @api.model
    def _prepare_lines(self, target, values):
        """Return the values of the lines that differ from the record.

        :param target: the record as the user, who must see what is linked.
        """
        names = self.env["lottery.change.model"]._find(target._name)._get_names()
        codec = self.env["lottery.change.codec"]
        lines = []
        for name, value in values.items():
            if name not in names:
                raise ValidationError(
                    self.env._("%(field)s: can't be changed on request.", field=name)
                )
            new = codec._parse(target, name, value)
            # the form shows the record's registered fields to whoever may read it
            old = codec._get_raw(target.sudo(), name)
            if new != old:
                lines.append({"name": name, "old_box": [old], "new_box": [new]})
        return lines

    def _replace_lines(self, lines):
        # lines are written by these doors only
        self.sudo().line_ids = [
            Command.clear(),
            *(Command.create(line) for line in lines),
        ]

    @api.depends_context("lang", "uid", "tz")
    @api.depends("model", "res_id", "line_ids", "approval_state")
    def _compute_sheet(self):
        for request in self:
            target_sudo = request._get_target_sudo()
            if not target_sudo:
                request.sheet = []
                continue
            editable = request.approval_state in ("none", "rejected")
            lines = {line.name: line for line in request.line_ids.sudo()}
            names = request._get_sheet_names() if editable else [*lines]
            request.sheet = [
                request._prepare_row(target_sudo, name, lines.get(name))
                for name in names
            ]

    def _get_sheet_names(self):
        """Return the fields the user may ask for; nothing of an unreadable record."""
        target = self.env[self.model].browse(self.res_id)
        if not (self.env.su or target.has_access("read")):
            return []
        registered = self.env["lottery.change.model"]._find(self.model)
        return registered._get_names() if registered else []

    def _prepare_row(self, target_sudo, name, line):
        field = target_sudo._fields[name]
        codec = self.env["lottery.change.codec"]
        current = codec._get_raw(target_sudo, name)
        old = line.old if line else current
        row = {
            "name": name,
            "label": field._description_string(self.env),
            "type": field.type,
            "required": bool(field.required),
            "old": old,
            "old_text": codec._format(target_sudo, name, old),
            "new_text": codec._format(target_sudo, name, line.new) if line else "",
            "moved": bool(line and line._has_moved(current)),
            "conflict": bool(line and line._is_open_conflict(current)),
            "current_text": codec._format(target_sudo, name, current),
            "choice": line.choice or "" if line else "",
        }
        if field.type == "selection":
            row["selection"] = field._description_selection(self.env)
        if field.relational:
            row["relation"] = field.comodel_name
        return row

    # === CONTRACT === #

    @api.model
    def _propose(self, record, values, reason):
        """Ask for a change of ``record`` and submit it; return the request (sudo).

        For callers of their own (portal pages, jobs): the user needs no right but
        to read the record.

        :param dict values: by field name, as `proposal` takes them.
        :raise ValidationError: names the field and the rule.
        """
        record.ensure_one()
        target = self._get_readable_target(record._name, record.id)
        lines = self._prepare_lines(target, values)
        # an owner has no rights on the model; the request is theirs all the same
        request_sudo = self.sudo().create(
            {"model": record._name, "res_id": record.id, "reason": reason}
        )
        request_sudo._replace_lines(lines)
        request_sudo.action_submit_approval()
        return request_sudo
