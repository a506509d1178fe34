"""Who is at the other end of a request."""

import contextlib
import contextvars
import functools
import ipaddress
import os
import re
import typing

from odoo.http import request

TRUSTED = "LOTTERY_TRUSTED_PROXIES"
LOOPBACK = "127.0.0.0/8,::1/128"
MAX_TEXT = 200
# Doors of programs, by the beginning of the path.
DOORS = {"/xmlrpc/": "XML-RPC", "/jsonrpc": "JSON-RPC", "/json/2/": "JSON-2"}
_PRODUCT = re.compile(r"(?!Mozilla/)([\w.-]{1,40})(?:/([\w.]{1,20}))?")


@functools.lru_cache(maxsize=8)
def parse_networks(text):
    """Return the networks named in ``text``, separated by commas, blanks or lines.

    >>> parse_networks("10.1.0.0/16, 192.0.2.7")
    (IPv4Network('10.1.0.0/16'), IPv4Network('192.0.2.7/32'))
    >>> parse_networks("10.1.0.1/16")
    Traceback (most recent call last):
        ...
    ValueError: 10.1.0.1/16 has host bits set
    """
    return tuple(
        ipaddress.ip_network(part) for part in (text or "").replace(",", " ").split()
    )


def is_within(address, networks):
    """Whether one of ``networks`` holds ``address`` (text).

    >>> is_within("::ffff:10.1.2.3", parse_networks("10.1.0.0/16"))
    True
    >>> is_within("no address", parse_networks("0.0.0.0/0"))
    False
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(parsed in network for network in networks)


class Client(typing.NamedTuple):
    address: str
    device: dict


# Core takes the request away while XML-RPC and JSON-RPC calls run.
_caller = contextvars.ContextVar("lottery_client", default=None)


@contextlib.contextmanager
def remember_client():
    """Keep what is known of the request's client while the request is out of sight."""
    token = _caller.set(Client(_read_address(), _read_device()))
    try:
        yield
    finally:
        _caller.reset(token)


def has_client():
    """Whether somebody outside asks; scripts and jobs work for nobody."""
    return bool(request) or _caller.get() is not None


def get_address():
    """Return the address of the client, None where there is none.

    With ``proxy_mode`` Odoo takes the last address of ``X-Forwarded-For``, whoever
    sent the header. Here it counts only when the peer is a trusted proxy: loopback, or
    the networks in the environment's ``LOTTERY_TRUSTED_PROXIES``. Else the peer is the
    client.
    """
    if request:
        return _read_address()
    client = _caller.get()
    return client and client.address


def get_device():
    """Return ``{"browser", "platform", "user_agent"}`` of the client."""
    if request:
        return _read_device()
    client = _caller.get()
    return client.device if client else {}


def _read_address():
    environ = request.httprequest.environ
    # a call inside the process has none
    forwarded = environ.get("REMOTE_ADDR", "")
    peer = environ.get("werkzeug.proxy_fix.orig", {}).get("REMOTE_ADDR", forwarded)
    trusted = parse_networks(os.environ.get(TRUSTED) or LOOPBACK)
    return forwarded if is_within(peer, trusted) else peer


def _read_device():
    agent = request.httprequest.user_agent
    version = (agent.version or "").split(".")[0]
    browser = f"{(agent.browser or '').capitalize()} {version}".strip()
    door = get_door(request.httprequest.path)
    return {
        "browser": browser or get_program(agent.string),
        "platform": door or (agent.platform or "").capitalize() or None,
        "user_agent": (agent.string or "")[:MAX_TEXT] or None,
    }


def get_program(agent):
    """Return the name a program gives itself, None for browsers and the nameless.

    >>> get_program("Python-xmlrpc/3.11"), get_program("curl/8.5.0 (x86_64)")
    ('Python-xmlrpc 3.11', 'curl 8.5.0')
    >>> get_program("Mozilla/5.0 (X11)"), get_program("")
    (None, None)
    """
    product = _PRODUCT.match(agent or "")
    return " ".join(filter(None, product.groups())) if product else None


def get_door(path):
    """Return by which of the doors for programs a call came, None for a page.

    >>> get_door("/xmlrpc/2/common"), get_door("/json/2/res.users/read"), get_door("/odoo")
    ('XML-RPC', 'JSON-2', None)
    """
    return next((door for start, door in DOORS.items() if path.startswith(start)), None)
