"""A client's side of the token endpoint: assertions, right and wrong, and the form around them."""

from typing import Any
from urllib.parse import urlencode

import msgspec

from tests.unit.identity_state.registered import Registered
from tongbao_platform.authorization.token_checks.client_authentication import ASSERTION_TYPE
from tongbao_platform.identity.jose.keys import SigningKey
from tongbao_platform.identity.jose.signature import sign_compact
from tongbao_platform.identity.token_hash import new_jti
from tongbao_platform.kernel.clock import SECOND_MS, Clock

ISSUER = "https://api.tongbao.test"
FORM = "application/x-www-form-urlencoded"
ABSENT = object()


def assertion(
    one: Registered,
    clock: Clock,
    *,
    key: SigningKey | None = None,
    header: dict[str, Any] | None = None,
    **claims: Any,
) -> str:
    """Return a good assertion with ``header`` members and ``claims`` replaced, or left out where ``ABSENT``."""
    signer = key or one.private
    now = clock.now() // SECOND_MS
    good: dict[str, Any] = {
        "iss": one.client.id,
        "sub": one.client.id,
        "aud": ISSUER,
        "iat": now,
        "exp": now + 60,
        "jti": new_jti(),
    }
    protected = {"alg": signer.alg, "kid": signer.kid, "typ": "JWT"} | (header or {})
    return sign_compact(signer, _json(protected), _json(good | claims))


def _json(members: dict[str, Any]) -> bytes:
    return msgspec.json.encode({name: value for name, value in members.items() if value is not ABSENT})


def form(client_assertion: str | None, **parameters: Any) -> bytes:
    """Return a token request's body with ``parameters`` replaced, or left out where ``ABSENT``."""
    good: dict[str, Any] = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": client_assertion if client_assertion is not None else ABSENT,
    }
    return urlencode({name: value for name, value in (good | parameters).items() if value is not ABSENT}).encode()
