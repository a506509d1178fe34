"""The packing slip with the pick-up code (IT-WHS-04)."""

import io
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from .common import TicketCase

REPORT = "instant_ticket.instant_order_report_packing_slip"


@tagged("post_install", "-at_install")
class TestPackingSlip(TicketCase):
    def _shipped(self, packs, scattered=False):
        """A shipped order; ``scattered``: no two serials follow each other."""
        game = self.game
        self._stock(game, self.warehouse, 3 * packs)
        self._top_up(self.outlet, 100_000)
        order = self._lock(self._place(self.outlet, {game: packs}))
        free = self.env["instant.pack"].search(
            [("game_id", "=", game.id), ("state", "=", "available")], order="serial"
        )
        for pack in free[:: 2 if scattered else 1][:packs]:
            answer = order.with_user(self.keeper).scan_station_scan(pack.code)
            self.assertEqual(answer["result"], "ok")
        order.with_user(self.keeper).scan_station_confirm()
        order.invalidate_recordset()
        order._set_shipped({"reference": "C-1"})
        return order

    def _html(self, order, user=None):
        reports = self.env["ir.actions.report"].with_user(user or self.keeper)
        html, _kind = reports._render_qweb_html(REPORT, order.ids)
        return html.decode()

    def _pages(self, order):
        reports = self.env["ir.actions.report"].with_user(self.keeper)
        pdf, _kind = reports.with_context(force_report_rendering=True)._render_qweb_pdf(
            REPORT, order.ids
        )
        return PdfFileReader(io.BytesIO(pdf)).pages

    def test_it_names_code_outlet_and_serials(self):
        """IT-WHS-04: code in two groups, QR of the order, packs by ranges."""
        order = self._shipped(5)
        reports = type(self.env["ir.actions.report"])
        draw, drawn = reports.barcode, []

        def note(report, symbology, value, **options):
            drawn.append((symbology, value))
            return draw(report, symbology, value, **options)

        with patch.object(reports, "barcode", note):
            html = self._html(order)
        code = order.pickup_code
        self.assertRegex(html, rf"{code[:3]}\s+{code[3:]}")
        self.assertEqual(drawn, [("QR", order.name)], "never the code itself")
        self.assertIn(self.outlet.number, html)
        first, last, packs = order.with_user(self.keeper)._get_slip_packs()[0][
            "ranges"
        ][0]
        self.assertIn(first, html)
        self.assertIn(last[-7:], html)
        self.assertEqual(packs, 5)

    def test_before_ilms_confirmed_there_is_no_code(self):
        order = self._ready_order()
        html = self._html(order)
        self.assertNotIn(order.pickup_code, html)
        self.assertIn("must not leave", html)

    def test_who_may_not_know_the_code_prints_no_slip(self):
        """IT-DLV-04: a driver or specialist prints no code."""
        order = self._shipped(1)
        driver = self._create_user("t_driver", self.north, "driver")
        with self.assertRaises(AccessError):
            self._html(order, driver)

    def test_pages(self):
        """IT-WHS-04: A5; forty scattered serials still fit on one page."""
        for packs, scattered in ((1, False), (40, True)):
            with self.subTest(packs=packs):
                (page,) = self._pages(self._shipped(packs, scattered))
                width, height = (float(side) * 25.4 / 72 for side in page.mediabox[2:])
                self.assertAlmostEqual(width, 148, delta=2)
                self.assertAlmostEqual(height, 210, delta=2)
