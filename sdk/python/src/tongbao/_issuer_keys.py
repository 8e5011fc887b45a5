"""The issuer's verification keys: fetched once, renewed when old or when a ``kid`` is unknown, but not too often."""

from typing import Final

import msgspec

from tongbao._config import Config
from tongbao._effects import Alone, Steps
from tongbao._errors import ConnectionFailed
from tongbao._fetch import Fetch, fetch, read_document
from tongbao._metadata import Metadata
from tongbao._public_keys import PublicKey, read_key_set

MIN_INTERVAL_SECONDS: Final = 30.0
MAX_AGE_SECONDS: Final = 3600.0


class _KeySet(msgspec.Struct, frozen=True):
    keys: dict[str, PublicKey]
    fetched_at: float


class IssuerKeys:
    """Caches the issuer's JWKS."""

    def __init__(self, config: Config, metadata: Metadata) -> None:
        self._config = config
        self._metadata = metadata
        self._set: _KeySet | None = None
        self._renewed_at = float("-inf")
        self._searched_at = float("-inf")

    def prepare(self) -> Steps[None]:
        """Make sure that keys are at hand, so that a write is not sent whose answer could not be verified."""
        if self._set is None or self._age() > MAX_AGE_SECONDS:
            yield Alone("keys", self._renew_if_old)

    def find(self, kid: str) -> Steps[PublicKey | None]:
        """Return the key named ``kid``; an unknown name makes the set be fetched again, at most every 30 s."""
        found = self._set.keys.get(kid) if self._set else None
        if found is None:
            yield Alone("keys", lambda: self._renew_if_missing(kid))
            found = self._set.keys.get(kid) if self._set else None
        return found

    def _age(self) -> float:
        return self._config.environment.now() - self._set.fetched_at if self._set else float("inf")

    def _is_long_ago(self, moment: float) -> bool:
        # An age below zero means that the clock was set back.
        return not 0 <= self._config.environment.now() - moment < MIN_INTERVAL_SECONDS

    def _renew_if_old(self) -> Steps[None]:
        if self._set is None:
            yield from self._renew()
        elif self._age() > MAX_AGE_SECONDS and self._is_long_ago(self._renewed_at):
            self._renewed_at = self._config.environment.now()
            try:
                yield from self._renew()
            except ConnectionFailed:
                return  # the known keys serve on; the next call after the interval tries again

    def _renew_if_missing(self, kid: str) -> Steps[None]:
        if (self._set is None or kid not in self._set.keys) and self._is_long_ago(self._searched_at):
            self._searched_at = self._config.environment.now()
            yield from self._renew()

    def _renew(self) -> Steps[None]:
        endpoints = yield from self._metadata.endpoints()
        what = "the issuer's key set"
        reply = yield from fetch(self._config, Fetch(url=endpoints.jwks_uri, what=what))
        try:
            keys = read_key_set(read_document(reply, what))
        except ValueError as error:
            raise ConnectionFailed(f"{what} cannot be read: {error}") from None
        self._set = _KeySet(keys, self._config.environment.now())
