"""A signing key of the platform as a value."""

from typing import Final, Literal

import msgspec

from tongbao_platform.kernel.clock import DAY_MS, Instant

PlatformKeyStatus = Literal["announced", "active", "retired"]

# Merchants may check what they kept for this long against the published keys.
PUBLISH_RETIRED_MS: Final = 400 * DAY_MS


class PlatformKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that signs answers. ``id`` is its ``kid``.

    It is published from ``announced_at`` on, so that everybody knows it before it signs; it signs while active; retired
    it verifies what it signed. ``sealed_private`` is the private JWK under the key-encryption key, gone once retired.
    """

    id: str
    alg: str
    public_jwk: str
    sealed_private: str | None
    status: PlatformKeyStatus
    announced_at: Instant
    activated_at: Instant | None
    retired_at: Instant | None
    revision: int


def is_published(key: PlatformKey, now: Instant) -> bool:
    """Tell whether ``key`` belongs in the JWKS document at ``now``."""
    return key.retired_at is None or now < key.retired_at + PUBLISH_RETIRED_MS
