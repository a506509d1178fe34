from . import (
    lottery_health,
    lottery_otp,
    lottery_otp_policy,
    lottery_otp_refusal,
    lottery_otp_store,
    lottery_otp_verify,
    lottery_outbox_channel_sms,
    lottery_sms_message,
    lottery_sms_provider,
    lottery_sms_provider_http,
)
