from odoo.http import request, route

from .portal import HEADERS, OwnerPortal

NOTICES_PER_PAGE = 30
NOTICES = "/my/notices"


class OwnerNotice(OwnerPortal):
    """What came in for the owner: the bell of the portal (PF-NTF-01)."""

    @route(NOTICES, type="http", auth="user", methods=["GET"], readonly=True)
    def my_notices(self, before=None, **_kw):
        """The user's notifications, newest first.

        :param before: id below which to read, from the page before
        """
        if not request.env.user.share:
            return request.redirect("/odoo")
        domain = [("user_id", "=", request.env.uid), ("channel", "=", "in_app")]
        if before and before.isdecimal() and len(before) < 10:
            domain.append(("id", "<", int(before)))
        notices = request.env["lottery.notification"].search(
            domain, limit=NOTICES_PER_PAGE + 1
        )
        return request.render(
            "outlet_channel.portal_notices",
            {
                "page_name": "notices",
                "outlet": self._find_my_outlet(),
                "home": self._get_owner_home(),
                "notices": notices[:NOTICES_PER_PAGE],
                "more": len(notices) > NOTICES_PER_PAGE,
            },
            headers=HEADERS,
        )

    @route(f"{NOTICES}/read", type="http", auth="user", methods=["POST"])
    def my_notices_read(self, **_kw):
        """Mark everything as read."""
        request.env["lottery.notification"].action_read_all()
        return request.redirect(NOTICES)

    @route(
        f"{NOTICES}/<int:notice_id>/open", type="http", auth="user", methods=["POST"]
    )
    def my_notice_open(self, notice_id, **_kw):
        """Mark one as read and go on to what it is about."""
        notice = request.env["lottery.notification"].search([("id", "=", notice_id)])
        if not notice:
            return request.not_found()
        notice.action_read()
        return request.redirect(notice._get_owner_path() or NOTICES)
