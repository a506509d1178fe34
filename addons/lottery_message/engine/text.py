"""Short messages as text: what is shown of a phone, and what a body costs."""

from ..const import SMS_PART, SMS_SINGLE


def mask_phone(phone):
    """Return a mainland number with its middle hidden.

    >>> mask_phone("+8619912345678"), mask_phone("12"), mask_phone(False)
    ('199****5678', '****', '')
    """
    if not phone:
        return ""
    national = phone.removeprefix("+86")
    if len(national) < 8:
        return "****"
    return f"{national[:3]}****{national[-4:]}"


def count_parts(body):
    """Return how many parts a body is billed as. Any Chinese character makes the whole
    message UCS-2, and ours always have one; characters outside the BMP take two units.

    >>> count_parts("短" * 70), count_parts("短" * 71), count_parts("短" * 135)
    (1, 2, 3)
    >>> count_parts("")
    1
    """
    units = len((body or "").encode("utf-16-be")) // 2
    if units <= SMS_SINGLE:
        return 1
    return -(-units // SMS_PART)
