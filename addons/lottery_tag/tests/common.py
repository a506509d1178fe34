from odoo.tests import HttpCase
from odoo.tools import mute_logger

from odoo.addons.lottery_base.tests.common import BranchFixture

QUIET = ("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.sql_db")


class CallError(Exception):
    """What the server answered instead of a result."""


class TagCase(BranchFixture, HttpCase):
    """Sets, contacts and users of two prefectures; calls as the web client makes them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        roles = ("branch_admin", "base.group_partner_manager")
        cls.admin_north = cls._create_user("t_tag_n", cls.north, *roles, lang="en_US")
        cls.admin_south = cls._create_user("t_tag_s", cls.south, *roles, lang="en_US")
        cls.admin_county = cls._create_user(
            "t_tag_c", cls.north_county, *roles, lang="en_US"
        )
        cls.admin_centre = cls._create_user("t_tag_z", cls.centre, *roles, lang="en_US")
        cls.contacts_north = cls._create_contacts(cls.north, 4)
        cls.contacts_south = cls._create_contacts(cls.south, 2)
        cls.level = cls._create_set("Level", ("Gold", "Silver"), choice="single")
        cls.gold, cls.silver = cls.level.tag_ids
        cls.topic = cls._create_set("Topic", ("Sport", "Charity"))
        cls.sport, cls.charity = cls.topic.tag_ids

    @classmethod
    def _create_contacts(cls, branch, count):
        return cls.env["res.partner"].create(
            [
                {"name": f"Tagged {branch.code} {number}", "branch_id": branch.id}
                for number in range(count)
            ]
        )

    @classmethod
    def _create_set(cls, name, tags, branch=None, **values):
        return cls.env["lottery.tag.set"].create(
            {
                "name": name,
                "model": "res.partner",
                "branch_id": branch.id if branch else False,
                "tag_ids": [
                    (0, 0, {"sequence": rank, **tag})
                    if isinstance(tag, dict)
                    else (0, 0, {"name": tag, "sequence": rank})
                    for rank, tag in enumerate(tags)
                ],
                **values,
            }
        )

    def _login(self, user):
        self.authenticate(user.login, user.login + "-Passw0rd!")

    def _call(self, records, method, *args, **kwargs):
        """Call a method as the web client of who is logged in does."""
        self.env.flush_all()
        kwargs["context"] = {"lang": "en_US", **kwargs.get("context", {})}
        positional = ([records.ids] if records else []) + list(args)
        answer = self.opener.post(
            f"{self.base_url()}/web/dataset/call_kw/{records._name}/{method}",
            json={
                "jsonrpc": "2.0",
                "params": {
                    "model": records._name,
                    "method": method,
                    "args": positional,
                    "kwargs": kwargs,
                },
            },
            timeout=60,
        ).json()
        self.env.invalidate_all()
        if error := answer.get("error"):
            raise CallError(error["data"]["message"])
        return answer.get("result")

    def _refuse(self, text, records, method, *args, **kwargs):
        """The call fails, and the message that the user reads says ``text``."""
        with mute_logger(*QUIET), self.assertRaisesRegex(CallError, text):
            self._call(records, method, *args, **kwargs)

    def _links(self, *tags):
        return self.env["lottery.tag.link"].search(
            [("tag_id", "in", [tag.id for tag in tags])], order="id"
        )
