"""Views of the whole suite do what the web client will ask of them."""

import ast

from odoo.tests import TransactionCase, tagged

SUITE = ("lottery.", "instant.")


@tagged("post_install", "-at_install")
class TestViews(TransactionCase):
    def test_bars_of_boards_can_be_counted(self):
        """A board grouped by anything asks for the figures of its progress bar."""
        boards = self.env["ir.ui.view"].search(
            [("type", "=", "kanban"), ("inherit_id", "=", False)]
        )
        seen = set()
        for board in boards:
            if not board.model.startswith(SUITE):
                continue
            model = self.env[board.model]
            for bar in board._get_combined_arch().iter("progressbar"):
                groupable = next(
                    name
                    for name, field in model._fields.items()
                    if field.type == "many2one" and field.store
                )
                with self.subTest(view=board.xml_id, field=bar.get("field")):
                    model.read_progress_bar(
                        [],
                        groupable,
                        {
                            "field": bar.get("field"),
                            "colors": ast.literal_eval(bar.get("colors")),
                        },
                    )
                seen.add(board.model)
        if "lottery.outlet" in self.env:
            self.assertIn("lottery.outlet", seen)

    def test_styles_compile(self):
        """One fault in any addon's styles leaves every screen without style."""
        for name in ("web.assets_web", "web.assets_frontend"):
            with self.subTest(bundle=name):
                bundle = self.env["ir.qweb"]._get_asset_bundle(name, js=False)
                bundle.preprocess_css()
                self.assertFalse(bundle.css_errors)
