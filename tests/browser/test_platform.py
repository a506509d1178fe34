"""The platform's screens as its people see them: home page, approvals on a phone, why
somebody sees a record, tags, notifications, reports, people, audit.

PF-WRK-03, PF-APR-03, PF-APR-04, PF-SEC-03, PF-TAG-03, PF-NTF-01, PF-RPT-01, PF-USR-01,
PF-USR-02, PF-AUD-01.
"""

import pytest
from playwright.sync_api import expect

from .conftest import PHONE

LISTS = {
    "people": ("lottery_base.res_users_action_staff", "样例 昌吉专管员"),
    "parameters": ("lottery_base.lottery_parameter_action", "免打扰"),
    "audit-login": ("lottery_journal.lottery_log_login_action", "admin"),
    "notifications-sent": (
        "lottery_message.lottery_notification_delivery_action",
        "网点",
    ),
}


def test_home_page_counts_what_waits(open_screen, admin, camera):
    """PF-WRK-03: the desk's home page shows its cards with the figures of the books."""
    screen = open_screen("desk").open("lottery_workbench.lottery_home_action")
    page = screen.page
    expect(page.locator(".lt-home")).to_be_visible()
    expect(page.locator(".lt-home")).to_contain_text("国庆休市安排")
    waiting = admin.call(
        "instant.order", "search_count", [["state", "in", ["locked", "picking"]]]
    )
    assert waiting, "the demo has orders that wait"
    expect(page.locator(".lt-home")).to_contain_text(str(waiting))
    camera.take(page, "admin-home")


def test_approval_on_a_phone(open_screen, admin, camera):
    """PF-APR-03, PF-APR-04: the head decides what the specialist asked for."""
    screen = open_screen("head.changji", PHONE)
    screen.open("lottery_approval.lottery_approval_action_todo")
    page = screen.page
    card = page.locator(".o_kanban_record").filter(has_text="样例 昌吉专管员").first
    expect(card).to_be_visible()
    camera.take(page, "admin-approvals-phone")
    card.click()
    expect(page.locator(".o_form_view")).to_contain_text("样例 昌吉专管员")
    camera.take(page, "admin-approval-phone")


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_the_administrator(open_screen, camera, name):
    """PF-USR-01, PF-WRK-02, PF-AUD-01, PF-NTF-01: rows in Chinese with what is there."""
    action, text = LISTS[name]
    screen = open_screen("admin").open(action)
    expect(screen.page.locator(".o_content")).to_contain_text(text)
    camera.take(screen.page, f"admin-{name}")


def test_tag_set_tells_how_many(open_screen, admin, camera):
    """PF-TAG-03: the set's automatic tags with their numbers, as in the books."""
    [tag_set] = admin.find("lottery.tag.set", [["name", "=", "网点距离"]], ["id"])
    screen = open_screen("admin")
    screen.open("lottery_tag.lottery_tag_set_action", tag_set["id"])
    page = screen.page
    [tag] = admin.find(
        "lottery.tag",
        [["set_id", "=", tag_set["id"]], ["name", "like", "近郊"]],
        ["record_count"],
    )
    assert tag["record_count"]
    expect(page.locator(".o_form_view")).to_contain_text(str(tag["record_count"]))
    camera.take(page, "admin-tags")


def test_report_of_orders(open_screen, camera):
    """PF-RPT-01: orders by unit with a comparison."""
    screen = open_screen("leader").open("lottery_report.lottery_report_definition_action")
    page = screen.page
    expect(page.locator(".o_content")).to_contain_text("订单统计")
    page.get_by_text("订单统计").first.click()
    page.wait_for_timeout(1500)
    camera.take(page, "admin-report")


def test_role_switch(open_screen, camera):
    """PF-USR-02: two roles, one top bar."""
    screen = open_screen("deputy.changji")
    screen.open("lottery_workbench.lottery_home_action")
    page = screen.page
    page.locator(".lt-role-switch button").click()
    expect(page.locator(".o-dropdown--menu")).to_contain_text("专管员")
    camera.take(page, "admin-role-switch")
