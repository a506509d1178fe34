from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from odoo.addons.lottery_workbench.tests.common import WebClientMixin

from .common import OutletCase


@tagged("post_install", "-at_install")
class TestSpecialistTags(WebClientMixin, OutletCase, HttpCase):
    """PF-TAG-03: specialists tag the outlets they look after, by “Set Tags”."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.specialist.password = f"{cls.specialist.login}-Passw0rd!"
        cls.head = cls._create_user("branch_head", cls.changji)
        cls.head.password = f"{cls.head.login}-Passw0rd!"
        cls.tag = cls._create_tag("社区店", cls.changji)
        cls.mine = cls._create_outlet(1, specialist_id=cls.specialist.id)
        cls.other = cls._create_outlet(2)

    def _set_tags(self, outlets, user, field="add_tag_ids"):
        """Do what the web client does for Set Tags of a selection."""
        context = {
            "active_model": "lottery.outlet",
            "active_ids": outlets.ids,
            "active_id": outlets[:1].id,
        }
        [saved] = self.rpc(
            "lottery.tag.apply",
            "web_save",
            [],
            {field: [[6, 0, self.tag.ids]]},
            user=user,
            specification={"id": {}},
            context=context,
        )
        return self.rpc(
            "lottery.tag.apply", "action_apply", [saved["id"]], user=user, context={}
        )

    def test_own_outlets(self):
        self._set_tags(self.mine, self.specialist)
        self.assertEqual(self.mine.lottery_tag_ids, self.tag)
        link = self.env["lottery.tag.link"].search([("tag_id", "=", self.tag.id)])
        self.assertEqual(link.user_id, self.specialist)
        found = self.seen("lottery.outlet", self.mine | self.other, self.specialist)
        self.assertEqual(set(found), {self.mine.id, self.other.id})
        self._set_tags(self.mine, self.specialist, field="remove_tag_ids")
        self.assertFalse(self.mine.lottery_tag_ids)

    def test_a_colleagues_outlet(self):
        """Named in the refusal; nothing of the selection is tagged."""
        outlets = self.mine | self.other
        with self.assertRaises(AccessError) as caught:
            outlets.with_user(self.specialist)._tag_add(self.tag)
        self.assertIn(self.other.number, str(caught.exception))
        self.assertNotIn(self.mine.number, str(caught.exception))
        self.assertFalse(outlets.lottery_tag_ids)

    def test_the_rest_of_the_file_stays_closed(self):
        self.assertRefused(
            "lottery.outlet",
            "web_save",
            self.mine.ids,
            {"name": "x"},
            user=self.specialist,
            specification={"id": {}},
            name="AccessError",
        )
        self.assertRefused(
            "lottery.outlet",
            "web_save",
            self.mine.ids,
            {"lottery_tag_ids": [[6, 0, self.tag.ids]]},
            user=self.specialist,
            specification={"id": {}},
            name="AccessError",
        )
        self.assertEqual(self.mine.name, "网点1")

    def test_who_only_reads_tags_nothing(self):
        with self.assertRaises(AccessError):
            self.mine.with_user(self.head)._tag_add(self.tag)
        self.assertFalse(self.mine.lottery_tag_ids)

    def test_another_units_outlet(self):
        """PF-SEC-02: even as its specialist's namesake, out of sight is out of reach."""
        foreign = self._create_outlet(5, branch=self.kashi)
        foreign.with_user(self.specialist)._tag_add(self._create_tag("共用"))
        self.assertFalse(foreign.lottery_tag_ids)
