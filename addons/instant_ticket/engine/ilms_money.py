"""Yuan and fen: ILMS counts integer fen, the suite keeps yuan with two digits."""

from decimal import Decimal


def to_fen(amount) -> int:
    """Integer fen of an amount in yuan; refuses what has no whole fen.

    >>> to_fen(1000.1), to_fen(Decimal("0.07")), to_fen(29.99)
    (100010, 7, 2999)
    >>> to_fen(Decimal("0.001"))
    Traceback (most recent call last):
        ...
    ValueError: 0.001 has no whole fen
    """
    # repr of a float that came from two decimals is those two decimals
    exact = Decimal(repr(amount)) if isinstance(amount, float) else Decimal(amount)
    fen = exact * 100
    if fen != fen.to_integral_value():
        raise ValueError(f"{amount} has no whole fen")
    return int(fen)


def to_yuan(fen: int) -> Decimal:
    """Exact yuan of integer fen.

    >>> to_yuan(2999), to_yuan(-7)
    (Decimal('29.99'), Decimal('-0.07'))
    """
    return Decimal(fen).scaleb(-2)
