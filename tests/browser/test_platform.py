"""The platform's screens as its people see them: home page, approvals on a phone, why
somebody sees a record, tags, notifications, reports, people, audit.

PF-WRK-01, PF-WRK-02, PF-WRK-03, PF-APR-03, PF-APR-04, PF-SEC-01, PF-SEC-03, PF-TAG-03,
PF-NTF-01, PF-RPT-01, PF-USR-01, PF-USR-02, PF-AUD-01.
"""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from .conftest import PHONE
from .office import Refused

CHINA = ZoneInfo("Asia/Shanghai")
NOT_SOLD = ["draft", "cancelled", "rejected"]
CHINESE = {"context": {"lang": "zh_CN"}}
IN_SIGHT = """() => [...document.images].every(
    (image) => image.complete || image.getBoundingClientRect().top > innerHeight
)"""


def open_list(screen, admin, action, row):
    """Open a list and see a row of the books in it.

    :param row: model, domain and the field that has to be on the screen
    """
    model, domain, field = row
    [found] = admin.find(model, domain, [field], limit=1, **CHINESE)
    rows = screen.open(action).expect_rows()
    expect(rows.filter(has_text=found[field]).first).to_be_visible()
    screen.page.wait_for_function(IN_SIGHT)
    return screen.page


def choose(page, field, text):
    """Pick a record in a many-to-one field, as a hand does."""
    box = page.locator(f"[name='{field}'] input").first
    box.click()
    box.fill(text)
    ends = re.compile(rf"(^|\s){re.escape(text)}\s*$")
    page.locator(".o-autocomplete--dropdown-item").filter(has_text=ends).first.click()


def test_home_page_counts_what_waits(open_screen, admin, camera):
    """PF-WRK-03: the desk's home page shows its cards with the figures of the books."""
    screen = open_screen("desk").open("lottery_workbench.lottery_home_action")
    page = screen.page
    expect(page.locator(".lt-home")).to_be_visible()
    expect(page.locator(".lt-home")).to_contain_text("月末库房盘点安排")
    waiting = admin.call(
        "instant.order", "search_count", [["state", "in", ["locked", "picking"]]]
    )
    assert waiting, "the demo has orders that wait"
    expect(page.locator(".lt-home")).to_contain_text(str(waiting))
    camera.take(page, "admin-home")


def test_approval_on_a_phone(open_screen, admin, camera):
    """PF-APR-02, PF-APR-03, PF-APR-04: the head reads and approves at 360 px what the
    specialist asked for; it is decided, written to the outlet and in the trail."""
    [request] = admin.find(
        "lottery.change.request",
        [["reason", "=", "网点搬到隔壁门面"]],
        ["res_id", "approval_id", "approval_state"],
        limit=1,
    )
    assert request["approval_state"] == "pending"
    screen = open_screen("head.changji", PHONE)
    screen.open("lottery_approval.lottery_approval_action_todo")
    page = screen.page
    card = page.locator(".o_kanban_record").filter(has_text="网点搬到隔壁门面")
    expect(card).to_contain_text("样例 昌吉专管员")
    camera.take(page, "admin-approvals-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    card.locator(".fs-4").click()
    form = page.locator(".o_form_view")
    expect(form).to_contain_text("（东门）")
    camera.take(page, "admin-approval-phone")
    page.locator(".o_approval_bar button").filter(has_text="同意").click()
    dialog = page.locator(".modal")
    dialog.locator("[name='comment'] input").fill("已实地核对")
    dialog.locator("footer button").filter(has_text="同意").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".o_approval_bar")).to_be_hidden()
    expect(form).to_contain_text("已实地核对")
    [run] = admin.find(
        "lottery.approval", [["id", "=", request["approval_id"][0]]], ["state"]
    )
    assert run["state"] == "approved"
    [outlet] = admin.find(
        "lottery.outlet", [["id", "=", request["res_id"]]], ["address"]
    )
    assert outlet["address"].endswith("（东门）")
    trail = admin.find(
        "lottery.approval.event",
        [["approval_id", "=", run["id"]]],
        ["kind", "who", "comment", "address"],
        order="id",
    )
    assert [event["kind"] for event in trail] == ["submitted", "approved", "finished"]
    assert trail[1]["who"] == "样例 昌吉负责人", trail[1]
    assert (trail[1]["comment"], bool(trail[1]["address"])) == ("已实地核对", True)


