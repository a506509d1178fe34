from contextlib import contextmanager
from unittest.mock import patch

from odoo import Command
from odoo.tests import TransactionCase, new_test_user

# Every sample number uses a prefix that no carrier has.
PHONE = "+861540000%04d"
TEST_KEY = "11" * 32
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)


class OutletCase(TransactionCase):
    """Two sibling prefectures with a county each, the roles, and outlets by factory."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.centre = cls.env.ref("lottery_base.lottery_branch_centre")
        cls.changji = cls._create_branch("昌吉", "CJ", 44.0146, 87.3046)
        cls.kashi = cls._create_branch("喀什", "KS", 39.4704, 75.9898)
        cls.fukang = cls._create_branch("阜康市", "CJ-FK", parent=cls.changji)
        cls.admin_changji = cls._create_user("branch_admin", cls.changji)
        cls.admin_kashi = cls._create_user("branch_admin", cls.kashi)
        cls.specialist = cls._create_user("specialist", cls.changji)
        cls.desk = cls._create_user("order_desk", cls.changji)

    @classmethod
    def _create_branch(cls, name, code, latitude=0.0, longitude=0.0, parent=None):
        return cls.env["lottery.branch"].create(
            {
                "name": name,
                "code": f"T-{code}",
                "kind": "county" if parent else "prefecture",
                "parent_id": (parent or cls.centre).id,
                "latitude": latitude,
                "longitude": longitude,
            }
        )

    @classmethod
    def _create_user(cls, role, branch):
        return new_test_user(
            cls.env,
            login=f"{role}_{branch.code}",
            groups=f"lottery_base.group_{role}",
            branch_ids=[Command.set(branch.ids)],
        )

    @classmethod
    def _create_tag(cls, name, branch=None):
        """A tag for outlets in a set of its own; common without a unit."""
        tag_set = cls.env["lottery.tag.set"].create(
            {
                "name": name,
                "model": "lottery.outlet",
                "branch_id": branch.id if branch else False,
                "tag_ids": [(0, 0, {"name": name})],
            }
        )
        return tag_set.tag_ids

    @classmethod
    def _create_owner(cls, index, branch=None, **values):
        return cls.env["res.partner"].create(
            {
                "name": f"业主{index}",
                "phone": PHONE % index,
                "branch_id": (branch or cls.changji).id,
                "is_outlet_owner": True,
                **values,
            }
        )

    @classmethod
    def _create_outlet(cls, index, branch=None, owner=None, state="active", **values):
        """Create an outlet the way an administrator would, up to ``state``."""
        branch = branch or cls.changji
        outlet = cls.env["lottery.outlet"].create(
            {
                "number": f"65010{index:05d}",
                "name": f"网点{index}",
                "branch_id": branch.id,
                "owner_id": (owner or cls._create_owner(index, branch)).id,
                **values,
            }
        )
        if state != "prospect":
            outlet.action_start_opening()
        if state in ("active", "suspended"):
            outlet.action_activate()
        if state == "suspended":
            outlet.action_suspend("装修")
        return outlet

    @contextmanager
    def _capture_journal(self):
        """Yield the list that gathers what is journaled meanwhile; it is kept too."""
        journal = self.env.registry["lottery.journal"]
        original = journal._append
        rows = []

        def _append(records, entries):
            rows.extend(entries)
            return original(records, entries)

        with patch.object(journal, "_append", _append):
            yield rows

    @contextmanager
    def assert_refused(self, error, words):
        """Like assertRaisesRegex, rolling back as Odoo's assertRaises does."""
        with self.assertRaises(error) as caught:
            yield
        self.assertRegex(str(caught.exception), words)
