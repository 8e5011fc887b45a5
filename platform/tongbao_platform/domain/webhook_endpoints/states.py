"""The life of a webhook endpoint: one table and one ``advance``; nowhere else is a status chosen."""

from collections.abc import Mapping
from typing import Final

from tongbao_platform.domain.webhook_endpoints.model import EndpointStatus
from tongbao_platform.kernel.errors import PlatformFault

# ``None`` is "not there yet".
ENDPOINT_MOVES: Final[Mapping[EndpointStatus | None, frozenset[EndpointStatus]]] = {
    None: frozenset({"enabled"}),
    "enabled": frozenset({"disabled"}),
    "disabled": frozenset({"enabled"}),
}


class IllegalEndpointMove(PlatformFault):
    """An endpoint was asked for a step it does not have; a fault of ours, stopped before anything is written."""


def advance(current: EndpointStatus | None, *path: EndpointStatus) -> EndpointStatus:
    """Walk from ``current`` along ``path`` and return where it ends; every step must be in the table."""
    for step in path:
        if step not in ENDPOINT_MOVES[current]:
            raise IllegalEndpointMove(f"a webhook endpoint does not go from {current} to {step}")
        current = step
    if current is None:
        raise IllegalEndpointMove("an endpoint that is nowhere needs a first state")
    return current
