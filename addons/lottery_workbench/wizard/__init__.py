from . import lottery_consultation_handover
