"""The body is a form, plain (RFC 6749 section 4.4.2); JSON is refused."""

import re

from tongbao_platform.authorization.errors import invalid_request
from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.authorization.token_request import TokenCase

_FORM = re.compile(r'application/x-www-form-urlencoded[ \t]*(;[ \t]*charset="?utf-8"?[ \t]*)?', re.IGNORECASE)


async def check(case: TokenCase, services: AuthorizationServices) -> TokenCase:
    """Demand exactly one Content-Type, the form's, and no Content-Encoding."""
    del services
    request = case.request
    if len(request.content_types) != 1 or _FORM.fullmatch(request.content_types[0].strip()) is None:
        raise invalid_request("The body must be application/x-www-form-urlencoded.")
    if request.content_encodings:
        raise invalid_request("The body must not be compressed or otherwise encoded.")
    return case
