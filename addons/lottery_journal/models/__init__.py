from . import lottery_journal_mixin, lottery_log_mixin  # isort: split

from . import (
    base,
    ir_actions_report,
    ir_http,
    lottery_health,
    lottery_journal,
    lottery_journal_archive,
    lottery_journal_seal,
    lottery_journal_verification,
    lottery_log_archive,
    lottery_log_export,
    lottery_log_login,
    lottery_log_menu,
    lottery_log_operation,
    lottery_log_rule,
    res_users,
)
