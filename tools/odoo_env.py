"""An Odoo environment for scripts, configured by what `tools/service env` exports.

with environment("lottery") as env:
    env["res.users"].search_count([])
"""

import contextlib
import hashlib
import hmac
import os

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tools import config


@contextlib.contextmanager
def environment(database: str, lang: str = "zh_CN"):
    """Superuser environment on its own cursor.

    Committed when the block ends well, rolled back when it raises. Long loads commit
    finished parts themselves (`env.cr.commit()`) and find them done when run again.
    """
    config.parse_config(
        ["--database", database, "--no-http", "--workers=0"], setup_logging=True
    )
    registry = Registry(database)
    with registry.cursor() as cr:
        context = {"lang": lang, "tz": "Asia/Shanghai"}
        yield Environment(cr, SUPERUSER_ID, context)


def password_for(login: str) -> str:
    """Password of a demo account, the same each time on this machine.

    Derived from the instance's secret, so that a resumed load hands out the same ones
    and nothing has to be remembered. Meets the login policy: the tail has a letter of
    both kinds and a digit whatever the rest is.
    """
    seed = os.environ["LOTTERY_DEMO_SEED"].encode()
    digits = hmac.new(seed, login.encode(), hashlib.sha256).hexdigest()
    return f"{digits[:6]}-{digits[6:12].upper()}-q7Z"
