from odoo import fields, models


class LotteryReconcileLoad(models.TransientModel):
    """The central system's figures from a file, compared at once (PF-INT-03)."""

    _name = "lottery.reconcile.load"
    _description = "Figures of a Central System"
    _inherit = ["lottery.import.mixin"]

    run_id = fields.Many2one("lottery.reconcile.run", required=True, readonly=True)
    columns_found = fields.Json(readonly=True)

    def _import_columns(self):
        if not self.run_id:
            return []
        source = self.run_id._get_source()
        return [source._get_key(), *source._get_columns()]

    def _check_import_access(self):
        super()._check_import_access()
        self.run_id._check_open()

    def _match_headers(self, columns, cells):
        matched = super()._match_headers(columns, cells)
        # a column the file does not have is not compared; an empty cell is
        self.columns_found = list(matched)
        return matched

    def _import_check(self, rows):
        keys = {}
        for number, values in rows:
            key = values["key"]
            if key in keys:
                yield (
                    number,
                    "key",
                    key,
                    self.env._("stands in row %(row)s already", row=keys[key]),
                )
            keys.setdefault(key, number)

    def _import_write(self, rows):
        count = 0

        def theirs():
            nonlocal count
            for _number, values in rows:
                count += 1
                yield values.pop("key"), values

        found = self.columns_found or []
        self.run_id.sudo().user_id = self.env.uid  # a stamp, not an input
        self.run_id._take_theirs(
            theirs(),
            origin=self.filename or self.env._("File"),
            compared=set(found),
        )
        return {"created": count, "updated": 0}

    def action_template(self):
        """Headers differ by kind, so the template is the run's."""
        return {
            "type": "ir.actions.act_url",
            "url": f"/lottery/reconcile/{self.run_id.id}/template.xlsx",
            "target": "download",
        }
