"""How much is measured."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Size:
    """Numbers of one run.

    ``big`` and ``small``: packs on hand of the two games; ``rounds``: repetitions of a
    step whose median counts; ``wave``: orders in a wave; ``tagged``: records that carry
    automatic tags, and rows of a file.
    """

    big: int
    small: int
    rounds: int
    wave: int
    scans: int
    outlets: int
    games: int
    records: int
    races: int
    owners: int
    orders_each: int
    entries: int
    ilms_orders: int
    otp_requests: int
    users: int
    connections: int
    tagged: int


SIZES = {
    "small": Size(
        big=20_000,
        small=2_000,
        rounds=5,
        wave=10,
        scans=60,
        outlets=3_000,
        games=40,
        records=30_000,
        races=20,
        owners=100,
        orders_each=4,
        entries=100_000,
        ilms_orders=16,
        otp_requests=5_000,
        users=100,
        connections=1_200,
        tagged=100_000,
    ),
    "full": Size(
        big=100_000,
        small=2_000,
        rounds=7,
        wave=30,
        scans=200,
        outlets=30_000,
        games=40,
        records=300_000,
        races=20,
        owners=100,
        orders_each=12,
        entries=1_000_000,
        ilms_orders=40,
        otp_requests=100_000,
        users=100,
        connections=1_200,
        tagged=1_000_000,
    ),
}
