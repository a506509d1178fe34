from . import (
    lottery_access_explain,
    lottery_access_explain_rules,
    lottery_access_share_wizard,
)
