"""Roles with settings, and people of two sibling units who have them."""

from odoo.fields import Command
from odoo.tests.common import JsonRpcException

from odoo.addons.lottery_base.tests.common import BranchFixture

PARTNER = "res.partner"


class AccessFixture(BranchFixture):
    """Contacts of units stand for any object: they have a unit, owners and a chatter."""

    @classmethod
    def _set_up_access(cls):
        cls._set_up_branches()
        cls.env["lottery.access.object"]._sync()
        cls.admin = cls._create_user("t_access_admin", cls.centre, "admin")
        cls.keeper_role = cls._create_role(
            "Contact Keeper", "lottery_base.group_user", "base.group_partner_manager"
        )
        cls.reader_role = cls._create_role("Contact Reader", "lottery_base.group_user")
        cls.keeper = cls._create_person("t_keeper", cls.north, cls.keeper_role)
        cls.colleague = cls._create_person("t_colleague", cls.north, cls.keeper_role)
        cls.outsider = cls._create_person("t_outsider", cls.south, cls.keeper_role)
        cls.contact, cls.county_contact, cls.south_contact = (
            cls._create_contact(branch)
            for branch in (cls.north, cls.north_county, cls.south)
        )
        cls.own_contact = cls._create_contact(cls.north, user_id=cls.keeper.id)
        cls.contacts = (
            cls.contact + cls.county_contact + cls.south_contact + cls.own_contact
        )

    @classmethod
    def _create_role(cls, name, *groups):
        return cls.env["res.users.role"].create(
            {
                "name": name,
                "implied_ids": [
                    Command.set([cls.env.ref(group).id for group in groups])
                ],
            }
        )

    @classmethod
    def _create_person(cls, login, branch, *roles):
        user = cls._create_user(login, branch)
        user.role_line_ids = [Command.create({"role_id": role.id}) for role in roles]
        return user

    @classmethod
    def _create_contact(cls, branch, **values):
        return cls.env[PARTNER].create(
            {"name": f"Contact of {branch.name}", "branch_id": branch.id, **values}
        )

    @classmethod
    def _get_line(cls, role, model=PARTNER):
        return role.operation_ids.filtered(lambda line: line.object_id.model == model)

    @classmethod
    def _set(cls, role, model=PARTNER, **values):
        """Set a role's permissions as the suite's administrator does."""
        cls._get_line(role, model).with_user(cls.admin).write(values)

    @classmethod
    def _set_default(cls, default, model=PARTNER):
        cls._get_object(model).with_user(cls.admin).default_access = default

    @classmethod
    def _get_object(cls, model=PARTNER):
        return cls.env["lottery.access.object"].search([("model", "=", model)])

    @classmethod
    def _share(cls, record, users=None, branches=None, access="read", **values):
        sharer = values.pop("by", cls.sharer)
        return (
            cls.env["lottery.access.share"]
            .with_user(sharer)
            ._share(
                record.with_user(sharer),
                users or cls.env["res.users"],
                branches or cls.env["lottery.branch"],
                access,
                **values,
            )
        )

    def _begin(self):
        """Forget what a new transaction would not know."""
        self.env.invalidate_all()
        self.env.cr.cache.clear()

    def _refused(self):
        """Context of a call of the web client that must be refused."""
        return self.assertRaisesRegex(JsonRpcException, "AccessError")

    def _see(self, user):
        """Return which of the contacts a user finds."""
        return self._find(user, [("id", "in", self.contacts.ids)]).sudo()

    def _find(self, user, domain):
        return self.env[PARTNER].with_user(user).search(domain)
