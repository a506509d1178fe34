"""Delivery time promised by distance (IT-DLV-02)."""

SLA_CLASSES = ((50.0, 18), (400.0, 36))
SLA_FAR_HOURS = 72


def sla_hours(distance_km, override=0):
    """Return the hours from submission to delivery.

    :param float distance_km: from the prefecture's warehouse city to the outlet
    :param int override: hours agreed for this outlet; 0 = none

    >>> [sla_hours(km) for km in (0, 50, 50.1, 400, 400.1)]
    [18, 18, 36, 36, 72]
    >>> sla_hours(10, override=24)
    24
    """
    if override:
        return override
    for limit_km, hours in SLA_CLASSES:
        if distance_km <= limit_km:
            return hours
    return SLA_FAR_HOURS
