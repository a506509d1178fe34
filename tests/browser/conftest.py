"""The private instance's address and accounts, Chromium, the camera."""

import json
import os
import pathlib

import pytest
from playwright.sync_api import expect, sync_playwright

from .camera import Camera
from .office import Office
from .phone import OwnerPhone
from .screen import Screen

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}
TIMEOUT = 20_000  # milliseconds; the machine may have other work

expect.set_options(timeout=TIMEOUT)


@pytest.fixture(scope="session")
def base_url():
    return os.environ["BASE_URL"]


@pytest.fixture(scope="session")
def accounts():
    """Rows of accounts.json."""
    return json.loads(pathlib.Path(os.environ["ACCOUNTS"]).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def camera():
    return Camera(os.environ.get("BROWSER_SHOTS"))


@pytest.fixture(scope="session")
def open_office(base_url, accounts):
    """login -> Office; each logs in once."""
    passwords = {row["login"]: row["password"] for row in accounts}
    offices = {}

    def open_(login):
        if login not in offices:
            offices[login] = Office(
                base_url, os.environ["DATABASE"], login, passwords[login]
            )
        return offices[login]

    return open_


@pytest.fixture(scope="session")
def admin(open_office):
    return open_office("admin")


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"],
            args=["--no-sandbox", "--disable-gpu"],
            timeout=180_000,  # on a cold disk it takes more than a minute
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def open_page(chromium, base_url):
    """(size, **options of the context) -> a page of a fresh browser profile."""

    def open_(size, **options):
        context = chromium.new_context(
            base_url=base_url,
            viewport=size,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            **options,
        )
        context.set_default_timeout(TIMEOUT)
        return context.new_page()

    return open_


@pytest.fixture(scope="module")
def open_phone(open_page, admin):
    """outlet -> the owner's phone; closed at the end of the file."""
    opened = []

    def open_(outlet, **options):
        page = open_page(
            PHONE, has_touch=True, is_mobile=True, device_scale_factor=2, **options
        )
        opened.append(page)
        return OwnerPhone(page, outlet, admin)

    yield open_
    for page in opened:
        page.context.close()


@pytest.fixture(scope="module")
def open_screen(open_page, accounts, base_url, open_office):
    """login -> the web client of a member of staff, logged in."""
    opened = []

    def open_(login, size=DESK, **options):
        page = open_page(size, **options)
        opened.append(page)
        office = open_office(login)
        page.context.add_cookies(
            [
                {"name": cookie.name, "value": cookie.value, "url": base_url}
                for cookie in office.session.cookies
            ]
        )
        return Screen(page, office)

    yield open_
    for page in opened:
        page.context.close()


@pytest.fixture(scope="session")
def outlets(accounts, admin):
    """Outlets of the owners in accounts.json: number -> row."""
    numbers = [row["outlet"] for row in accounts if row["role"] == "outlet_owner"]
    rows = admin.find(
        "lottery.outlet",
        [["number", "in", numbers]],
        ["number", "name", "owner_phone", "warehouse_id", "branch_id"],
        load=None,
    )
    return {row["number"]: row for row in rows}


@pytest.fixture(autouse=True)
def last_sight(request):
    """After a failure keep what each open page showed, in var/test/browser."""
    yield
    if not getattr(request.node, "failed_in_call", False):
        return
    folder = pathlib.Path(os.environ["ACCOUNTS"]).parent / "browser"
    folder.mkdir(exist_ok=True)
    browser = request.getfixturevalue("chromium")
    for number, context in enumerate(browser.contexts):
        for page in context.pages:
            page.screenshot(path=folder / f"{request.node.name}-{number}.png")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call" and outcome.get_result().failed:
        item.failed_in_call = True
