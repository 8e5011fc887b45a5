"""Access tokens: client_credentials with private_key_jwt (RFC 6749 section 4.4, RFC 7523), cached and renewed."""

from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from tongbao._config import Config
from tongbao._effects import Alone, Reply, Steps
from tongbao._errors import ConnectionFailed, TokenError
from tongbao._fetch import Fetch, fetch
from tongbao._jws import parse_object, sign_compact
from tongbao._metadata import Metadata

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS: Final = 60
# Renew this long before the end, or a fifth of the life of short-lived tokens.
RENEW_SECONDS: Final = 60.0
# How long to go on with a token that is still valid when its renewal failed.
RETRY_SECONDS: Final = 5.0
# What to assume when the server does not say (RFC 6749 section 5.1 leaves it open).
UNSTATED_LIFE_SECONDS: Final = 300.0


class _Token(msgspec.Struct, frozen=True):
    value: str
    renew_at: float
    expires_at: float

    def __repr__(self) -> str:
        return "<access token>"


class Tokens:
    """Gives the current access token of one client."""

    def __init__(self, config: Config, metadata: Metadata) -> None:
        self._config = config
        self._metadata = metadata
        self._token: _Token | None = None

    def current(self) -> Steps[str]:
        """Return a token that is valid for a while yet; many callers at once cause one request."""
        token = self._token
        if token is None or self._now() >= token.renew_at:
            yield Alone("token", self._renew)
            token = self._token
        if token is None:
            raise TokenError(0, "unavailable", "no access token")
        return token.value

    def forget(self, value: str) -> None:
        """Never use ``value`` again: the API refused it."""
        if self._token is not None and self._token.value == value:
            self._token = None

    def _now(self) -> float:
        return self._config.environment.now()

    def _renew(self) -> Steps[None]:
        old = self._token
        if old is not None and self._now() < old.renew_at:
            return
        try:
            endpoints = yield from self._metadata.endpoints()
            asked_at = self._now()
            reply = yield from fetch(
                self._config,
                Fetch(url=endpoints.token_endpoint, what="the token endpoint", form=self._form),
            )
            self._token = _read_token(reply, asked_at)
        except (ConnectionFailed, TokenError):
            now = self._now()
            if old is None or now >= old.expires_at:
                self._token = None
                raise
            # It is good for a while yet: use it, and do not ask again with every call.
            self._token = _Token(old.value, now + RETRY_SECONDS, old.expires_at)

    def _form(self) -> str:
        fields = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(),
        }
        if self._config.scope is not None:
            fields["scope"] = self._config.scope
        return urlencode(fields)

    def _assertion(self) -> str:
        config = self._config
        now = int(self._now())
        header = {"alg": config.signer.algorithm, "kid": config.signer.key_id, "typ": "JWT"}
        claims = {
            "iss": config.client_id,
            "sub": config.client_id,
            "aud": config.issuer,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
            "jti": config.environment.token(),
        }
        return sign_compact(config.signer, header, msgspec.json.encode(claims))


def _read_token(reply: Reply, asked_at: float) -> _Token:
    try:
        document: dict[str, Any] = parse_object(reply.body)
    except ValueError:
        document = {}
    if reply.status != 200:
        error, description = document.get("error", "unexpected_answer"), document.get("error_description", "")
        raise TokenError(reply.status, str(error), str(description))
    value, kind = document.get("access_token"), document.get("token_type")
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or " " in value or not value:
        raise TokenError(200, "unexpected_answer", "the answer holds no access token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise TokenError(200, "unexpected_answer", f"the token's type is {kind!r}, not Bearer")
    life = document.get("expires_in")
    seconds = float(life) if isinstance(life, int) and life > 0 else UNSTATED_LIFE_SECONDS
    return _Token(value, asked_at + seconds - min(RENEW_SECONDS, seconds / 5), asked_at + seconds)
