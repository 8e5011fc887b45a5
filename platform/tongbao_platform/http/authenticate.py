"""Step ``authenticate``: who is calling, by the access token. The signature proves it further in."""

from typing import Final

from tongbao_platform.http.exchange import Exchange, HeaderList, Proceed, Response, Step
from tongbao_platform.identity.authentication import Authenticator, AuthFailure
from tongbao_platform.kernel.errors import Refusal

_REPEATED: Final = AuthFailure("token_invalid", "There is more than one Authorization header.")


def authenticate(authenticator: Authenticator) -> Step:
    """Return the step."""

    async def step(exchange: Exchange, proceed: Proceed) -> Response:
        values = exchange.header_values(b"authorization")
        if len(values) > 1:
            return _refuse(exchange, _REPEATED)
        found = await authenticator.authenticate(values[0].decode("latin-1") if values else None)
        if isinstance(found, AuthFailure):
            return _refuse(exchange, found)
        exchange.identity = found
        exchange.caller = found.caller
        return await proceed(exchange)

    return step


def _refuse(exchange: Exchange, failure: AuthFailure) -> Response:
    # RFC 6750 section 3: without a token the challenge says nothing of an error.
    challenge = "Bearer" if failure.code == "token_missing" else 'Bearer error="invalid_token"'
    headers: HeaderList = [("WWW-Authenticate", challenge)]
    return exchange.refuse(Refusal(code=failure.code, detail=failure.detail), headers)
