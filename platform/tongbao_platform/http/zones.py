"""The surfaces of the server: which part of the pipeline applies is decided by where a path lies."""

from typing import Literal

Zone = Literal["api", "oauth", "web", "ops", "open"]


def zone_of(path: bytes) -> Zone:
    """Return the zone of a raw path; what is nowhere else belongs to the web pages."""
    if path.startswith(b"/v1/") or path == b"/v1":
        return "api"
    if path.startswith((b"/oauth/", b"/.well-known/")):
        return "oauth"
    if path in (b"/livez", b"/readyz", b"/metrics"):
        return "ops"
    if path == b"/openapi.json":
        return "open"
    return "web"
