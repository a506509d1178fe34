from . import (
    ir_http,
    lottery_health,
    lottery_journal,
    lottery_login_attempt,
    lottery_login_group,
    lottery_login_policy,
    res_users,
    res_users_factor,
    res_users_gate,
    res_users_password,
)
