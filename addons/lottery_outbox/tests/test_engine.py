import doctest
import importlib
import pkgutil

from odoo.tests import BaseCase, tagged

from .. import engine


@tagged("post_install", "-at_install", "doctest")
class TestEngine(BaseCase):
    def test_examples(self):
        """The examples in the engine's texts hold."""
        for module in pkgutil.iter_modules(engine.__path__):
            loaded = importlib.import_module(f"{engine.__name__}.{module.name}")
            with self.subTest(module.name):
                self.assertEqual(doctest.testmod(loaded).failed, 0)
