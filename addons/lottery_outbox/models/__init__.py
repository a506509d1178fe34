from . import (
    lottery_health,
    lottery_inbox,
    lottery_metrics,
    lottery_outbox,
    lottery_outbox_apply,
    lottery_outbox_attempt,
    lottery_outbox_channel,
    lottery_outbox_circuit,
    lottery_outbox_drain,
)
