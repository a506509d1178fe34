import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .common import PIXEL, OutletCase
from .portal_common import OwnerPagesCase

MODELS = ("lottery.outlet", "lottery.outlet.terminal", "lottery.outlet.photo")
READERS = (
    "centre_leader",
    "order_desk",
    "warehouse_keeper",
    "branch_head",
    "specialist",
)


@tagged("post_install", "-at_install", "security")
class TestRoles(OutletCase):
    """PF-SEC-01: who may read and who may change, role by role."""

    def test_readers_read_and_change_nothing(self):
        outlet = self._create_outlet(1)
        for role in READERS:
            user = {"order_desk": self.desk, "specialist": self.specialist}.get(
                role
            ) or self._create_user(role, self.changji)
            mine = outlet.with_user(user)
            with self.subTest(role=role):
                mine.read(["number", "owner_phone"])
                with self.assertRaises(AccessError):
                    mine.write({"name": "x"})
                with self.assertRaises(AccessError):
                    mine.create({"name": "x"})
                with self.assertRaises(AccessError):
                    mine.unlink()

    def test_specialist_adds_photos_and_comments(self):
        outlet = self._create_outlet(1).with_user(self.specialist)
        self.env["lottery.outlet.photo"].with_user(self.specialist).create(
            {"outlet_id": outlet.id, "image_1920": PIXEL}
        )
        self.assertTrue(outlet.message_post(body="到访"))

    def test_staff_without_role_sees_nothing(self):
        user = self._create_user("user", self.changji)
        with self.assertRaises(AccessError):
            self.env["lottery.outlet"].with_user(user).search([])

    def test_export_is_allowed_by_role(self):
        """OC-OUT-02: export by permission."""
        outlet = self._create_outlet(1)
        rows = outlet.with_user(self.desk).export_data(["number", "owner_phone"])
        self.assertEqual(rows["datas"], [["6501000001", "+8615400000001"]])
        with self.assertRaises(UserError):
            outlet.with_user(self.specialist).export_data(["number"])

    def test_sibling_unit_sees_nothing(self):
        """PF-SEC-02 over every door of the ORM."""
        outlet = self._create_outlet(1)
        device = self.env["lottery.outlet.terminal"].create(
            {"number": "T-1", "outlet_id": outlet.id}
        )
        photo = self.env["lottery.outlet.photo"].create(
            {"outlet_id": outlet.id, "image_1920": PIXEL}
        )
        tag = self._create_tag("本地", self.changji)
        for record in (outlet, device, photo, tag, outlet.partner_id, outlet.owner_id):
            theirs = record.with_user(self.admin_kashi)
            domain = [("id", "=", record.id)]
            with self.subTest(model=record._name):
                self.assertFalse(theirs.search(domain))
                self.assertFalse(theirs.name_search("", domain))
                self.assertFalse(theirs._read_group(domain, [], ["__count"])[0][0])
                for access in (
                    lambda theirs=theirs: theirs.read(["display_name"]),
                    lambda theirs=theirs: theirs.export_data(["display_name"]),
                    lambda theirs=theirs: theirs.write({"name": "x"}),
                ):
                    with self.assertRaises(AccessError):
                        access()

    def test_portal_user_of_a_sibling_is_invisible(self):
        """The login of an owner is a mobile number."""
        user = self._create_outlet(1).user_id
        users = self.env["res.users"]
        self.assertIn(user, users.with_user(self.admin_changji).search([]))
        self.assertNotIn(user, users.with_user(self.admin_kashi).search([]))

    def test_outlet_can_not_be_moved_into_another_unit_by_its_staff(self):
        outlet = self._create_outlet(1).with_user(self.admin_changji)
        with self.assertRaises(AccessError):
            outlet.branch_id = self.kashi
        with self.assertRaises(AccessError):
            outlet.create({"name": "x", "branch_id": self.kashi.id})


@tagged("post_install", "-at_install", "security")
class TestOwnerAccess(OutletCase):
    """PF-SEC-04: owners see their own outlet's documents only."""

    def test_own_outlet_only_and_nothing_internal(self):
        outlet, other = self._create_outlet(1), self._create_outlet(2)
        outlet.note = "内部"
        outlets = self.env["lottery.outlet"].with_user(outlet.user_id)
        self.assertEqual(outlets.search([]), outlet)
        outlets.browse(outlet.id).read(["number", "deposit", "opening_hours"])
        for name in ("note", "lottery_tag_ids", "commission_card_hint"):
            with self.assertRaises(AccessError):
                outlets.browse(outlet.id).read([name])
        with self.assertRaises(AccessError):
            outlets.browse(other.id).read(["number"])
        with self.assertRaises(AccessError):
            outlets.browse(outlet.id).write({"name": "x"})

    def test_closed_outlet_is_gone(self):
        """IT-POR-01: closed is as good as unknown."""
        owner = self._create_owner(1)
        kept = self._create_outlet(1, owner=owner)
        closed = self._create_outlet(2, owner=owner)
        self.env["lottery.outlet.terminal"].create(
            {"number": "T-1", "outlet_id": kept.id}
        )
        outlets = self.env["lottery.outlet"].with_user(kept.user_id)
        self.assertEqual(outlets.search([]), kept | closed)
        closed.action_close("退出")
        self.assertEqual(outlets.search([]), kept)

    def test_owner_can_not_move_the_login(self):
        """Core lets users write their own phone; here it is the login."""
        user = self._create_outlet(1).user_id
        me = user.with_user(user)
        for values in ({"phone": "15400000777"}, {"email": "x@example.com"}):
            with self.assertRaises(AccessError):
                me.write(values)
        me.write({"lang": "zh_CN"})
        self.assertEqual(user.login, "+8615400000001")


