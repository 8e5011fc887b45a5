"""Step ``sign_response``: every answer given after the request's signature was verified is signed by the platform.

It stands directly behind ``verify_signature``, so that everything further in is covered. Not signed are 401 (nothing
was proven), 429 and 5xx (nothing is promised).
"""

import secrets
from collections.abc import Awaitable, Callable

from tongbao_platform.http.exchange import Exchange, Proceed, Response, Step
from tongbao_platform.http.request_id import show_request_id
from tongbao_platform.identity.jose.keys import SigningKey
from tongbao_platform.identity.request_signature import (
    ResponseClaims,
    SignedResponse,
    is_signed_status,
)
from tongbao_platform.identity.request_signature import (
    sign_response as sign,
)
from tongbao_platform.kernel.clock import SECOND_MS, Clock

ActiveKey = Callable[[], Awaitable[SigningKey]]


def sign_response(active_key: ActiveKey, issuer: str, clock: Clock) -> Step:
    """Return the step; ``issuer`` is ours as clients expect it in ``iss``."""

    async def step(exchange: Exchange, proceed: Proceed) -> Response:
        response = await proceed(exchange)
        show_request_id(response, exchange)
        if exchange.proof is None or not is_signed_status(response.status):
            return response
        claims = ResponseClaims(
            iss=issuer,
            aud=exchange.require_caller().client_id,
            iat=clock.now() // SECOND_MS,
            jti=secrets.token_urlsafe(16),
            request_proof=exchange.proof,
        )
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
        signed = SignedResponse(response.status, headers, response.body)
        response.headers.append(("JWS-Signature", sign(await active_key(), signed, claims)))
        return response

    return step
