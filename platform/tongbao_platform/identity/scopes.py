"""The scopes a client may be given; one registered line each, published in the authorization server's metadata."""

from typing import Final

SUPPORTED_SCOPES: Final = (
    "payments:write",
    "payments:read",
    "refunds:write",
    "refunds:read",
    "accounts:read",
    "webhooks:write",
    "webhooks:read",
    "events:read",
)
_KNOWN: Final = frozenset(SUPPORTED_SCOPES)


def unknown_scopes(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of ``scopes`` that do not exist, in their order."""
    return tuple(scope for scope in scopes if scope not in _KNOWN)