@tagged("post_install", "-at_install", "security")
class TestOwnerTalk(OwnerPagesCase):
    """PF-SEC-04, PF-SEC-06: the doors of core's chatter are closed to owners."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.said = cls.first.with_user(cls.specialist).message_post(
            body="seems to be short of money",
            subtype_xmlid="mail.mt_comment",
        )

    def setUp(self):
        super().setUp()
        self._log_in()

    def _refused(self, path, **params):
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request(path, params)
        self.env.invalidate_all()

    def test_what_the_staff_says_is_not_read(self):
        for outlet in (self.first, self.stranger):
            found = self.make_jsonrpc_request(
                "/mail/thread/messages",
                {"thread_model": outlet._name, "thread_id": outlet.id},
            )
            self.assertNotIn("short of money", str(found))
        messages = self.env["mail.message"].with_user(self.user)
        self.assertFalse(messages.search([("id", "=", self.said.id)]))
        with self.assertRaises(AccessError):
            messages.browse(self.said.id).read(["body"])
        seen = self.env["mail.message"].with_user(self.specialist)
        self.assertTrue(seen.search([("id", "=", self.said.id)]))

    def test_nothing_is_posted(self):
        for outlet in (self.first, self.stranger):
            before = len(outlet.message_ids)
            self._refused(
                "/mail/message/post",
                thread_model=outlet._name,
                thread_id=outlet.id,
                post_data={"body": "hello", "message_type": "comment"},
            )
            self._refused(
                f"/web/dataset/call_kw/{outlet._name}/message_post",
                model=outlet._name,
                method="message_post",
                args=[outlet.ids],
                kwargs={"body": "hello"},
            )
            self.assertEqual(len(outlet.message_ids), before)

    @mute_logger("odoo.http")
    def test_nothing_is_attached(self):
        """Upload abuse: neither a page nor a picture lands on any file."""
        files = self.env["ir.attachment"]
        _response, page = self._page("/my/outlet/change")
        token = page.xpath("//input[@name='csrf_token']/@value")[0]
        before = files.search_count([])
        for outlet in (self.first, self.stranger):
            for name, data in (
                ("a.html", b"<script>alert(1)</script>"),
                ("a.png", base64.b64decode(PIXEL)),
            ):
                response = self.url_open(
                    "/mail/attachment/upload",
                    data={
                        "csrf_token": token,
                        "thread_model": outlet._name,
                        "thread_id": outlet.id,
                    },
                    files={"ufile": (name, data, "image/png")},
                )
                self.assertGreaterEqual(response.status_code, 400)
                self._refused(
                    "/web/dataset/call_kw/ir.attachment/create",
                    model="ir.attachment",
                    method="create",
                    args=[
                        {
                            "name": name,
                            "datas": base64.b64encode(data).decode(),
                            "res_model": outlet._name,
                            "res_id": outlet.id,
                        }
                    ],
                    kwargs={},
                )
        self.assertEqual(files.search_count([]), before)

    def test_files_of_the_staff_are_judged_by_content(self):
        """PF-SEC-06: an attachment of an outlet is what it says, or refused."""
        values = {"res_model": "lottery.outlet", "res_id": self.first.id}
        files = self.env["ir.attachment"].with_user(self.admin_changji)
        with self.assertRaises(UserError):
            files.create(
                {"name": "a.png", "raw": b"<script>alert(1)</script>", **values}
            )
        kept = files.create({"name": "a.png", "raw": base64.b64decode(PIXEL), **values})
        self.assertIn(kept.mimetype, ("image/png", "image/jpeg"))


@tagged("post_install", "-at_install", "security")
class TestRpc(OutletCase, HttpCase):
    """PF-INT-02: the same rules over XML-RPC."""

    def test_sibling_over_xmlrpc(self):
        outlet = self._create_outlet(1)
        for user, expected in ((self.admin_changji, 1), (self.admin_kashi, 0)):
            uid = self.xmlrpc_common.login(self.cr.dbname, user.login, user.login)
            found = self.xmlrpc_object.execute_kw(
                self.cr.dbname,
                uid,
                user.login,
                "lottery.outlet",
                "search_count",
                [[("number", "=", outlet.number)]],
            )
            self.assertEqual(found, expected)