def test_role_that_may_not_approve(open_office, admin):
    """PF-SEC-01, PF-APR-02: the administrator takes “approve” from the role; what waits
    is out of the inbox and refused, and comes back with the right."""
    head = open_office("head.changji")
    mine = ["lottery.approval", "search", [["can_review", "=", True]]]
    waiting = head.call(*mine)
    assert waiting
    [line] = admin.find(
        "lottery.access.operation",
        [
            ["role_id.name", "=", "机构负责人"],
            ["object_id.model", "=", "lottery.change.request"],
        ],
        ["approve_right"],
        **CHINESE,
    )
    admin.call(
        "lottery.access.operation", "write", [line["id"]], {"approve_right": "deny"}
    )
    try:
        assert head.call(*mine) == []
        with pytest.raises(Refused, match="does not approve “Change Request"):
            head.call("lottery.approval", "action_approve", waiting)
    finally:
        admin.call(
            "lottery.access.operation",
            "write",
            [line["id"]],
            {"approve_right": "inherit"},
        )
    assert head.call(*mine) == waiting


def test_people(open_screen, admin, camera):
    """PF-USR-01: who works here, with unit, position and status."""
    page = open_list(
        open_screen("admin"),
        admin,
        "lottery_base.res_users_action_staff",
        ("res.users", [["login", "=", "specialist.changji"]], "name"),
    )
    camera.take(page, "admin-people")


def test_login_log(open_screen, admin, camera):
    """PF-AUD-01: who logged in, from where, with which result."""
    page = open_list(
        open_screen("admin"),
        admin,
        "lottery_journal.lottery_log_login_action",
        ("lottery.log.login", [["login", "=", "desk"]], "login"),
    )
    camera.take(page, "admin-audit-login")


def test_notifications_sent(open_screen, admin, camera):
    """PF-NTF-01: each send with its receiver, channel and state."""
    page = open_list(
        open_screen("admin"),
        admin,
        "lottery_message.lottery_notification_delivery_action",
        ("lottery.notification.delivery", [], "display_name"),
    )
    camera.take(page, "admin-notifications-sent")


def test_parameters_by_area(open_screen, admin, camera):
    """PF-WRK-02: the parameters of an area, each with what holds now."""
    page = open_screen("admin").open("lottery_base.lottery_parameter_action").page
    page.locator(".o_group_header").filter(has_text="消息").click()
    rows = admin.find(
        "lottery.parameter",
        [["name", "like", "免打扰"]],
        ["name", "value_label"],
        **CHINESE,
    )
    assert len(rows) == 2
    for row in rows:
        line = page.locator(".o_data_row").filter(has_text=row["name"])
        expect(line).to_contain_text(row["value_label"])
    camera.take(page, "admin-parameters")


def test_explain_access(open_screen, open_office, admin, camera):
    """PF-SEC-03: why a specialist does not see an outlet of another unit."""
    [outlet] = admin.find(
        "lottery.outlet",
        [["branch_id.name", "=", "喀什"]],
        ["name"],
        limit=1,
    )
    page = (
        open_screen("admin").open("lottery_access.lottery_access_explain_action").page
    )
    choose(page, "user_id", "样例 昌吉专管员")
    choose(page, "object_id", "网点")
    choose(page, "res_id", outlet["name"])
    answer = page.locator(".o_lottery_explanation_answer")
    expect(answer).to_contain_text("样例 昌吉专管员 不可以“查看”")
    specialist = open_office("specialist.changji")
    assert not specialist.call(
        "lottery.outlet", "search_count", [["id", "=", outlet["id"]]]
    )
    camera.take(page, "admin-explain")


def test_permissions_of_a_role(open_screen, open_office, admin, camera):
    """PF-SEC-01: the marks of a role are what its people may do."""
    [role] = admin.find("res.users.role", [["name", "=", "专管员"]], ["id"], **CHINESE)
    screen = open_screen("admin")
    page = screen.open("lottery_access.res_users_role_action", role["id"]).page
    row = page.locator(".o_data_row").filter(has_text="即开票订单")
    specialist = open_office("specialist.changji")
    for column, operation in ((1, "create"), (3, "unlink")):
        granted = specialist.call("instant.order", "has_access", [], operation)
        expect(row.locator(".o_lottery_right").nth(column)).to_have_attribute(
            "aria-checked", "true" if granted else "false"
        )
    camera.take(page, "admin-role")


