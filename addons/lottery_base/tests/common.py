"""Units and users for tests of every addon of the suite."""

from odoo.tests import JsonRpcException, TransactionCase, new_test_user

STAFF_ROLES = (
    "centre_leader",
    "order_desk",
    "warehouse_keeper",
    "branch_head",
    "branch_admin",
    "specialist",
    "driver",
)


class BranchFixture:
    """Mixin for test classes: ``centre``, ``north`` with ``north_county``, ``south``.

    ``north`` and ``south`` are siblings below the centre.
    """

    @classmethod
    def _set_up_branches(cls):
        cls.centre = cls.env.ref("lottery_base.lottery_branch_centre")
        cls.north, cls.south = cls.env["lottery.branch"].create(
            [
                {
                    "name": f"Prefecture {name}",
                    "code": f"T-{name}",
                    "kind": "prefecture",
                    "parent_id": cls.centre.id,
                }
                for name in ("North", "South")
            ]
        )
        cls.north_county = cls.env["lottery.branch"].create(
            {
                "name": "County North 1",
                "code": "T-North-1",
                "kind": "county",
                "parent_id": cls.north.id,
            }
        )

    @classmethod
    def _create_user(cls, login, branch, *roles, **values):
        """A user of ``branch`` with the suite's roles (``order_desk``, …)."""
        groups = [
            role if "." in role else f"lottery_base.group_{role}"
            for role in (roles or ("user",))
        ]
        return new_test_user(
            cls.env,
            login=login,
            groups=",".join(groups),
            branch_ids=branch.ids,
            **{"password": login + "-Passw0rd!", **values},
        )


class BranchCase(BranchFixture, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_branches()


class WebClientDoor:
    """Mixin for classes of `HttpCase`: calls as the web client of who is logged in."""

    def _call(self, model, method, *args, **kwargs):
        """:raise JsonRpcException: ``name of the error: what the user reads``"""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        url = f"/web/dataset/call_kw/{model}/{method}"
        answer = self.url_open(url, json={"params": params}).json()
        if "error" in answer:
            data = answer["error"]["data"]
            raise JsonRpcException(
                answer["error"]["code"], f"{data['name']}: {data['message']}"
            )
        return answer.get("result")
