"""What a webhook URL must look like, checked at registration and again before every attempt.

The grammar is a narrow part of RFC 3986, so that no two parsers can read the same URL differently: printable ASCII
only, one spelling of an IPv4 address, no user information. What a name resolves to is not judged here but at connect
time (``address_guard``): a name may point elsewhere tomorrow.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

import msgspec

from tongbao_platform.delivery.address_guard import AddressGuard, is_plain_loopback
from tongbao_platform.kernel.errors import FieldError, Refusal

MAX_URL_CHARACTERS: Final = 2048
POINTER: Final = "/url"

# Ports of services that act on what an HTTP request's text happens to say to them, or that nobody should be able to
# probe.
DENIED_PORTS: Final = frozenset(
    (
        *(
            1433,
            1521,
            1883,
            2049,
            2181,
            2375,
            2376,
            2379,
            2380,
            3128,
            3306,
            3389,
            4222,
            4369,
            5060,
            5061,
            5432,
            5672,
            5900,
        ),
        *(
            5984,
            5985,
            5986,
            6000,
            6379,
            6443,
            6666,
            6667,
            7000,
            7001,
            7199,
            8086,
            8125,
            8200,
            8300,
            8500,
            8600,
            9000,
            9042,
        ),
        *(9092, 9100, 9160, 9200, 9300, 10250, 10255, 11211, 15672, 25565, 26257, 27017, 27018, 28015),
    )
)
_FIRST_FREE_PORT: Final = 1024
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_LAST_PORT: Final = 65_535

# Names that never leave the local network or the machine (RFC 6761, 6762, 7686, 8375 and the private-use TLD).
_LOCAL_SUFFIXES: Final = ("localhost", "local", "internal", "home.arpa", "onion", "lan", "intranet")

_CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*")
_PARTS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>[^#]*)(?P<fragment>#.*)?", re.IGNORECASE
)
_HOST_PORT = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9.-]+))(?::(?P<port>[1-9][0-9]{0,4}))?")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# A last label that is a number makes the whole host an IPv4 address for some parsers (WHATWG URL, inet_aton).
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")


class WebhookUrl(msgspec.Struct, frozen=True):
    """The parts of an acceptable URL; ``host`` is lower case and without the brackets of an IPv6 literal."""

    scheme: str
    host: str
    port: int


def refuse_url(url: str, guard: AddressGuard) -> Refusal | None:
    """Return the refusal ``webhook_url_not_allowed`` with every reason, or None when ``url`` may be registered."""
    errors = url_errors(url, guard)
    if not errors:
        return None
    return Refusal(code="webhook_url_not_allowed", detail="; ".join(error.detail for error in errors), errors=errors)


def url_errors(url: str, guard: AddressGuard) -> tuple[FieldError, ...]:
    """Return everything that is wrong with ``url`` as field errors at ``/url``; empty when it is acceptable.

    https everywhere; http, and loopback at all, only where ``guard`` permits loopback and the host plainly says so.
    """
    checked = check_url(url, guard)
    return checked if isinstance(checked, tuple) else ()


def check_url(url: str, guard: AddressGuard) -> WebhookUrl | tuple[FieldError, ...]:
    """Return the parts of an acceptable ``url``, or everything that is wrong with it."""
    parsed = parse_url(url)
    return parsed if isinstance(parsed, tuple) else _policy_errors(parsed, guard) or parsed


def parse_url(url: str) -> WebhookUrl | tuple[FieldError, ...]:
    """Return the parts of ``url``, or what is wrong with its form."""
    if not url:
        return (_error("required", "the URL is empty"),)
    if len(url) > MAX_URL_CHARACTERS:
        return (_error("too_long", f"the URL has more than {MAX_URL_CHARACTERS} characters"),)
    if _CHARACTERS.fullmatch(url) is None:
        return (_error("bad_format", "the URL has characters that RFC 3986 wants percent-encoded"),)
    parts = _PARTS.fullmatch(url)
    if parts is None:
        return (_error("bad_format", "the URL is not absolute (scheme://host/path)"),)
    errors: list[FieldError] = []
    scheme = parts["scheme"].lower()
    if scheme not in _DEFAULT_PORTS:
        errors.append(_error("not_allowed", "the URL's scheme is not https"))
    if parts["fragment"] is not None:
        errors.append(_error("not_allowed", "the URL has a fragment"))
    authority = parts["authority"]
    if "@" in authority:
        errors.append(_error("not_allowed", "the URL carries user information"))
        authority = authority.rpartition("@")[2]
    found = _HOST_PORT.fullmatch(authority)
    host = None if found is None else _host(found)
    port = 0 if found is None else int(found["port"] or _DEFAULT_PORTS.get(scheme, 443))
    if host is None or port > _LAST_PORT:
        errors.append(_error("bad_format", "the URL's host or port is not in its usual form"))
    if errors or host is None:
        return tuple(errors)
    return WebhookUrl(scheme, host, port)


def _host(found: re.Match[str]) -> str | None:
    """Return the host in lower case, or None when its spelling is not the one that every parser reads alike."""
    if found["v6"] is not None:
        try:
            IPv6Address(found["v6"])
        except AddressValueError:
            return None
        return found["v6"].lower()
    name = found["name"].lower()
    labels = name.split(".")
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(name))  # refuses short, octal and hexadecimal forms and leading zeros
        except AddressValueError:
            return None
    if len(name) > 253 or any(_LABEL.fullmatch(label) is None for label in labels):
        return None
    return name


def _policy_errors(url: WebhookUrl, guard: AddressGuard) -> tuple[FieldError, ...]:
    errors: list[FieldError] = []
    loopback = guard.loopback_allowed and is_plain_loopback(url.host)
    if url.scheme != "https" and not loopback:
        errors.append(_error("not_allowed", "the URL's scheme is not https"))
    if url.port in DENIED_PORTS or (url.port < _FIRST_FREE_PORT and url.port != _DEFAULT_PORTS[url.scheme]):
        errors.append(_error("not_allowed", "the URL's port is not open to webhooks"))
    if not loopback and _is_unreachable(url.host, guard):
        errors.append(_error("not_allowed", "the URL's host is not on the public internet"))
    return tuple(errors)


def _is_unreachable(host: str, guard: AddressGuard) -> bool:
    if ":" in host or host.rpartition(".")[2].isdigit():
        return guard.refusal(host, host) is not None
    return "." not in host or any(host == suffix or host.endswith("." + suffix) for suffix in _LOCAL_SUFFIXES)


def _error(code: str, detail: str) -> FieldError:
    return FieldError(POINTER, code, detail)