def test_notification_centre(open_screen, open_office, camera):
    """PF-NTF-01: what came in, as many as the bell counts."""
    screen = open_screen("branch.changji")
    page = screen.open("lottery_message.lottery_notification_action").page
    office = open_office("branch.changji")
    rows = office.find("lottery.notification", [], ["subject"], **CHINESE)
    assert rows
    expect(page.locator(".o_data_row")).to_have_count(len(rows))
    unread = office.call(
        "lottery.notification", "search_count", [["is_unread", "=", True]]
    )
    expect(page.locator(".o_lottery_bell_count")).to_have_text(str(unread))
    page.locator(".o_lottery_bell").click()
    expect(page.locator(".o_lottery_bell_content")).to_contain_text(rows[0]["subject"])
    camera.take(page, "admin-notifications")


def test_change_request_side_by_side(open_screen, admin, camera):
    """PF-APR-04: old and new beside each other, nothing written before the decision."""
    [request] = admin.find(
        "lottery.change.request", [["reason", "=", "年度评聘"]], ["id"], limit=1
    )
    screen = open_screen("head.changji")
    screen.open("lottery_approval.lottery_change_request_action", request["id"])
    line = screen.page.locator(".o_change_sheet [data-field='position']")
    expect(line.locator(".o_change_old")).to_have_text("专管员")
    expect(line.locator(".o_change_new")).to_have_text("高级专管员")
    [user] = admin.find(
        "res.users", [["login", "=", "specialist.changji"]], ["position"]
    )
    assert user["position"] == "专管员"
    camera.take(screen.page, "admin-change")


def test_tag_set_and_its_statistics(open_screen, admin, camera):
    """PF-TAG-03: the set's automatic tags with their numbers, as in the books."""
    [tag_set] = admin.find(
        "lottery.tag.set", [["name", "=", "网点距离"]], ["record_count"]
    )
    tags = admin.find(
        "lottery.tag", [["set_id", "=", tag_set["id"]]], ["name", "record_count"]
    )
    assert sum(tag["record_count"] for tag in tags) == tag_set["record_count"]
    screen = open_screen("admin")
    page = screen.open("lottery_tag.lottery_tag_set_action", tag_set["id"]).page
    for tag in tags:
        row = page.locator(".o_data_row").filter(has_text=str(tag["record_count"]))
        expect(row).not_to_have_count(0)
    camera.take(page, "admin-tags")
    page.locator(".oe_stat_button").filter(has_text="统计").click()
    expect(page.locator(".o_control_panel")).to_contain_text("标签统计：网点距离")
    expect(page.locator(".o_content canvas").first).to_be_visible()
    camera.take(page, "admin-tag-statistics")


def test_announcement_tells_who_has_read(open_screen, admin, camera):
    """PF-WRK-01: readers and those who have not read, as in the receipts."""
    [row] = admin.find(
        "lottery.announcement",
        [["name", "=", "月末库房盘点安排"]],
        ["read_count", "unread_count"],
    )
    assert row["unread_count"]
    screen = open_screen("leader")
    page = screen.open("lottery_workbench.lottery_announcement_action", row["id"]).page
    buttons = page.locator(".o-form-buttonbox, .o_control_panel")
    expect(buttons.first).to_contain_text(str(row["read_count"]))
    expect(page.locator(".oe_stat_button").filter(has_text="未读")).to_contain_text(
        str(row["unread_count"])
    )
    camera.take(page, "admin-announcement")


def test_report_of_orders(open_screen, admin, camera):
    """PF-RPT-01: the month's orders with a comparison, as many as in the books."""
    screen = open_screen("leader").open(
        "lottery_report.lottery_report_definition_action"
    )
    page = screen.page
    page.locator(".o_kanban_record").filter(has_text="订单统计").click()
    first = datetime.now(CHINA).replace(day=1, hour=0, minute=0, second=0)
    submitted = admin.call(
        "instant.order",
        "search_count",
        [
            ["submitted_at", ">=", first.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")],
            ["state", "not in", NOT_SOLD],
        ],
    )
    assert submitted
    total = page.locator(".lt-report-total").filter(has_text="订单")
    expect(total).to_contain_text(f"{submitted:,}")
    camera.take(page, "admin-report")


def test_role_switch(open_screen, admin, camera):
    """PF-USR-02: two roles, one top bar."""
    screen = open_screen("deputy.changji")
    screen.open("lottery_workbench.lottery_home_action")
    page = screen.page
    [deputy] = admin.find(
        "res.users", [["login", "=", "deputy.changji"]], ["role_line_ids"]
    )
    lines = admin.find(
        "res.users.role.line",
        [["id", "in", deputy["role_line_ids"]]],
        ["role_id"],
        **CHINESE,
    )
    assert len(lines) > 1
    page.locator(".lt-role-switch button").click()
    for line in lines:
        expect(page.locator(".o-dropdown--menu")).to_contain_text(line["role_id"][1])
    camera.take(page, "admin-role-switch")
