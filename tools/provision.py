"""Usage: tools/service env python tools/provision.py DATABASE [ACCOUNTS_JSON]

Makes a freshly installed database ready to be used: administrator, language, demo data,
and the file with the accounts. Runs again without harm; loaded demo data is left alone.
Without the file (production, docker/update.sh) there is no demo data either.

Demo data is tools/demo/load.py with `load(env) -> accounts`, a list of
{"login", "role", "kind": "internal"|"portal", "branch"}; passwords are
`odoo_env.password_for(login)`, which load() sets on the users it makes.
"""

import hashlib
import importlib
import json
import os
import pathlib
import sys

TOOLS = pathlib.Path(__file__).resolve().parent
DEMO = TOOLS / "demo"
DEMO_KEY = "lottery_tools.demo_key"
DEMO_ACCOUNTS = "lottery_tools.demo_accounts"
sys.path.insert(0, str(TOOLS))

from odoo_env import environment, password_for  # noqa: E402


def demo_key() -> str | None:
    """:return: hash of the demo loader, None when there is none"""
    if not (DEMO / "load.py").is_file():
        return None
    digest = hashlib.sha256()
    for path in sorted(DEMO.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def set_up_administrator(env) -> dict:
    """Give the administrator the instance's password, language and zone.

    :return: the entry for accounts.json
    """
    password = os.environ["LOTTERY_ADMIN_PASSWORD"]
    admin = env.ref("base.user_admin")
    admin.write({"password": password, "lang": "zh_CN", "tz": "Asia/Shanghai"})
    env["ir.default"].set("res.partner", "lang", "zh_CN")
    env["ir.default"].set("res.partner", "tz", "Asia/Shanghai")
    return {
        "login": admin.login,
        "password": password,
        "role": "admin",
        "kind": "internal",
        "branch": None,
    }


def set_up_addresses(env) -> None:
    """Tell the printer of PDFs where this instance answers.

    Without it pages are fetched from the port of the first start, and print without
    their style when that is another one.
    """
    address = f"http://127.0.0.1:{os.environ['PUBLIC_PORT']}"
    env["ir.config_parameter"].set_param("report.url", address)


def load_demo(env) -> list[dict]:
    """Run the demo loader unless this version of it has run here.

    :return: its accounts with their passwords
    """
    key = demo_key()
    parameters = env["ir.config_parameter"]
    if key is None:
        return []
    if parameters.get_param(DEMO_KEY) != key:
        accounts = importlib.import_module("demo.load").load(env)
        parameters.set_param(DEMO_ACCOUNTS, json.dumps(accounts, ensure_ascii=False))
        parameters.set_param(DEMO_KEY, key)
    accounts = json.loads(parameters.get_param(DEMO_ACCOUNTS))
    return [{"password": password_for(entry["login"])} | entry for entry in accounts]


def main(database: str, target: str | None = None) -> None:
    """Provision the database and write the accounts, readable by the owner only."""
    with environment(database) as env:
        set_up_addresses(env)
        accounts = [set_up_administrator(env)]
        if target is None:
            return
        accounts += load_demo(env)
    path = pathlib.Path(target)
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(
        json.dumps(accounts, ensure_ascii=False, indent=2), encoding="utf-8"
    )
    fresh.replace(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
