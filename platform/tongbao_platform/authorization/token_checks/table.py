"""Every check of a token request, in order. A request is believed when it has passed them all.

Form before content, content before client, and the client's rights only once it has proved who it is.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.authorization.token_checks import (
    assertion,
    client_allowed,
    client_authentication,
    content_type,
    form,
    grant_type,
    known_client,
    no_authorization_header,
    no_query,
    scope,
)
from tongbao_platform.authorization.token_request import TokenCase

TokenCheck = Callable[[TokenCase, AuthorizationServices], Awaitable[TokenCase]]

TOKEN_CHECKS: Final[tuple[TokenCheck, ...]] = (
    content_type.check,
    no_query.check,
    no_authorization_header.check,
    form.check,
    grant_type.check,
    client_authentication.check,
    known_client.check,
    assertion.check,
    client_allowed.check,
    scope.check,
)
