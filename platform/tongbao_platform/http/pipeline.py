"""The pipeline: the steps of a request as one list, outermost first, and where each of them applies.

It wraps the whole application, so that unknown paths and wrong methods go through it too. A step gets the exchange and
what lies further in; it answers itself, or proceeds and may look at the answer on the way out.
"""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from tongbao_platform.http.access_log import Sink, access_log
from tongbao_platform.http.admission import InFlightLimit, admission, in_flight
from tongbao_platform.http.api_version import api_version
from tongbao_platform.http.authenticate import authenticate
from tongbao_platform.http.authorize import authorize
from tongbao_platform.http.client_address import client_address
from tongbao_platform.http.client_limit import client_limit
from tongbao_platform.http.exchange import AsgiApp, Exchange, Proceed, Response, Step
from tongbao_platform.http.handler import handler
from tongbao_platform.http.host import host
from tongbao_platform.http.idempotency_key import idempotency_key
from tongbao_platform.http.ip_limit import ip_limit
from tongbao_platform.http.operation_spec import LimitClass
from tongbao_platform.http.problem import problem
from tongbao_platform.http.rate_limit import Limiter, Policy
from tongbao_platform.http.request_id import request_id
from tongbao_platform.http.route import route
from tongbao_platform.http.route_table import RouteTable
from tongbao_platform.http.sign_response import ActiveKey, sign_response
from tongbao_platform.http.size_limit import size_limit
from tongbao_platform.http.verify_signature import SignatureTerms, verify_signature
from tongbao_platform.http.zones import Zone
from tongbao_platform.identity.authentication import Authenticator
from tongbao_platform.identity.keys.record_use import KeyUseLog
from tongbao_platform.kernel.clock import Clock
from tongbao_platform.kernel.ids import IdSource

# Gives an answer of the web zone another face: a problem becomes a page.
ErrorPage = Callable[[Exchange, Response], Response]

ZONES: Final[tuple[Zone, ...]] = ("api", "oauth", "web", "ops", "open")

IP_POLICY: Final = Policy("address", 6_000, 60)
_CLIENT_POLICIES: Final[dict[LimitClass, Policy]] = {
    "read": Policy("read", 6_000, 60),
    "write": Policy("write", 3_000, 60),
}


class PipelineParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the steps are built from; wiring fills it.

    ``base_url`` is the API's as clients sign it in ``aud``; ``issuer`` is ours in answers; ``portal`` is the base of
    the pages that explain errors, without a slash at the end. ``authorities`` are the values of Host that are served.
    ``limiter`` ``None`` switches all rate limits off; ``in_flight_limit`` counts what is worked on. ``error_page``
    turns problems of the web zone into pages.
    """

    table: RouteTable
    application: AsgiApp
    authenticator: Authenticator
    active_key: ActiveKey
    key_uses: KeyUseLog
    clock: Clock
    ids: IdSource
    base_url: str
    issuer: str
    portal: str
    livemode: bool
    authorities: Collection[str]
    trusted_proxies: tuple[str, ...] = ()
    limiter: Limiter | None = None
    in_flight_limit: InFlightLimit = msgspec.field(default_factory=InFlightLimit)
    log_sinks: tuple[Sink, ...] = ()
    error_page: ErrorPage | None = None
    ip_policy: Policy = IP_POLICY
    client_policies: Mapping[LimitClass, Policy] = MappingProxyType(_CLIENT_POLICIES)


class Row(msgspec.Struct, frozen=True):
    """A line of the pipeline: a step and the zones that it applies to."""

    name: str
    step: Step
    zones: frozenset[Zone]


_ALL: Final = frozenset(ZONES)
_API: Final[frozenset[Zone]] = frozenset({"api"})
_PUBLIC: Final[frozenset[Zone]] = frozenset({"api", "oauth", "web", "open"})


def pipeline(parts: PipelineParts) -> tuple[Row, ...]:
    """Return the steps in the order in which a request meets them."""
    terms = SignatureTerms(audience=parts.base_url, show_payload=not parts.livemode)
    return (
        Row("request_id", request_id(parts.ids), _ALL),
        Row("access_log", access_log(parts.log_sinks, parts.clock), _ALL),
        # Inside both, so that a fault has its request id and is logged and counted like every other answer.
        Row("problem", problem, _ALL),
        # Before anything waits or costs: even the limit per address may ask Redis.
        Row("admission", admission(parts.in_flight_limit), _PUBLIC),
        Row("client_address", client_address(parts.trusted_proxies), _ALL),
        Row("ip_limit", ip_limit(parts.limiter, parts.ip_policy), _PUBLIC),
        Row("host", host(parts.authorities), _PUBLIC),
        Row("route", route(parts.table), _ALL),
        Row("size_limit", size_limit, _ALL),
        # Once more, now that all of the request is here and the work begins; a slow sender holds no place.
        Row("in_flight", in_flight(parts.in_flight_limit), _PUBLIC),
        Row("authenticate", authenticate(parts.authenticator), _API),
        Row("client_limit", client_limit(parts.limiter, parts.client_policies), _API),
        Row("verify_signature", verify_signature(terms, parts.clock, parts.key_uses), _API),
        Row("sign_response", sign_response(parts.active_key, parts.issuer, parts.clock), _API),
        Row("authorize", authorize, _API),
        Row("api_version", api_version, _API),
        Row("idempotency_key", idempotency_key, _API),
        Row("handler", handler(parts.application), _ALL),
    )


def compose(rows: tuple[Row, ...], zone: Zone) -> Proceed:
    """Return the steps of ``zone`` as one callable."""
    proceed: Proceed = _nothing_further
    for row in reversed(rows):
        if zone in row.zones:
            proceed = _bound(row.step, proceed)
    return proceed


def _bound(step: Step, proceed: Proceed) -> Proceed:
    # Not a coroutine of its own: each one in the chain is passed through again at every wait further in.
    return lambda exchange: step(exchange, proceed)


async def _nothing_further(exchange: Exchange) -> Response:
    raise RuntimeError(f"the last step must answer {exchange.route}")
