from . import lottery_sealed_mixin  # others inherit it

# isort: split
from . import (
    lottery_branch,
    lottery_change_request,
    lottery_home_card,
    lottery_notification,
    lottery_outlet,
    lottery_outlet_life,
    lottery_outlet_people,
    lottery_outlet_photo,
    lottery_outlet_place,
    lottery_outlet_terminal,
    lottery_reconcile_source,
    res_config_settings,
    res_partner,
    res_users,
    res_users_otp,
)
