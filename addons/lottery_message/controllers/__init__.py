from . import otp, sms_receipt
