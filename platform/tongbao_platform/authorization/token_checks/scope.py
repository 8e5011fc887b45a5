"""The scope: a subset of the client's (RFC 6749 sections 3.3 and 4.4.2)."""

import re

import msgspec

from tongbao_platform.authorization.errors import invalid_scope
from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.authorization.token_request import TokenCase

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*")


async def check(case: TokenCase, services: AuthorizationServices) -> TokenCase:
    """Settle the token's scopes: those asked for, all of the client's when none are."""
    del services
    allowed = case.client().client.scopes
    asked = case.parameters.get("scope")
    if asked is None:
        return msgspec.structs.replace(case, scopes=allowed)
    if _SCOPE.fullmatch(asked) is None:
        raise invalid_scope("scope is a list of names separated by single spaces.")
    scopes = tuple(sorted(set(asked.split(" "))))
    if not set(scopes) <= set(allowed):
        raise invalid_scope(f"The client may ask for: {' '.join(allowed)}.")
    return msgspec.structs.replace(case, scopes=scopes)
