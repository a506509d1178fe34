from . import (
    lottery_health,
    lottery_journal,
    lottery_journal_mixin,
    lottery_journal_seal,
    lottery_journal_verification,
)
