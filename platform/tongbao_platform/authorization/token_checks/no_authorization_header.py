"""No Authorization header: shared secrets do not exist here (rule C1)."""

from tongbao_platform.authorization.errors import invalid_client
from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.authorization.token_request import TokenCase


async def check(case: TokenCase, services: AuthorizationServices) -> TokenCase:
    """Refuse with a challenge of the scheme that was used (RFC 6749 section 5.2)."""
    del services
    if case.request.authorizations:
        scheme = case.request.authorizations[0].strip().partition(" ")[0]
        raise invalid_client(
            "Clients authenticate with private_key_jwt in the body, not with an Authorization header.", scheme=scheme
        )
    return case
