"""pytest plugin: Odoo's own test_lint, looking at the suite's addons only.

Used by tools/lint as `pytest -p lint_odoo …/test_lint/tests`. test_lint walks every
addon it can find; here the two functions it finds them by answer with ours.
"""

import contextlib
import pathlib
import types

import odoo.modules
import odoo.tools
from odoo.modules import Manifest
from odoo.tests import BaseCase

# One2many inverses without an index in the OCA addons we install (theirs to mend).
OCA_UNINDEXED = (
    "queue.job.function.channel_id",
    "res.users.role.group_id",
    "res.users.role.line.role_id",
    "res.users.role.line.user_id",
)
ADDONS = pathlib.Path(__file__).resolve().parent.parent / "addons"


def _own_names() -> list[str]:
    return sorted(path.parent.name for path in ADDONS.glob("*/__manifest__.py"))


def _own_manifests() -> list[Manifest]:
    return [Manifest.for_addon(name) for name in _own_names()]


def pytest_configure():
    """Before test modules are imported: they copy these names."""
    Manifest.all_addon_manifests = staticmethod(_own_manifests)
    odoo.modules.get_modules = _own_names
    BaseCase.subTest = _own_subtests(BaseCase.subTest)


def _own_subtests(original):
    """Findings in Odoo's and OCA's methods are theirs to mend: only ours count."""
    own = set(_own_names())

    @contextlib.contextmanager
    def sub_test(self, *args, **params):
        if params.get("module", next(iter(own))) in own:
            with original(self, *args, **params):
                yield
        else:
            # AttributeError: test_docstring asks for the subtest it would be in.
            with contextlib.suppress(
                AssertionError, AttributeError, TypeError, ValueError
            ):
                yield

    return sub_test


def _unless_empty(original):
    """The stricter rules are for the point of sale: there is no addon to check."""

    def test_eslint(self, modules, configuration):
        if modules:
            original(self, modules, configuration)

    return test_eslint


class _Config:
    """Odoo's configuration with one of our addons for the root of its code.

    test_pylint checks that root and every addon outside of it.
    """

    root_path = str(ADDONS / _own_names()[0])

    def __getitem__(self, name):
        return odoo.tools.config[name]


def pytest_collection_modifyitems(items):
    """Give the tests that look at more than the addons ours only."""
    for module in {item.module for item in items}:
        if module.__name__.endswith("test_pylint"):
            module.tools = types.SimpleNamespace(
                **vars(odoo.tools) | {"config": _Config()}
            )
        elif module.__name__.endswith("test_index"):
            module.BTREE_INDEX_IGNORE_FIELDS.update(OCA_UNINDEXED)
        elif module.__name__.endswith("test_eslint"):
            module.TestESLint._test_eslint = _unless_empty(
                module.TestESLint._test_eslint
            )
