"""Blocks of the hash chain and what the sealer remembers.

There are two chains, ``entries`` (with the transfers behind them) and ``audit``. Each block names the hash of the one
before it: whoever edits a sealed row must make every later block again, and contradicts a head that was published.
"""

from typing import Final, Literal

import msgspec

from tongbao_platform.kernel.clock import Instant

ChainName = Literal["entries", "audit"]
CHAINS: Final[tuple[ChainName, ...]] = ("entries", "audit")
# The hash "before" the first block of a chain.
GENESIS: Final = bytes(32)


class Range(msgspec.Struct, frozen=True, array_like=True):
    """Entries of one account, behind ``after`` and up to ``to`` (their ``seq`` has no gaps)."""

    account_id: str
    after: int
    to: int


class ChainBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed block; never changed.

    ``covers`` is the JSON text of what it seals, in order: ``Range``s of entries, or ids of audit entries.
    ``content_hash`` (32 octets) is the hash of its rows; ``fingerprints`` has 8 octets per row, by which a bad one is
    named. ``hash`` (32 octets) covers every other field. See ``canonical``.
    """

    id: str
    chain: ChainName
    number: int
    version: int
    sealed_at: Instant
    row_count: int
    covers: str
    content_hash: bytes
    fingerprints: bytes
    previous_hash: bytes
    hash: bytes


class ChainHead(msgspec.Struct, frozen=True, kw_only=True):
    """The last block of a chain; ``id`` is the chain's name. Sealers follow each other through its lock."""

    id: ChainName
    number: int
    hash: bytes
    sealed_at: Instant


class SealedAccount(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Up to which ``seq`` the entries of account ``id`` are sealed."""

    id: str
    seq: int


class SealedAuditEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Audit entry ``id`` is sealed in the block ``number``: audit ids have no order of commit that could be counted."""

    id: str
    number: int


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """A head as it was published outside the database: lower-case hex, RFC 3339."""

    chain: ChainName
    number: int
    hash: str
    sealed_at: str


class Broken(msgspec.Struct, frozen=True):
    """A row that is not what was sealed: ``row`` is table and key, ``detail`` what is wrong with it."""

    row: str
    detail: str


def block_id(chain: ChainName, number: int) -> str:
    """Return the id of a block; ids of a chain sort by number."""
    return f"{chain}:{number:012d}"
