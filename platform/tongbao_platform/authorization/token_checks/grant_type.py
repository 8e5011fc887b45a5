"""The one grant there is (rule T2)."""

from typing import Final

from tongbao_platform.authorization.errors import invalid_request, unsupported_grant_type
from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.authorization.token_request import TokenCase

GRANT_TYPES: Final = ("client_credentials",)


async def check(case: TokenCase, services: AuthorizationServices) -> TokenCase:
    """Demand a supported ``grant_type``."""
    del services
    grant_type = case.parameters.get("grant_type")
    if grant_type is None:
        raise invalid_request("grant_type is required.")
    if grant_type not in GRANT_TYPES:
        raise unsupported_grant_type(f"grant_type must be {' or '.join(GRANT_TYPES)}.")
    return case
