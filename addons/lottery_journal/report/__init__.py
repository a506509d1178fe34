from . import lottery_log_login_report, lottery_log_menu_report
