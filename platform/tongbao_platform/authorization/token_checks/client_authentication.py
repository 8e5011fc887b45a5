"""The way a client authenticates: ``private_key_jwt`` and nothing else (rule C1; RFC 7521 section 4.2)."""

from typing import Final

import msgspec

from tongbao_platform.authorization.errors import invalid_client
from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.authorization.token_request import TokenCase
from tongbao_platform.identity.client_assertion import AssertionRefusal, read_assertion

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


async def check(case: TokenCase, services: AuthorizationServices) -> TokenCase:
    """Demand one assertion of the right type and no secret, and take the assertion apart."""
    del services
    parameters = case.parameters
    if "client_secret" in parameters:
        raise invalid_client("client_secret is not supported; authenticate with private_key_jwt.")
    text = parameters.get("client_assertion")
    if text is None or parameters.get("client_assertion_type") != ASSERTION_TYPE:
        raise invalid_client(f"client_assertion and client_assertion_type {ASSERTION_TYPE} are required.")
    assertion = read_assertion(text, case.request.received_at)
    if isinstance(assertion, AssertionRefusal):
        raise invalid_client(assertion.description)
    if parameters.get("client_id", assertion.client_id) != assertion.client_id:
        raise invalid_client("client_id is not the sub of client_assertion.")
    return msgspec.structs.replace(case, assertion=assertion)
