"""The life of a webhook endpoint: on or off."""

from collections.abc import Mapping
from typing import Final

from tongbao_platform.domain.webhook_endpoints.model import EndpointStatus
from tongbao_platform.kernel.errors import PlatformFault

ENDPOINT_MOVES: Final[Mapping[EndpointStatus | None, frozenset[EndpointStatus]]] = {
    None: frozenset({"enabled"}),
    "enabled": frozenset({"disabled"}),
    "disabled": frozenset({"enabled"}),
}


class IllegalMove(PlatformFault):
    """An endpoint was asked for a step it does not have."""


def advance(current: EndpointStatus | None, step: EndpointStatus) -> EndpointStatus:
    """Return ``step`` when the table admits it from ``current``."""
    if step not in ENDPOINT_MOVES[current]:
        raise IllegalMove(f"an endpoint does not go from {current} to {step}")
    return step
