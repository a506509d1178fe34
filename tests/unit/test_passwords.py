"""Passwords this repository makes meet the login policy (PF-SEC-05)."""

import importlib.util
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from odoo_env import password_for  # noqa: E402

# the engine without its addon, which needs a running Odoo
_spec = importlib.util.spec_from_file_location(
    "password_engine", ROOT / "addons" / "lottery_login" / "engine" / "password.py"
)
_engine = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_engine)
Rules, find_faults = _engine.Rules, _engine.find_faults


def test_demo_accounts(monkeypatch):
    for seed in ("0" * 32, "f" * 32, "1234567890abcdef" * 2):
        monkeypatch.setenv("LOTTERY_DEMO_SEED", seed)
        for login in ("warehouse1", "15400000801", "admin"):
            assert find_faults(password_for(login), Rules(), [login]) == []


def test_administrator():
    """The parts tools/secrets draws at random may be any digits."""
    text = (ROOT / "tools" / "secrets").read_text(encoding="utf-8")
    shape = re.search(r'LOTTERY_ADMIN_PASSWORD "(.*)"', text)[1]
    drawn = iter(("9f07c3a1d2", "04be7718"))
    password = re.sub(r"\$\(random_hex \d\)", lambda _part: next(drawn), shape)
    assert password == "9f07c3a1d2-04be7718-q7Z"
    assert find_faults(password, Rules(), ["admin"]) == []
