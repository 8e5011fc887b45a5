"""Nothing in the query: it ends in logs (RFC 6749 section 2.3.1)."""

from tongbao_platform.authorization.errors import invalid_request
from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.authorization.token_request import TokenCase


async def check(case: TokenCase, services: AuthorizationServices) -> TokenCase:
    """Refuse a query, whatever it holds."""
    del services
    if case.request.query:
        raise invalid_request("Parameters belong in the body; this endpoint takes no query.")
    return case
