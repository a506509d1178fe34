from lxml import etree

from odoo import api, models

READONLY = "approval_state == 'pending'"


class LotteryApprovalMixin(models.AbstractModel):
    """Banner, buttons and lock of form views, without a line in them.

    A form that has ``<div name="approval"/>`` gets the banner there, any other before
    its sheet.
    """

    _inherit = "lottery.approval.mixin"

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form" and arch.tag == "form":
            self._add_approval_banner(arch)
            self._lock_fields(arch)
        return arch, view

    @api.model
    def _add_approval_banner(self, arch):
        banner = etree.fromstring(
            self.env["ir.qweb"]._render(
                "lottery_approval.approval_banner",
                {"draft_states": list(self._state_from)},
            )
        )
        anchors = arch.xpath("//div[@name='approval']")
        if anchors:
            anchors[0].append(banner)
        elif sheets := arch.xpath("/form/sheet"):
            sheets[0].addprevious(banner)
        else:
            arch.insert(0, banner)

    @api.model
    def _lock_fields(self, arch):
        """Show as read-only what the gate would refuse."""
        free = self._get_approval_free_fields()
        for node in arch.xpath("//field[@name][not(ancestor::field)]"):
            field = self._fields.get(node.get("name"))
            if not field or node.get("name") in free or field.readonly:
                continue
            own = node.get("readonly")
            node.set("readonly", f"({own}) or {READONLY}" if own else READONLY)
