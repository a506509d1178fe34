from . import (
    portal_account,
    portal_actions,
    portal_image,
    portal_orders,
    portal_shop,
)
