"""PF-INT-02: the documented examples run as they are printed, with a key of their own.

The key is made the way a person makes one: in the web client, after the password.
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
def key(open_office, accounts):
    """A key of the integrator that is over tomorrow."""
    office = open_office("integrator")
    [wizard] = office.call(
        "res.users.apikeys.description",
        "create",
        [{"name": "examples", "duration": "1"}],
    )
    asked = office.call("res.users.apikeys.description", "make_key", [wizard])
    [password] = [a["password"] for a in accounts if a["login"] == "integrator"]
    made = office.call(
        "res.users.identitycheck",
        "run_check",
        [asked["res_id"]],
        context={"password": password},
    )
    return made["context"]["default_key"]


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
def test_example_places_one_order(example, key, wanted, base_url, admin):
    """Its lines say what it did; the books agree."""
    outlet, game = wanted
    request = f"example-{uuid.uuid4()}"
    run = subprocess.run(
        [sys.executable, EXAMPLES / example, outlet["number"], game["code"]]
        + [str(PACKS), request],
        env={
            "PATH": os.environ["PATH"],
            "LOTTERY_URL": base_url,
            "LOTTERY_DATABASE": os.environ["DATABASE"],
            "LOTTERY_LOGIN": "integrator",
            "LOTTERY_KEY": key,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    said = {}
    for line in run.stdout.splitlines():
        name, _space, rest = line.partition(" ")
        said.setdefault(name, []).append(rest)
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


def test_wrong_key_opens_nothing(base_url, wanted, admin):
    """A key that is none ends the examples before anything is read."""
    for example in ("xmlrpc_client.py", "json2_client.py"):
        run = subprocess.run(
            [sys.executable, EXAMPLES / example, wanted[0]["number"]]
            + [wanted[1]["code"], "1", "wrong-key"],
            env={
                "LOTTERY_URL": base_url,
                "LOTTERY_DATABASE": os.environ["DATABASE"],
                "LOTTERY_LOGIN": "integrator",
                "LOTTERY_KEY": "0" * 40,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert run.returncode != 0
        assert "outlet" not in run.stdout
    assert not admin.find("instant.order", [["key", "=", "wrong-key"]], ["id"])
