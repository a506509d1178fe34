"""Words of the owner's pages that depend on data or are shown by the script."""

from ..const import ORDER_TONES

# state -> icon of the sprite
ICONS = {
    "draft": "orders",
    "submitted": "wait",
    "locked": "lock",
    "picking": "box",
    "shipped": "truck",
    "delivered": "packs",
    "done": "done",
    "cancelled": "refused",
    "rejected": "refused",
    "exception": "warn",
}


def client_texts(env):
    """Return the sentences the pages' script shows, by name."""
    return {**_cart_texts(env), **_page_texts(env)}


def _cart_texts(env):
    return {
        "cart_line": env._("%(games)s games, %(packs)s packs"),
        "removed": env._("%(game)s removed from the cart"),
        "only_left": env._("Only %(packs)s packs left"),
        "take_left": env._("Take the %(packs)s packs left"),
        "remove": env._("Remove"),
        "sold_out": env._("Sold out at your warehouse"),
        "not_on_sale": env._("No longer on sale"),
        "more_money": env._("%(amount)s more than your usable balance"),
        "offline": env._("No network. Your cart is kept on this phone."),
        "online": env._("The network is back."),
        "no_answer": env._(
            "No answer yet. Your order is sent again until it is confirmed; it is "
            "placed only once."
        ),
        "still_no_answer": env._(
            "The network does not answer. Nothing is lost: press “Send again” when "
            "the line is back."
        ),
        "checking": env._("Checking whether your last order arrived…"),
        "not_arrived": env._(
            "Your last order has not arrived. Send it again, or change the cart."
        ),
        "server_error": env._("Something went wrong at our side. Please try again."),
        "placed": env._("Order %(name)s is placed."),
        "log_in": env._("Please log in again. Your cart is kept."),
    }


def _page_texts(env):
    return {
        "changed": env._("State of the order: %(state)s"),
        "found": env._("%(games)s games found"),
        "capped": env._("Not everything of that order is in stock any more."),
        "photos": env._("%(photos)s photos chosen"),
        "too_many_photos": env._("Send at most %(photos)s photos."),
        "pack": env._("packs"),
        "less": env._("One pack less of %(game)s"),
        "more": env._("One pack more of %(game)s"),
        "packs_of": env._("Packs of %(game)s"),
    }


def state_words(env, state, *, ilms_down=False):
    """Return ``{"tone", "icon", "title", "text"}`` for an order's state.

    :param bool ilms_down: ILMS does not answer, what waits for it says so
    """
    text = _state_texts(env)[state]
    if state == "submitted" and ilms_down:
        text = env._(
            "The centre's system does not answer just now. Your order waits and goes "
            "on by itself; stock and money are kept for you."
        )
    return {
        "tone": ORDER_TONES[state],
        "icon": ICONS[state],
        "title": _state_titles(env)[state],
        "text": text,
    }


def return_words(env, return_state):
    """Return what a parcel that comes back changes of ``state_words``."""
    if not return_state:
        return {}
    if return_state == "back":
        return {
            "text": env._(
                "The parcel went back to the warehouse; the money is on your account "
                "again."
            )
        }
    return {
        "text": env._(
            "The parcel could not be handed over and goes back to the warehouse. The "
            "order desk will call you."
        )
    }


def _state_titles(env):
    return {
        "draft": env._("Draft"),
        "submitted": env._("Order received"),
        "locked": env._("Confirmed"),
        "picking": env._("Being packed"),
        "shipped": env._("On the way"),
        "delivered": env._("Arrived"),
        "done": env._("Received"),
        "cancelled": env._("Cancelled"),
        "rejected": env._("Refused by the centre"),
        "exception": env._("Being looked into"),
    }


def _state_texts(env):
    return {
        "draft": env._("The order desk is preparing it."),
        "submitted": env._("The centre is confirming it. This takes a few seconds."),
        "locked": env._("The warehouse packs it next."),
        "picking": env._("Your tickets are scanned out."),
        "shipped": env._("Show the pick-up code when the parcel comes."),
        "delivered": env._("Count the packs, then confirm the receipt."),
        "done": env._("The packs can be activated now."),
        "cancelled": env._("Nothing was deducted; money and stock are free again."),
        "rejected": env._("Nothing was deducted; the money is free again."),
        "exception": env._("The order desk takes care of it and will call you."),
    }
