"""What owners tell in words can be asked for: the registration is not updated by itself."""

from odoo import api
from odoo.api import SUPERUSER_ID
from odoo.fields import Command


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    registered = env.ref(
        "outlet_channel.lottery_change_model_lottery_outlet", raise_if_not_found=False
    )
    if registered:
        field = env.ref("outlet_channel.field_lottery_outlet__correction")
        registered.field_ids = [Command.link(field.id)]
