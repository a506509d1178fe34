# Whoever extends a model comes after it.
from . import lottery_access_line

# isort: split
from . import (
    base,
    ir_actions,
    ir_http,
    ir_model_access,
    ir_rule,
    ir_ui_menu,
    lottery_access,
    lottery_access_menu,
    lottery_access_object,
    lottery_access_operation,
    lottery_access_share,
    permission_journal,
    res_groups,
    res_partner,
    res_users,
    res_users_role,
)
