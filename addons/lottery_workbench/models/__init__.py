# Whoever extends a model comes after it.
# isort: off
from . import res_users
from . import lottery_announcement
from . import lottery_announcement_receipt
from . import lottery_feedback
from . import lottery_consultation_kind
from . import lottery_consultation
from . import lottery_home_card
from . import lottery_home_layout
from . import lottery_home
from . import calendar_event
from . import ir_http
