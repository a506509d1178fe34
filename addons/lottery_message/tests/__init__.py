from . import (
    test_engine,
    test_health,
    test_local_outbox,
    test_otp,
    test_otp_concurrency,
    test_otp_guard,
    test_otp_http,
    test_provider_http,
    test_receipt,
    test_screens,
    test_security,
    test_sms_message,
)
