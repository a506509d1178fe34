from . import lottery_outlet_report
