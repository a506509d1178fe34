from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from .common import BranchCase, BranchFixture, WebClientDoor


class TeamFixture(BranchFixture):
    @classmethod
    def _set_up_team(cls):
        cls.admin = cls._create_user("t_team_admin", cls.north, "branch_admin")
        cls.member = cls._create_user("t_member", cls.north_county, "specialist")
        cls.stranger = cls._create_user("t_stranger", cls.south, "specialist")


@tagged("post_install", "-at_install")
class TestTeam(TeamFixture, BranchCase):
    """PF-ORG-02: teams inside a unit: lead, members, purpose."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_team()
        with Form(cls.env["lottery.team"].with_user(cls.admin)) as form:
            form.name = "Field Service"
            form.lead_id = cls.admin
            form.member_ids.add(cls.member)
        cls.team = form.record

    def test_made_in_the_form(self):
        """PF-ORG-02: the unit's administrator makes a team of people below too."""
        self.assertEqual(self.team.branch_id, self.north)
        self.assertEqual(self.team.member_ids, self.member)
        self.assertEqual(self.north.team_count, 1)
        action = self.north.with_user(self.admin).action_open_teams()
        found = self.env["lottery.team"].search(action["domain"])
        self.assertEqual(found, self.team)

    def test_members_belong(self):
        """PF-ORG-02: lead and members are of the unit or below, whoever asks."""
        for values in (
            {"member_ids": [(4, self.stranger.id)]},
            {"lead_id": self.stranger.id},
            {"branch_id": self.north_county.id},
        ):
            with self.assertRaisesRegex(ValidationError, "Field Service"):
                self.team.write(values)

    def test_who_leaves_the_unit_leaves_the_team(self):
        self.member.branch_ids = self.south
        self.assertFalse(self.team.member_ids)
        self.north.write({"user_ids": [(3, self.admin.id)]})
        self.assertFalse(self.team.lead_id)

    def test_name_unique_in_unit(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.team.copy({"name": self.team.name})

    def test_roles(self):
        """PF-SEC-01, PF-SEC-02: staff read the teams of their units, admins write."""
        with self.assertRaises(AccessError):
            self.team.with_user(self.member).read(["name"])  # of the unit above
        colleague = self._create_user("t_colleague", self.north, "specialist")
        self.assertEqual(self.team.with_user(colleague).name, "Field Service")
        with self.assertRaises(AccessError):
            self.team.with_user(colleague).purpose = "x"
        other = self._create_user("t_south_admin", self.south, "branch_admin")
        with mute_logger("odoo.addons.base.models.ir_rule"):
            with self.assertRaises(AccessError):
                self.team.with_user(other).purpose = "x"
            with self.assertRaises(AccessError):
                self.env["lottery.team"].with_user(other).create(
                    {"name": "Taken", "branch_id": self.north.id}
                )


@tagged("post_install", "-at_install")
class TestTeamDoor(TeamFixture, WebClientDoor, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()
        cls._set_up_team()

    def test_web_client(self):
        """PF-ORG-02: made and listed by the web client's own calls."""
        self.authenticate("t_team_admin", "t_team_admin-Passw0rd!")

        values = {
            "name": "East",
            "branch_id": self.north.id,
            "member_ids": [[4, self.member.id]],
        }
        specification = {"name": {}, "member_count": {}}
        rows = self._call(
            "lottery.team", "web_save", [], values, specification=specification
        )
        self.assertEqual(rows[0]["member_count"], 1)
        found = self._call(
            "lottery.team",
            "web_search_read",
            domain=[["member_ids", "in", self.member.ids]],
            specification=specification,
        )
        self.assertEqual([row["name"] for row in found["records"]], ["East"])
