import doctest

from odoo.tests import BaseCase

from ..engine import period


class TestEngine(BaseCase):
    def test_doctests(self):
        """PF-RPT-01: days of periods, of what they are compared with, of their parts."""
        result = doctest.testmod(period)
        self.assertGreater(result.attempted, 10)
        self.assertEqual(result.failed, 0)
