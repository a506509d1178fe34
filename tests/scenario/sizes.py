"""How much happens."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Size:
    """Numbers of one run; packs are given in cartons of 20."""

    outlets: int
    games: int
    owners: int
    orders_each: int
    racing_prefectures: int
    cartons_per_stock: int
    extra_cartons: int
    worker_kills: int
    shipped: int

    @property
    def packs(self):
        return 20 * (16 * self.games * self.cartons_per_stock + 16 * self.extra_cartons)


SIZES = {
    "small": Size(160, 6, 20, 5, 2, 2, 1, 1, 24),
    "full": Size(400, 40, 100, 10, 4, 3, 5, 3, 160),
}
