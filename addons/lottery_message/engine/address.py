"""Who shares an internet address."""

import ipaddress


def split_address(raw):
    """Return ``(address, network)`` as they are counted.

    IPv4: the address and its /24. IPv6: the /64, which one customer holds whole, and
    its /48. What can't be read counts as one address, so nothing escapes the limits.

    >>> split_address("203.0.113.7")
    ('203.0.113.7', '203.0.113.0/24')
    >>> split_address("2001:db8:1:2:3::4")
    ('2001:db8:1:2::/64', '2001:db8:1::/48')
    >>> split_address("::ffff:203.0.113.7")  # IPv4 behind a dual-stack socket
    ('203.0.113.7', '203.0.113.0/24')
    >>> split_address("fe80::1%eth0")
    ('fe80::/64', 'fe80::/48')
    >>> split_address("unknown")
    ('?', '?')
    """
    try:
        address = ipaddress.ip_address((raw or "").partition("%")[0])
    except ValueError:
        return "?", "?"
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:
        return str(address), str(ipaddress.ip_network(f"{address}/24", strict=False))
    return (
        str(ipaddress.ip_network(f"{address}/64", strict=False)),
        str(ipaddress.ip_network(f"{address}/48", strict=False)),
    )
