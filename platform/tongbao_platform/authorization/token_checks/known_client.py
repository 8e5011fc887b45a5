"""Who the assertion says it is from: a client registered in this environment."""

import msgspec

from tongbao_platform.authorization.errors import invalid_client
from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.authorization.token_request import TokenCase
from tongbao_platform.identity.clients.model import is_client_id


async def check(case: TokenCase, services: AuthorizationServices) -> TokenCase:
    """Find the client and its keys; ids of the other environment are not even looked up."""
    client_id = case.read().client_id
    registered = None
    if is_client_id(client_id, livemode=services.livemode):
        registered = await services.clients.get(client_id)
    if registered is None:
        environment = "live" if services.livemode else "sandbox"
        raise invalid_client(f"There is no such client in this environment ({environment}).")
    return msgspec.structs.replace(case, registered=registered)
