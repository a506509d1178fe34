from odoo.tests import HttpCase, tagged

from .common import BranchFixture


@tagged("post_install", "-at_install")
class TestChatter(BranchFixture, HttpCase):
    """PF-SEC-02: people of two levels talk although they cannot open each other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls.leader = cls._create_user("t_talk_centre", cls.centre, "centre_leader")
        cls.admin = cls._create_user("t_talk_north", cls.north, "branch_admin")
        cls.north.message_subscribe(cls.leader.partner_id.ids)
        cls.north.with_user(cls.leader).message_post(
            body="How is the stock?", message_type="comment"
        )

    def test_thread_with_a_colleague_out_of_sight(self):
        """The form's chatter loads, with the author's name and nothing to open."""
        partners = self.env["res.partner"].with_user(self.admin)
        self.assertFalse(partners.search([("id", "=", self.leader.partner_id.id)]))
        self.authenticate("t_talk_north", "t_talk_north-Passw0rd!")
        thread = {"thread_model": "lottery.branch", "thread_id": self.north.id}
        result = self.make_jsonrpc_request("/mail/thread/messages", thread)
        bodies = [str(row["body"]) for row in result["data"]["mail.message"]]
        self.assertIn("How is the stock?", "".join(bodies))
        names = [row.get("name") for row in result["data"]["res.partner"]]
        self.assertIn(self.leader.name, names)
        data = self.make_jsonrpc_request(
            "/mail/data",
            {
                "fetch_params": [
                    [
                        "mail.thread",
                        {
                            **thread,
                            "request_list": [
                                "followers",
                                "activities",
                                "suggestedRecipients",
                            ],
                        },
                    ]
                ]
            },
        )
        self.assertTrue(data["mail.thread"])

    def test_answer(self):
        self.authenticate("t_talk_north", "t_talk_north-Passw0rd!")
        self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "lottery.branch",
                "thread_id": self.north.id,
                "post_data": {
                    "body": "Enough.",
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                },
            },
        )
        message = self.north.message_ids[0]
        self.assertEqual(message.author_id, self.admin.partner_id)
        self.assertIn(self.leader.partner_id, message.notified_partner_ids)

    def test_names_in_forms(self):
        """A head of the level above is a name in the form, and no error."""
        self.north.write(
            {"head_id": self.leader.id, "admin_ids": (self.leader | self.admin).ids}
        )
        self.env.invalidate_all()
        (values,) = self.north.with_user(self.admin).web_read(
            {
                "head_id": {"fields": {"display_name": {}}},
                "admin_ids": {"fields": {"display_name": {}}},
            }
        )
        self.assertEqual(values["head_id"]["display_name"], self.leader.name)
        self.assertEqual([row["id"] for row in values["admin_ids"]], self.admin.ids)
