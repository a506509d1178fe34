from . import (
    lottery_branch_import,
    lottery_import_fault,
    lottery_table_export,
    lottery_team_import,
    lottery_user_import,
    lottery_user_password,
)
