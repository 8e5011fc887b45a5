"""Step ``api_version``: which version a request means, and so its answer; echoed on the answer."""

from typing import Final

from tongbao_platform.http.exchange import Exchange, Proceed, Response
from tongbao_platform.kernel.errors import FieldError, Refusal

VERSIONS: Final = ("2026-11-22",)
LATEST: Final = VERSIONS[-1]
API_VERSION: Final = "Api-Version"

_REPEATED: Final = Refusal(
    code="invalid_header",
    detail="The header Api-Version was sent more than once.",
    errors=(FieldError("header:Api-Version", "not_allowed", "Only one is allowed."),),
)
_UNKNOWN: Final = Refusal(
    code="api_version_unknown",
    detail=f"Known versions: {', '.join(VERSIONS)}.",
    errors=(FieldError("header:Api-Version", "not_allowed", "There is no such version."),),
)


async def api_version(exchange: Exchange, proceed: Proceed) -> Response:
    """Take the header, else the version that the client is pinned to."""
    named = exchange.header_values(b"api-version")
    if len(named) > 1:
        return exchange.refuse(_REPEATED)
    version = named[0].decode("latin-1") if named else exchange.require_caller().api_version
    if version not in VERSIONS:
        return exchange.refuse(_UNKNOWN)
    exchange.api_version = version
    response = await proceed(exchange)
    if not any(name == API_VERSION for name, _ in response.headers):
        response.headers.append((API_VERSION, version))
    return response
