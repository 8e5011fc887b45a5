"""The origin of a URL (RFC 6454 section 4), for comparing it with those a merchant registered."""

from typing import Final
from urllib.parse import urlsplit

_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


def origin_of(url: str) -> str | None:
    """Return ``scheme://host[:port]`` in lower case without a default port, or ``None``.

    Anything that readers of URLs disagree about has no origin here: user names, back slashes, blanks, control
    characters, characters beyond ASCII, another scheme than http(s).
    """
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname
    if parts.scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc:
        return None
    shown = f"[{host}]" if ":" in host else host
    return (
        f"{parts.scheme}://{shown}"
        if port in (None, _DEFAULT_PORTS[parts.scheme])
        else f"{parts.scheme}://{shown}:{port}"
    )
