"""Which network addresses a webhook may reach: the guard against server-side request forgery.

The table is our own. ``ipaddress.is_global`` calls public what is not: 6to4, NAT64 and IPv4-compatible spellings of
private addresses, multicast, and cloud metadata services on public addresses. Sources: the IANA special-purpose
registries (RFC 6890, RFC 8190), RFC 4291, RFC 6052, RFC 8215, RFC 3056, RFC 4380, and the published addresses of
cloud metadata services. The guard is asked at connect time, about the concrete address, for each new connection; a
name that resolves to several addresses is refused when one of them is.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

# Single addresses come first, so that the reason given is the precise one.
DENIED_V4: Final = tuple(
    (IPv4Network(network), reason)
    for network, reason in (
        ("168.63.129.16/32", "cloud metadata"),
        ("169.254.169.254/32", "cloud metadata"),
        ("100.100.100.200/32", "cloud metadata"),
        ("255.255.255.255/32", "broadcast"),
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignment"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)

DENIED_V6: Final = tuple(
    (IPv6Network(network), reason)
    for network, reason in (
        ("fd00:ec2::254/128", "cloud metadata"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        # A translator's own prefix: where the IPv4 address lies in it is the local operator's choice (RFC 8215), so
        # nothing in it can be judged.
        ("64:ff9b:1::/48", "local translation"),
        ("100::/64", "discard"),
        ("2001:2::/48", "benchmarking"),
        ("2001:10::/28", "ORCHID"),
        ("2001:20::/28", "ORCHID"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "unique local"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_LOOPBACK_V4: Final = IPv4Network("127.0.0.0/8")
_LOOPBACK_V6: Final = IPv6Address("::1")
# Prefixes whose last 32 bits are an IPv4 address: mapped, compatible, translated (SIIT) and NAT64.
_V4_IN_LAST_BITS: Final = tuple(map(IPv6Network, ("::ffff:0:0/96", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96")))
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")
_TEREDO: Final = IPv6Network("2001::/32")
_LOW_32: Final = 0xFFFF_FFFF


class AddressGuard:
    """Judges addresses. ``loopback_allowed`` only where the database carries the sandbox stamp."""

    def __init__(self, *, loopback_allowed: bool = False, denied_networks: Iterable[str] = ()) -> None:
        """Take the operator's own CIDRs, e.g. its public ranges, too; ``ValueError`` when one is not a CIDR."""
        self.loopback_allowed = loopback_allowed
        self._denied_networks = tuple(ip_network(network) for network in denied_networks)

    def refusal(self, address: str, host: str) -> str | None:
        """Return why ``address`` may not be reached, or None when it may.

        ``host`` is the host as written in the URL (brackets of an IPv6 literal removed): the sandbox's loopback
        permission counts only for a host that plainly says loopback, not for a name that happens to resolve to it.
        """
        try:
            parsed = ip_address(address)
        except ValueError:
            return "not an address"
        if isinstance(parsed, IPv6Address) and parsed.scope_id is not None:
            return "scoped"
        # The operator's wish stands above the permission.
        for form in (parsed, *embedded_v4(parsed)):
            if any(form.version == network.version and form in network for network in self._denied_networks):
                return "denied by the operator"
        if self.loopback_allowed and _is_loopback(parsed) and is_plain_loopback(host):
            return None
        return _table_refusal(parsed)

    def refusal_of_any(self, addresses: Iterable[str], host: str) -> str | None:
        """Return why ``host`` may not be reached at its addresses: one denied address refuses all; so does none."""
        listed = tuple(addresses)
        if not listed:
            return "no address"
        return next((reason for address in listed if (reason := self.refusal(address, host)) is not None), None)


def is_plain_loopback(host: str) -> bool:
    """Tell whether ``host`` says loopback in its usual spelling.

    That is ``localhost``, an address of 127.0.0.0/8, or ``::1`` (without brackets).
    ``0x7f.1``, ``127.1``, ``2130706433``, ``::ffff:127.0.0.1`` and ``localhost.`` are not.
    """
    if host == "localhost":
        return True
    try:
        parsed = ip_address(host)
    except ValueError:
        return False
    return str(parsed) == host and _is_loopback(parsed)


def embedded_v4(address: IPv4Address | IPv6Address) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses that an IPv6 address stands for, none for most."""
    if isinstance(address, IPv4Address) or address == _LOOPBACK_V6 or int(address) == 0:
        return ()
    bits = int(address)
    if any(address in network for network in _V4_IN_LAST_BITS):
        return (IPv4Address(bits & _LOW_32),)
    if address in _SIX_TO_FOUR:
        return (IPv4Address(bits >> 80 & _LOW_32),)
    if address in _TEREDO:  # the relay's server, and the client behind it with its bits inverted (RFC 4380 section 4)
        return (IPv4Address(bits >> 64 & _LOW_32), IPv4Address(~bits & _LOW_32))
    return ()


def _table_refusal(address: IPv4Address | IPv6Address) -> str | None:
    if isinstance(address, IPv4Address):
        return next((reason for network, reason in DENIED_V4 if address in network), None)
    inner = embedded_v4(address)
    if inner:
        return next((reason for form in inner if (reason := _table_refusal(form)) is not None), None)
    listed = next((reason for network, reason in DENIED_V6 if address in network), None)
    # What nobody assigned is nobody's receiver: fail closed on everything outside 2000::/3.
    return listed or (None if address in _GLOBAL_UNICAST else "unassigned")


def _is_loopback(address: IPv4Address | IPv6Address) -> bool:
    return address in _LOOPBACK_V4 if isinstance(address, IPv4Address) else address == _LOOPBACK_V6
