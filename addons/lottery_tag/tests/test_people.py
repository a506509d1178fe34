from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import TagCase


@tagged("post_install", "-at_install")
class TestTagsOfPeople(TagCase):
    """PF-USR-01: users carry tags; an administrator tags the people of the unit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        role = cls.env.ref("lottery_base.res_users_role_specialist")
        cls.clerk, cls.stranger = (
            cls._create_user(
                f"t_tag_clerk_{branch.code}",
                branch,
                role_line_ids=[Command.create({"role_id": role.id})],
            )
            for branch in (cls.north, cls.south)
        )
        cls.leader = cls._create_user("t_tag_leader", cls.north, "centre_leader")
        cls.skill = cls._create_set(
            "Skill", ("Trainer", "Driver"), cls.north, model="res.users"
        )
        cls.trainer, cls.driver = cls.skill.tag_ids
        cls.secret = cls._create_set("Secret", ("S",), cls.south, model="res.users")

    def test_in_the_form(self):
        view = "lottery_base.res_users_view_form_staff"
        with Form(self.clerk.with_user(self.admin_north), view=view) as form:
            form.lottery_tag_ids.add(self.trainer)
        self.assertEqual(self.clerk.lottery_tag_ids, self.trainer)
        self.assertEqual(self._links(self.trainer).user_id, self.admin_north)
        with Form(self.env["res.users"].with_user(self.admin_north), view=view) as form:
            form.name = "New"
            form.login = "t_tag_new"
            form.branch_ids.add(self.north)
            form.lottery_tag_ids.add(self.driver)
        self.assertEqual(form.record.sudo().lottery_tag_ids, self.driver)

    def test_by_the_web_client(self):
        """Who is not theirs, and tags that are not theirs, stay so by every door."""
        self._login(self.admin_north)
        give = {"lottery_tag_ids": [(4, self.trainer.id)]}
        self._call(self.clerk, "web_save", give, specification={})
        self.assertEqual(self.clerk.lottery_tag_ids, self.trainer)
        for user in (self.stranger, self.leader):
            self._refuse(
                "res.users|not in your units", user, "web_save", give, specification={}
            )
        self._refuse(
            "lottery.tag",
            self.clerk,
            "web_save",
            {"lottery_tag_ids": [(4, self.secret.tag_ids.id)]},
            specification={},
        )
        wizard_id = self._call(
            self.env["lottery.tag.apply"],
            "web_save",
            [],
            {"add_tag_ids": [(4, self.driver.id)]},
            specification={},
            context={
                "active_model": "res.users",
                "active_ids": (self.clerk | self.leader).ids,
            },
        )[0]["id"]
        wizard = self.env["lottery.tag.apply"].browse(wizard_id)
        self._refuse("rights", wizard, "action_apply")
        self.assertFalse(self._links(self.driver))

    def test_found_and_grouped(self):
        self.clerk._tag_add(self.trainer)
        self._login(self.admin_north)
        users = self.env["res.users"]
        domain = [("lottery_tag_ids", "in", self.trainer.ids)]
        self.assertEqual(self._call(users, "search", domain), self.clerk.ids)
        groups = self._call(
            users,
            "formatted_read_group",
            domain,
            groupby=["lottery_tag_ids"],
            aggregates=["__count"],
        )
        self.assertEqual([group["__count"] for group in groups], [1])
