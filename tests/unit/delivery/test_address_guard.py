"""The address guard: every row of its table, every disguise of an IPv4 address, and the sandbox's permission."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.delivery.address_guard import (
    DENIED_V4,
    DENIED_V6,
    AddressGuard,
    embedded_v4,
    is_plain_loopback,
)

LIVE = AddressGuard()
SANDBOX = AddressGuard(loopback_allowed=True)
PUBLIC = ["1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"]
PUBLIC += ["128.0.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255"]
PUBLIC += ["198.20.0.0", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450::1", "2400:3200::1", "2003::1"]

# Written independently of the table in the source, from the requirement.
REQUIRED = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24
192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32
168.63.129.16/32 100.100.100.200/32
""".split()
REQUIRED_V6 = """
::/128 ::1/128 fc00::/7 fe80::/10 fec0::/10 ff00::/8 100::/64 2001:db8::/32 3fff::/20 5f00::/16 fd00:ec2::254/128
64:ff9b:1::/48
""".split()


def _edges(network: IPv4Network | IPv6Network) -> list[str]:
    middle = network.network_address + network.num_addresses // 2
    return [str(network[0]), str(network[-1]), str(middle)]


@pytest.mark.parametrize("network", [*REQUIRED, *(str(row) for row, _ in DENIED_V4)])
def test_denied_v4_ranges_in_every_disguise(network: str) -> None:
    for address in _edges(IPv4Network(network)):
        assert LIVE.refusal(address, "shop.example") is not None, address
        for disguise in _disguises(IPv4Address(address)):
            assert LIVE.refusal(disguise, "shop.example") is not None, (address, disguise)


@pytest.mark.parametrize("network", [*REQUIRED_V6, *(str(row) for row, _ in DENIED_V6)])
def test_denied_v6_ranges(network: str) -> None:
    for address in _edges(IPv6Network(network)):
        assert LIVE.refusal(address, "shop.example") is not None, address


@pytest.mark.parametrize(
    "network", DENIED_V4 + DENIED_V6, ids=lambda row: str(row[0]) if isinstance(row, tuple) else ""
)
def test_each_row_gives_its_own_reason(network: tuple[IPv4Network | IPv6Network, str]) -> None:
    row, reason = network
    reasons = {LIVE.refusal(address, "shop.example") for address in _edges(row)}
    assert reason in reasons


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    assert LIVE.refusal(address, "shop.example") is None
    parsed = ip_address(address)
    if isinstance(parsed, IPv4Address):
        for disguise in _disguises(parsed):
            assert LIVE.refusal(disguise, "shop.example") is None, disguise


@pytest.mark.parametrize(
    "address",
    [
        "2002:7f00:1::",
        "64:ff9b::a9fe:a9fe",
        "::127.0.0.1",
        "fec0::1",
        "3fff::1",
        "5f00::1",
        "192.0.0.8",
        "192.88.99.1",
        "168.63.129.16",
        "224.0.0.1",
        "ff02::1",
        "::ffff:0:127.0.0.1",
        "2001:0:102:304:0:0:80ff:fffe",  # Teredo: a public server, the client 127.0.0.1
        "2001:0:7f00:1::f7f7:f7f7",  # Teredo: the server 127.0.0.1, a public client
        "64:ff9b:1::808:808",
        "4000::1",
        "::2",
        "fe80::1%eth0",
        "2606:4700::1%1",
        "localhost",
        "0x7f.1",
        "2130706433",
        "127.1",
        "",
    ],
)
def test_what_the_standard_library_lets_through_is_refused(address: str) -> None:
    assert LIVE.refusal(address, "shop.example") is not None
    assert SANDBOX.refusal(address, "shop.example") is not None


@given(st.ip_addresses(v=4))
def test_a_disguise_is_judged_like_what_it_hides(address: IPv4Address) -> None:
    plain = LIVE.refusal(str(address), "shop.example")
    for disguise in _disguises(address):
        if disguise not in ("::", "::1"):
            assert LIVE.refusal(disguise, "shop.example") == plain, disguise


@given(st.ip_addresses(v=6))
def test_outside_global_unicast_only_translations_pass(address: IPv6Address) -> None:
    if address not in IPv6Network("2000::/3") and not embedded_v4(address):
        assert LIVE.refusal(str(address), "shop.example") is not None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.255.255.254", "::1"])
def test_the_sandbox_reaches_loopback_written_plainly(host: str) -> None:
    assert is_plain_loopback(host)
    for address in ("127.0.0.1", "127.8.8.8", "::1"):
        assert SANDBOX.refusal(address, host) is None
        assert LIVE.refusal(address, host) == "loopback"


@pytest.mark.parametrize(
    "host",
    [
        *(
            "0x7f.1",
            "0x7f000001",
            "2130706433",
            "017700000001",
            "127.1",
            "127.0.0.01",
            "127.0.0.1.",
            "::ffff:127.0.0.1",
        ),
        *(
            "::ffff:7f00:1",
            "0:0:0:0:0:0:0:1",
            "::0001",
            "localhost.",
            "foo.localhost",
            "localtest.me",
            "0.0.0.0",
            "::",
            "",
        ),
        *("128.0.0.1", "10.0.0.1"),
    ],
)
def test_no_other_spelling_has_the_permission(host: str) -> None:
    assert not is_plain_loopback(host)
    for address in ("127.0.0.1", "::1"):
        assert SANDBOX.refusal(address, host) == "loopback"


def test_the_permission_covers_loopback_and_nothing_else() -> None:
    for address in ("::ffff:127.0.0.1", "2002:7f00:1::", "10.0.0.1", "0.0.0.0", "169.254.169.254"):
        assert SANDBOX.refusal(address, "localhost") is not None


def test_one_denied_address_refuses_all() -> None:
    assert LIVE.refusal_of_any(["1.1.1.1", "8.8.8.8"], "shop.example") is None
    assert LIVE.refusal_of_any(["1.1.1.1", "10.0.0.1"], "shop.example") == "private"
    assert LIVE.refusal_of_any(["::1", "1.1.1.1"], "shop.example") == "loopback"
    assert LIVE.refusal_of_any([], "shop.example") == "no address"


def test_the_operators_networks_are_denied_in_every_form_even_to_the_sandbox() -> None:
    guard = AddressGuard(loopback_allowed=True, denied_networks=["1.1.1.0/24", "2606:4700::/32", "127.9.0.0/16"])
    for address in ("1.1.1.1", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::", "2606:4700::1"):
        assert guard.refusal(address, "shop.example") == "denied by the operator"
    assert guard.refusal("127.9.0.1", "127.9.0.1") == "denied by the operator"
    assert guard.refusal("127.8.0.1", "127.8.0.1") is None
    assert guard.refusal("8.8.8.8", "shop.example") is None
    with pytest.raises(ValueError, match="does not appear"):
        AddressGuard(denied_networks=["not a network"])


def _disguises(address: IPv4Address) -> list[str]:
    """Return the IPv6 spellings of an IPv4 address; Teredo with a public counterpart on the other side."""
    bits = int(address)
    public = int(IPv4Address("8.8.8.8"))
    forms = [
        0xFFFF << 32 | bits,
        0xFFFF << 48 | bits,
        0x64_FF9B << 96 | bits,
        0x2002 << 112 | bits << 80,
        0x2001 << 112 | bits << 64 | (~public & 0xFFFF_FFFF),
        0x2001 << 112 | public << 64 | (~bits & 0xFFFF_FFFF),
    ]
    if bits > 1:
        forms.append(bits)
    return [str(IPv6Address(form)) for form in forms]
