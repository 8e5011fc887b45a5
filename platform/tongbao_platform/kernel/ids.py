"""Resource ids: TypeIDs, a prefix and a UUIDv7 in 26 characters of base32 (TypeID spec 0.3, RFC 9562 section 5.7).

Ids sort by creation time. They come only from an ``IdSource``, so that the sandbox can replay a seed; secrets never
come from here (see ``secrets`` in the standard library).
"""

import re
import secrets
from collections.abc import Callable, Iterator
from random import Random
from typing import Final, Protocol

from tongbao_platform.kernel.clock import Clock, Instant

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
# Two characters (10 bits) at a time: 13 look-ups instead of 26 make an id in about a microsecond.
_PAIRS: Final = tuple(a + b for a in _ALPHABET for b in _ALPHABET)
_VALUE_OF: Final = {character: value for value, character in enumerate(_ALPHABET)}
_SUFFIX = re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}")

PREFIXES: Final = frozenset(
    "pay ref acc txn tra hld con man trf pyo bat spl stl dsp evt whe dlv".split()
    + "req mch app key cus ses att grp aud out".split()
)


class IdSource(Protocol):
    """Makes resource ids."""

    def new(self, prefix: str) -> str:
        """Return a fresh id with ``prefix``, greater than those of earlier milliseconds."""
        ...

    def series(self, prefix: str) -> Iterator[str]:
        """Return endless increasing ids from one draw, each with an even lowest bit; cheap, for ids of one batch."""
        ...


class UuidV7Ids:
    """Ids from the clock and a source of random bits (74 are used)."""

    def __init__(self, clock: Clock, random_bits: Callable[[int], int] = secrets.randbits) -> None:
        self._clock = clock
        self._random_bits = random_bits

    def new(self, prefix: str) -> str:
        """Return a fresh id."""
        return f"{prefix}_{encode_base32(self._draw())}"

    def series(self, prefix: str) -> Iterator[str]:
        """Return endless increasing even ids from one draw (RFC 9562 section 6.2, method 2)."""
        uuid = self._draw()
        head = f"{prefix}_{encode_base32(uuid)[:16]}"
        # One bit of room keeps the counter from running over into the head; a batch draws far fewer than 2**48 ids.
        low = uuid & (1 << 49) - 2
        pairs = _PAIRS
        while True:
            yield (
                f"{head}{pairs[low >> 40]}{pairs[low >> 30 & 1023]}{pairs[low >> 20 & 1023]}"
                f"{pairs[low >> 10 & 1023]}{pairs[low & 1023]}"
            )
            low += 2

    def _draw(self) -> int:
        bits = self._random_bits(74)
        uuid = (self._clock.now() & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | (bits >> 62) << 64
        return uuid | 0b10 << 62 | bits & 0x3FFF_FFFF_FFFF_FFFF


def seeded_ids(clock: Clock, seed: int) -> UuidV7Ids:
    """Return a source that repeats itself for one seed and one sequence of instants (sandbox and simulation only)."""
    return UuidV7Ids(clock, Random(seed).getrandbits)  # noqa: S311 - ids are public; secrets never come from here


def encode_base32(uuid: int) -> str:
    """Render 128 bits as 26 base32 characters, most significant first."""
    pairs = _PAIRS
    return "".join([pairs[uuid >> shift & 1023] for shift in range(120, -1, -10)])


def least_id(prefix: str, since: Instant) -> str:
    """Return the least id with ``prefix`` that can be made from ``since`` on: the time is an id's first part."""
    return f"{prefix}_{encode_base32(max(since, 0) << 80)}"


def decode_base32(suffix: str) -> int:
    """Return the 128 bits of a 26-character suffix; ``ValueError`` when it is not one."""
    if _SUFFIX.fullmatch(suffix) is None:
        raise ValueError("not a base32 UUID")
    value = 0
    for character in suffix:
        value = value << 5 | _VALUE_OF[character]
    return value


def is_id(text: str, prefix: str) -> bool:
    """Tell whether ``text`` is spelled like an id with ``prefix`` (it may still name nothing)."""
    return text.startswith(prefix + "_") and _SUFFIX.fullmatch(text, len(prefix) + 1) is not None
