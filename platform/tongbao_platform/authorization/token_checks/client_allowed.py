"""The client is active and its profile may use the grant (rule T2)."""

from typing import Final

from tongbao_platform.authorization.errors import invalid_client, unauthorized_client
from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.authorization.token_request import TokenCase

# Profile to grants. A profile that is not listed gets no token.
GRANTS_OF_PROFILE: Final[dict[str, tuple[str, ...]]] = {"merchant": ("client_credentials",)}


async def check(case: TokenCase, services: AuthorizationServices) -> TokenCase:
    """Refuse disabled clients and profiles without this grant; only after the client has proved who it is."""
    del services
    client = case.client().client
    if client.status != "active":
        raise invalid_client("The client is disabled.")
    if case.parameters["grant_type"] not in GRANTS_OF_PROFILE.get(client.profile, ()):
        raise unauthorized_client(f"A client with the profile {client.profile} may not use this grant.")
    return case
