from odoo import api, fields, models
from odoo.exceptions import UserError


class LotteryChangeLine(models.Model):
    """One field of a change request: before and after (PF-APR-04).

    `old` is what the applicant saw. When the record has another value at the end,
    an approver has to choose; the choice counts for the value that was seen then.
    """

    _name = "lottery.change.line"
    _description = "Field of a Change Request"
    _inherit = ["lottery.change.codec"]
    _order = "request_id, id"

    request_id = fields.Many2one(
        "lottery.change.request", required=True, ondelete="cascade", index=True
    )
    name = fields.Char("Field Name", required=True)
    label = fields.Char("Field", compute="_compute_texts")
    # in a list of one: a JSON field keeps neither 0 nor False nor an empty list
    old_box = fields.Json()
    new_box = fields.Json()
    seen_box = fields.Json(help="What the record had when the approver chose.")
    choice = fields.Selection([("take", "Take the new"), ("keep", "Keep the present")])
    old_text = fields.Char("Before", compute="_compute_texts")
    new_text = fields.Char("After", compute="_compute_texts")
    current_text = fields.Char("At Present", compute="_compute_texts")
    conflict = fields.Boolean(compute="_compute_texts")

    _name_uniq = models.Constraint(
        "UNIQUE(request_id, name)", "Each field is changed once in a request."
    )

    @property
    def old(self):
        return self.old_box[0]

    @property
    def new(self):
        return self.new_box[0]

    @api.depends_context("lang", "tz")
    @api.depends("old_box", "new_box", "seen_box", "choice", "request_id.res_id")
    def _compute_texts(self):
        for line in self:
            target_sudo = line.request_id._get_target_sudo()
            field = target_sudo is not None and target_sudo._fields.get(line.name)
            if not field:
                line.label = line.name
                line.old_text = line.new_text = line.current_text = False
                line.conflict = False
                continue
            line.label = field._description_string(self.env)
            line.old_text = line._format(target_sudo, line.name, line.old)
            line.new_text = line._format(target_sudo, line.name, line.new)
            current = line._get_current(target_sudo)
            line.current_text = line._format(target_sudo, line.name, current)
            line.conflict = line._is_open_conflict(current)

    def _get_current(self, target_sudo):
        return self._get_raw(target_sudo, self.name) if target_sudo else None

    def _has_moved(self, current):
        """Whether the record has neither the old nor the new value."""
        return current not in (self.old, self.new)

    def _is_open_conflict(self, current):
        return self._has_moved(current) and not (
            self.choice and self.seen_box == [current]
        )

    def _choose(self, choice, target_sudo):
        self.ensure_one()
        current = self._get_current(target_sudo)
        if not self._has_moved(current):
            raise UserError(
                self.env._("%(field)s: there is no conflict.", field=self.label)
            )
        self.write({"choice": choice, "seen_box": [current]})

    def _log_choice(self, target_sudo, principal):
        """Write the decision on a conflict into the trail (PF-APR-02)."""
        self.ensure_one()
        choices = dict(self._fields["choice"]._description_selection(self.env))
        kept = self.new if self.choice == "take" else self._get_current(target_sudo)
        self.request_id.approval_id._log(
            "chosen",
            on_behalf=principal,
            target=self.label,
            comment=self.env._(
                "%(choice)s: %(value)s",
                choice=choices[self.choice],
                value=self._format(target_sudo, self.name, kept) or "-",
            ),
        )

    def _get_values(self, target_sudo):
        """Return what is to be written.

        :raise UserError: names the fields somebody has to choose for.
        """
        values, open_conflicts = {}, []
        for line in self:
            current = line._get_current(target_sudo)
            if line._is_open_conflict(current):
                open_conflicts.append(
                    self.env._(
                        "%(field)s: was %(old)s, is %(now)s now, shall be %(new)s",
                        field=line.label,
                        old=line.old_text or "-",
                        now=line._format(target_sudo, line.name, current) or "-",
                        new=line.new_text or "-",
                    )
                )
            elif not (line._has_moved(current) and line.choice == "keep"):
                values[line.name] = line._to_write(
                    target_sudo._fields[line.name], line.new
                )
        if open_conflicts:
            raise UserError(
                self.env._(
                    "%(record)s has changed since the request was made. Open the "
                    "request and choose for each field, or reject it:\n%(fields)s",
                    record=target_sudo.display_name,
                    fields="\n".join(open_conflicts),
                )
            )
        return values
