"""PF-INT-02: the documented examples run as they are printed, with keys of their own.

Keys are made the way a person makes one: in the web client, after the password.
"""

import os
import pathlib
import subprocess
import sys
import uuid

import pytest

from .keeper import find_richest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "integrations" / "examples"
PACKS = 2


@pytest.fixture(scope="module")
def key_of(open_office, accounts):
    """login -> a key of that account that is over tomorrow."""
    keys = {}

    def make(login):
        office = open_office(login)
        [wizard] = office.call(
            "res.users.apikeys.description",
            "create",
            [{"name": "examples", "duration": "1"}],
        )
        asked = office.call("res.users.apikeys.description", "make_key", [wizard])
        [password] = [a["password"] for a in accounts if a["login"] == login]
        made = office.call(
            "res.users.identitycheck",
            "run_check",
            [asked["res_id"]],
            context={"password": password},
        )
        return made["context"]["default_key"]

    def key(login):
        if login not in keys:
            keys[login] = make(login)
        return keys[login]

    return key


@pytest.fixture(scope="module")
def run_example(key_of, base_url):
    """(file, login, arguments…) -> the finished process, as a reader would run it."""

    def run(example, login, *arguments, key=None):
        return subprocess.run(
            [sys.executable, EXAMPLES / example, *map(str, arguments)],
            env={
                "PATH": os.environ["PATH"],
                "LOTTERY_URL": base_url,
                "LOTTERY_DATABASE": os.environ["DATABASE"],
                "LOTTERY_LOGIN": login,
                "LOTTERY_KEY": key or key_of(login),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def tell(run_example):
    """As `run_example`, for what has to work; returns ``{first word: [rest, …]}``."""

    def run(example, login, *arguments):
        done = run_example(example, login, *arguments)
        assert done.returncode == 0, done.stderr
        said = {}
        for line in done.stdout.splitlines():
            name, _space, rest = line.partition(" ")
            said.setdefault(name, []).append(rest)
        return said

    return run


@pytest.fixture(scope="module")
def wanted(admin, outlets):
    """An outlet with money and a game in its warehouse: ``(outlet, game's code)``."""
    ids = [row["id"] for row in outlets.values()]
    richest = find_richest(admin, [["outlet_id", "in", ids]])
    outlet = next(row for row in outlets.values() if row["id"] == richest)
    rows = admin.find(
        "instant.availability",
        [["warehouse_id", "=", outlet["warehouse_id"]], ["available", ">", 10]],
        ["game_id"],
        load=None,
    )
    [game] = admin.find(
        "instant.game",
        [["id", "in", [row["game_id"] for row in rows]], ["state", "=", "on_sale"]],
        ["code", "pack_amount"],
        limit=1,
        order="pack_amount",
    )
    return outlet, game


@pytest.mark.parametrize("example", ["xmlrpc_client.py", "json2_client.py"])
def test_example_places_one_order(example, tell, wanted, admin):
    """Its lines say what it did; the books agree."""
    outlet, game = wanted
    request = f"example-{uuid.uuid4()}"
    said = tell(example, "integrator", outlet["number"], game["code"], PACKS, request)
    [order] = admin.find(
        "instant.order",
        [["outlet_id", "=", outlet["id"]], ["key", "=like", f"{request}%"]],
        ["name", "state", "channel", "pack_count", "amount"],
    )
    assert (order["channel"], order["pack_count"]) == ("api", PACKS)
    assert said["placed"] == [f"{order['name']} {order['amount']}"]
    assert said["again"] == [f"{order['name']} True"]
    assert said["state"] == [f"{order['name']} locked"]
    assert any("available" in life for life in said["life"])
    assert len(said["refused"]) == 1 and "1999" not in said["refused"][0]


def test_example_of_the_warehouse(tell, run_example, admin, open_office, outlets):
    """Scanned out, closed, handed over, by a keeper's key: IT-WHS-03, IT-DLV-04."""
    [warehouse] = admin.find(
        "stock.warehouse", [["branch_id.code", "=", "6523"]], ["id"]
    )
    ids = [
        row["id"] for row in outlets.values() if row["warehouse_id"] == warehouse["id"]
    ]
    outlet = find_richest(admin, [["outlet_id", "in", ids]])
    [stock] = admin.find(
        "instant.availability",
        [
            ["warehouse_id", "=", warehouse["id"]],
            ["available", ">", 10],
            ["game_id.state", "=", "on_sale"],
        ],
        ["game_id"],
        limit=1,
        load=None,
    )
    placed = open_office("integrator").call(
        "instant.order",
        "place_order",
        outlet,
        [{"game": stock["game_id"], "packs": PACKS}],
        f"example-{uuid.uuid4()}",
    )
    order_id, name = placed["order_id"], placed["name"]
    admin.await_value("instant.order", order_id, "state", "locked")

    said = tell("warehouse_client.py", "keeper.changji", "pick", name)
    assert said["refused"][0].startswith("1 bad_code")
    counts = [int(line.rsplit(" ", 1)[1]) for line in said["scanned"]]
    assert counts == [*range(1, PACKS + 1), PACKS]
    assert said["undone"][0].endswith(f" {PACKS - 1}")
    assert said["state"] == [f"{name} shipped "]

    code = admin.read("instant.order", order_id, "pickup_code")["pickup_code"]
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    said = tell("warehouse_client.py", "driver.changji", "deliver", name, wrong)
    assert said["state"] == [f"{name} shipped"] and said["refused"]
    driver = ("warehouse_client.py", "driver.changji")
    assert tell(*driver, "failed", name, "nobody_there")["noted"]
    assert tell(*driver, "deliver", name, code)["state"] == [f"{name} delivered"]
    attempts = admin.find(
        "instant.delivery.attempt", [["order_id", "=", order_id]], ["outcome"]
    )
    outcomes = {row["outcome"] for row in attempts}
    assert outcomes == {"wrong_code", "nobody_there", "delivered"}

    desk = run_example("warehouse_client.py", "specialist.changji", "pick", name)
    assert desk.returncode != 0 and "scanned" not in desk.stdout


def test_example_of_the_office(tell, run_example, admin, outlets):
    """Asked, withdrawn, rejected, approved, tagged over JSON-2: PF-APR-02, PF-TAG-01."""
    example, applicant, head = "office_client.py", "specialist.changji", "head.changji"
    [unit] = admin.find("lottery.branch", [["code", "=", "6523"]], ["id"])
    outlet = next(o for o in outlets.values() if o["branch_id"] == unit["id"])

    def ask(value):
        said = tell(
            example, applicant, "ask", outlet["number"], "street", value, "moved"
        )
        number, state = said["asked"][0].split()
        assert state == "pending"
        return number

    def street():
        return admin.read("lottery.outlet", outlet["id"], "street")["street"]

    before = street()
    taken_back = ask("样例路1号")
    assert tell(example, applicant, "withdraw", taken_back)["state"] == [
        f"{taken_back} none"
    ]
    refused = ask("样例路2号")
    early = run_example(example, applicant, "approve", refused)
    assert early.returncode != 0 and "refused 403" in early.stderr
    assert tell(example, head, "reject", refused, "no such street")["state"] == [
        f"{refused} rejected"
    ]
    assert street() == before
    wish = ask("样例路3号")
    assert any(wish in line for line in tell(example, head, "inbox")["waits"])
    assert tell(example, head, "approve", wish, "seen")["state"] == [f"{wish} approved"]
    assert street() == "样例路3号"
    events = tell(example, applicant, "trail", wish)["event"]
    assert ["submitted", "approved", "finished"] == [line.split()[2] for line in events]

    said = tell(example, "integrator", "tag", outlet["number"], "临近学校")
    assert said["tagged"][0].startswith(f"{outlet['number']} 临近学校 ")
    [tag] = admin.find("lottery.tag", [["name", "=", "临近学校"]], ["id"])
    [row] = admin.find(
        "lottery.outlet", [["id", "=", outlet["id"]]], ["lottery_tag_ids"]
    )
    assert tag["id"] in row["lottery_tag_ids"]


def test_wrong_key_opens_nothing(run_example, wanted, admin):
    """A key that is none ends the examples before anything is read."""
    for example in ("xmlrpc_client.py", "json2_client.py"):
        run = run_example(
            example,
            "integrator",
            wanted[0]["number"],
            wanted[1]["code"],
            1,
            "wrong-key",
            key="0" * 40,
        )
        assert run.returncode != 0
        assert "outlet" not in run.stdout
    assert not admin.find("instant.order", [["key", "=", "wrong-key"]], ["id"])
