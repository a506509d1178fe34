from . import lottery_sms_report
