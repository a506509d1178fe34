from markupsafe import Markup

from odoo import api, fields, models


class LotteryApprovalPreview(models.TransientModel):
    """For this record the steps would be … (PF-APR-01)."""

    _name = "lottery.approval.preview"
    _description = "Preview of an Approval Flow"

    flow_id = fields.Many2one(
        "lottery.approval.flow", required=True, ondelete="cascade"
    )
    model = fields.Char(related="flow_id.model")
    record_id = fields.Reference(selection="_selection_record_id")
    applicant_id = fields.Many2one(
        "res.users", default=lambda self: self.env.user, domain=[("share", "=", False)]
    )
    result_html = fields.Html(compute="_compute_result_html", string="Steps")

    @api.model
    def _selection_record_id(self):
        return [
            (model, self.env["ir.model"]._get(model).name)
            for model in self.env["lottery.approval.flow"]._get_approvable_models()
        ]

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        flow = self.env["lottery.approval.flow"].browse(values.get("flow_id"))
        if flow and flow.model in self.env:
            newest = self.env[flow.model].search([], order="id desc", limit=1)
            values["record_id"] = newest and f"{flow.model},{newest.id}"
        return values

    @api.depends("flow_id", "record_id", "applicant_id")
    def _compute_result_html(self):
        for preview in self:
            preview.result_html = preview._render()

    def _render(self):
        record = self.record_id
        if not record or record._name != self.flow_id.model:
            return Markup("<p class='text-muted'>%s</p>") % self.env._(
                "Choose a record of the flow's object."
            )
        record.check_access("read")
        record_sudo = record.sudo()
        flow_sudo = self.flow_id.sudo()
        taken = self.env["lottery.approval.flow"]._find(record_sudo)
        if taken == flow_sudo:
            verdict = self.env._("This flow would be taken.")
        elif taken:
            verdict = self.env._(
                "Flow “%(flow)s” would be taken instead.", flow=taken.name
            )
        else:
            verdict = self.env._("No flow fits this record.")
        return Markup("<p><strong>%s</strong></p><ol>%s</ol>") % (
            verdict,
            self._render_steps(flow_sudo, record_sudo),
        )

    def _render_steps(self, flow_sudo, record_sudo):
        excluded = self.applicant_id | record_sudo._get_approval_excluded()
        planned = {
            item.level: item
            for item in self.env["lottery.approval.resolver"]._plan(
                flow_sudo, record_sudo, excluded
            )
        }
        return Markup().join(
            self._render_step(level, planned.get(level))
            for level in flow_sudo.level_ids
        )

    def _render_step(self, level, item):
        name = Markup("<strong>%s</strong>: ") % level.name
        if not item:
            return Markup("<li class='text-muted'>%s%s</li>") % (
                name,
                self.env._("left out, its condition does not hold"),
            )
        if item.problem:
            return Markup("<li class='text-danger'>%s%s</li>") % (name, item.problem)
        joined = ", ".join(item.users.mapped("name"))
        mode = dict(level._fields["approve_mode"]._description_selection(self.env))
        details = [joined]
        if len(item.users) > 1:
            details.append(mode[level.approve_mode])
        if level.limit_hours:
            details.append(self.env._("within %(hours)s h", hours=level.limit_hours))
        return Markup("<li>%s%s</li>") % (name, " · ".join(details))
