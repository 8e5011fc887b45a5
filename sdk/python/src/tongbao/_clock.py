"""Where the SDK gets the time, chance and patience from; tests inject their own."""

import random
import secrets
import time
from collections.abc import Callable
from typing import Final

import msgspec


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """The outside world as three functions.

    ``now`` gives seconds since the epoch (UTC); ``chance`` a number in [0, 1) that spreads retries;
    ``token`` a fresh unguessable text of at least 128 bits in base64url, for ``jti`` and idempotency keys.
    """

    now: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random
    token: Callable[[], str] = lambda: secrets.token_urlsafe(24)


SYSTEM: Final = Environment()
