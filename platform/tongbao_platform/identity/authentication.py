"""Who a request comes from, by its access token: one hash and two look-ups in memory, no database on a hit."""

import re
from typing import Final, Literal

import msgspec

from tongbao_platform.execution.cache import VersionedCache
from tongbao_platform.identity.registered_client import RegisteredClient
from tongbao_platform.identity.tokens.model import AccessToken, is_access_token, token_id
from tongbao_platform.kernel.caller import Caller
from tongbao_platform.kernel.clock import Clock, format_instant

AuthCode = Literal["token_missing", "token_invalid", "token_expired", "client_disabled"]

# RFC 6750 section 2.1; the scheme's case does not matter (RFC 9110 section 11.1).
_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)


class AuthFailure(msgspec.Struct, frozen=True):
    """Why nobody was recognised; ``detail`` is for the client's developer and repeats nothing of the token."""

    code: AuthCode
    detail: str


class Authenticated(msgspec.Struct, frozen=True):
    """Who was recognised.

    ``ath`` is base64url of the token's SHA-256, which the request's signature must name; ``registered.key`` is the
    look-up of keys for that signature: the token's own client's and nobody else's.
    """

    caller: Caller
    ath: str
    registered: RegisteredClient


_MISSING: Final = AuthFailure(
    "token_missing", "The request needs the header Authorization: Bearer with an access token."
)
_INVALID: Final = AuthFailure("token_invalid", "The access token is unknown or was revoked; ask for a new one.")
_DISABLED: Final = AuthFailure("client_disabled", "The client is disabled.")


class Authenticator:
    """Recognises callers. ``tokens`` is keyed by the token's id (its hash), ``clients`` by the client's id."""

    def __init__(
        self,
        tokens: VersionedCache[str, AccessToken],
        clients: VersionedCache[str, RegisteredClient],
        clock: Clock,
    ) -> None:
        self._tokens = tokens
        self._clients = clients
        self._clock = clock

    async def authenticate(self, authorization: str | None) -> Authenticated | AuthFailure:
        """Return the caller behind the one Authorization header's value, or why there is none.

        No header, or one of another scheme, is ``token_missing``. A disabled client, a revoked token and a revoked key
        of the token's assertion count at once in the process that ended them, and after one poll in the others.
        """
        bearer = None if authorization is None else _BEARER.fullmatch(authorization)
        if bearer is None:
            return _MISSING
        text = bearer[1]
        if not is_access_token(text):
            return _INVALID
        ath = token_id(text)
        token = await self._tokens.get(ath)
        if token is None or token.revoked_at is not None:
            return _INVALID
        registered = await self._clients.get(token.client_id)
        if registered is None or token.key_id in registered.ended_key_ids:
            return _INVALID
        client = registered.client
        if client.status != "active":
            return _DISABLED
        now = self._clock.now()
        if now >= token.expires_at:
            ended, told = format_instant(token.expires_at), format_instant(now)
            return AuthFailure("token_expired", f"The access token expired at {ended}; the server's time is {told}.")
        caller = Caller(
            client_id=client.id,
            merchant_id=client.merchant_id,
            profile=client.profile,
            scopes=frozenset(token.scopes),
            api_version=client.api_version,
            livemode=client.livemode,
        )
        return Authenticated(caller, ath, registered)
