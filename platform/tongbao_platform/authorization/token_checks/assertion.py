"""The assertion itself: its header, key, signature, parties and times (rules C2 to C4 and C6)."""

import msgspec

from tongbao_platform.authorization.errors import invalid_client
from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.authorization.token_request import TokenCase
from tongbao_platform.identity.client_assertion import AssertionRefusal, check_assertion


async def check(case: TokenCase, services: AuthorizationServices) -> TokenCase:
    """Judge the assertion by the client's keys. Its ``jti`` is claimed when the token is issued (rule C5)."""
    keys = tuple(case.client().records.values())
    verdict = check_assertion(case.read(), keys, services.issuer, case.request.received_at)
    if isinstance(verdict, AssertionRefusal):
        raise invalid_client(verdict.description)
    return msgspec.structs.replace(case, accepted=verdict)
