from odoo.tests import TransactionCase, tagged

from odoo.addons.lottery_base.tests.isolation import get_suite_addons

from . import role_matrix

COMMAND = "run tools/role_matrix, read what changed and commit it"


@tagged("post_install", "-at_install", "security")
class TestRoleMatrix(TransactionCase):
    """PF-SEC-01: who may do what is written down, reviewed, and so."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.found = role_matrix.compute(cls.env)
        cls.expected, cls.addons = role_matrix.read_expected()

    def test_every_model_is_in_the_file(self):
        unknown = self.found.keys() - self.expected.keys()
        self.assertFalse(unknown, f"new models {sorted(unknown)}: {COMMAND}")
        installed = set(get_suite_addons(self.env))
        gone = {
            name
            for name in self.expected.keys() - self.found.keys()
            if self.addons[name] in installed
        }
        self.assertFalse(gone, f"models gone {sorted(gone)}: {COMMAND}")

    def test_every_role_may_what_the_file_says(self):
        for name in self.found.keys() & self.expected.keys():
            for role, letters in self.found[name].items():
                with self.subTest(model=name, role=role):
                    self.assertEqual(
                        letters,
                        self.expected[name].get(role),
                        f"{role} on {name}: {COMMAND}",
                    )

    def test_visitors_change_nothing(self):
        """PF-SEC-04: the portal and the public site write through their pages only."""
        for name, row in self.expected.items():
            with self.subTest(model=name):
                self.assertIn(row["portal"], ("", "r"))
                self.assertEqual(row["public"], "")
