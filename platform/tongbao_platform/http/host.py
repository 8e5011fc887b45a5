"""Step ``host``: a request for a name that is not served here is misdirected (RFC 9110 section 15.5.20)."""

from collections.abc import Collection
from typing import Final

from tongbao_platform.http.exchange import Exchange, Proceed, Response, Step
from tongbao_platform.kernel.errors import Refusal

_MISDIRECTED: Final = Refusal(code="misdirected_request", detail="This host name is not served here.")


def host(authorities: Collection[str]) -> Step:
    """Return the step.

    ``authorities`` are the values of Host that are served, with the port where it is not the default. None at all, or
    more than one Host header, is misdirected too.
    """
    served = frozenset(authority.lower().encode("ascii") for authority in authorities)

    async def step(exchange: Exchange, proceed: Proceed) -> Response:
        values = exchange.header_values(b"host")
        if len(values) == 1 and (values[0] in served or values[0].lower() in served):
            return await proceed(exchange)
        return exchange.refuse(_MISDIRECTED)

    return step
