"""A client's registered key, as the rules see it."""

from collections.abc import Callable

import msgspec

from tongbao_platform.identity.jose.keys import PublicKey, parsed_public_key
from tongbao_platform.kernel.clock import Instant


class KeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One public key of one owner (a client, or ourselves as issuer).

    ``public_jwk`` is the text that ``import_public_jwk`` made of what was registered; ``alg`` is its algorithm's
    registered name and never changes. Valid from ``valid_from`` (inclusive) until ``valid_until`` (exclusive; None is
    open-ended); once ``revoked_at`` is set it is useless, whatever any clock says.
    """

    kid: str
    owner: str
    alg: str
    public_jwk: str
    valid_from: Instant
    valid_until: Instant | None = None
    revoked_at: Instant | None = None
    use: str = "sig"

    def usable(self, now: Instant) -> bool:
        """Tell whether a signature by this key counts at ``now``."""
        if self.revoked_at is not None or self.use != "sig" or now < self.valid_from:
            return False
        return self.valid_until is None or now < self.valid_until

    def public_key(self) -> PublicKey:
        """Return the parsed key."""
        return parsed_public_key(self.public_jwk)


KeyLookup = Callable[[str], KeyRecord | None]
