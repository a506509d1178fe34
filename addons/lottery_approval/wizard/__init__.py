from . import lottery_approval_decision, lottery_approval_preview
