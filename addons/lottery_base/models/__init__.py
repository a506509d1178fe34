from . import (
    ir_actions_report,
    ir_rule,
    lottery_branch,
    lottery_branch_mixin,
    lottery_health,
    lottery_import_mixin,
    lottery_state_mixin,
    mail_thread,
    res_partner,
    res_users,
)
