import json

from odoo import api, fields, models
from odoo.http import request

from ..tools.client import has_client

DOORS = [
    ("csv", "CSV"),
    ("xlsx", "XLSX"),
    ("pdf", "Print"),
    ("rpc", "RPC"),
    ("job", "Job"),
]
MAX_TEXT = 4000
_EXPORT_PATHS = {"/web/export/csv": "csv", "/web/export/xlsx": "xlsx"}


class LotteryLogExport(models.Model):
    """What left the system as a file (PF-AUD-01)."""

    _name = "lottery.log.export"
    _description = "Export Log"
    _inherit = ["lottery.log.mixin"]
    _auto = False
    _rec_name = "model"

    model = fields.Char("Object Code", readonly=True)
    model_name = fields.Char("Object", compute="_compute_model_name")
    door = fields.Selection(DOORS, "Form", readonly=True)
    count = fields.Integer("Records", readonly=True)
    field_names = fields.Text("Fields", readonly=True)
    domain = fields.Text("Filter", readonly=True)

    @api.depends("model")
    def _compute_model_name(self):
        models_sudo = self.env["ir.model"].sudo()  # names only
        for entry in self:
            known = entry.model in self.env
            entry.model_name = (
                models_sudo._get(entry.model).name if known else entry.model
            )

    @api.model
    def _log(self, model, count, fields, domain=None, door=None):
        """Note an export.

        :param str model: of the records that left
        :param int count: how many
        :param fields: names of the fields (or columns) that left
        :param domain: what chose the records, or ids as ``[("id", "in", ids)]``
        :param door: a key of `DOORS`; found by the request unless given
        """
        path = request.httprequest.path if request else ""
        found = _EXPORT_PATHS.get(path)
        if found and domain is None:
            domain = self._get_requested_domain()
        names = ", ".join(map(str, fields or ()))
        row = {
            "model": model,
            "door": door or found or ("rpc" if has_client() else "job"),
            "count": count,
            "field_names": names[:MAX_TEXT] or None,
            "domain": str(domain)[:MAX_TEXT] if domain is not None else None,
        }
        self._insert_log([row])

    @api.model
    def _get_requested_domain(self):
        """Return the filter of the web client's export, None where there is none."""
        try:
            wanted = json.loads(request.params["data"])
        except (KeyError, TypeError, ValueError):
            return None
        if wanted.get("ids"):
            return [("id", "in", wanted["ids"])]
        return wanted.get("domain")
