from . import (
    lottery_outlet_import,
    lottery_outlet_owner_assign,
    lottery_outlet_state_change,
    lottery_person_reveal,
)
