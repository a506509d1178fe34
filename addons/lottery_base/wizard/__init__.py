from . import lottery_branch_import, lottery_import_fault, lottery_user_password
