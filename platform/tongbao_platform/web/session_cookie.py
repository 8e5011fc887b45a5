"""The one cookie of the pages: an opaque random session value, never readable by scripts."""

import re
from typing import Final

_VALUE: Final = re.compile(r"[A-Za-z0-9_-]{22,128}", re.ASCII)


def cookie_name(*, secure: bool) -> str:
    """Return the cookie's name.

    With ``secure`` (TLS) it has the ``__Host-`` prefix: the browser then refuses it from a subdomain or over plain
    http. Over plain http, which only the sandbox speaks, browsers and clients would drop such a cookie.
    """
    return "__Host-tongbao_session" if secure else "tongbao_session"


def set_cookie(value: str, *, secure: bool, max_age_seconds: int) -> str:
    """Build the ``Set-Cookie`` value; ``value`` is 22 to 128 characters of base64url, else ``ValueError``.

    ``SameSite=Lax``: the customer arrives from the merchant's site, and ``Strict`` would hide the session then.
    """
    if _VALUE.fullmatch(value) is None:
        raise ValueError("a session value is 22 to 128 characters of base64url")
    return _cookie(value, secure=secure, max_age_seconds=max_age_seconds)


def clear_cookie(*, secure: bool) -> str:
    """Build the ``Set-Cookie`` value that ends the session in the browser."""
    return _cookie("", secure=secure, max_age_seconds=0)


def read_cookie(header: str | None, *, secure: bool) -> str | None:
    """Return the session value from a ``Cookie`` header.

    None when it is absent, malformed, or there are two different ones (which of them is ours cannot be known).
    """
    name = cookie_name(secure=secure)
    found: set[str] = set()
    for pair in (header or "").split(";"):
        key, separator, value = pair.strip(" \t").partition("=")
        if separator and key == name:
            found.add(value)
    if len(found) != 1:
        return None
    value = found.pop()
    return value if _VALUE.fullmatch(value) else None


def _cookie(value: str, *, secure: bool, max_age_seconds: int) -> str:
    ending = "; Secure" if secure else ""
    return f"{cookie_name(secure=secure)}={value}; Path=/; Max-Age={max_age_seconds}; HttpOnly; SameSite=Lax{ending}"
