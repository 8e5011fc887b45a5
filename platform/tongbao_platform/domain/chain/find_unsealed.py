"""Find what is to be sealed, cut it into blocks, read each block's rows and hash them.

Only where to look may depend on time, never what is sealed: an account's ``seq`` has no gaps and is given under its
lock, so all entries up to the ``seq`` that is read are committed. Audit entries have no such number and are compared
with the list of those that are sealed.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from tongbao_platform.domain.chain.canonical import audit_digest, entry_digests, seal_audit, seal_entries
from tongbao_platform.domain.chain.model import Range
from tongbao_platform.domain.chain.seal import SealBlock
from tongbao_platform.domain.chain.store import Row, entries_of, unsealed_accounts, unsealed_audit_entries
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.ids import least_id

# A block is written in the transaction of its own batch, which payments of the same process wait for: a few
# milliseconds.
MOST_ROWS: Final = 1_000
MOST_ACCOUNTS: Final = 500
# How many accounts one look finds: the look itself costs the same for few and for many.
ACCOUNTS_PER_LOOK: Final = 10_000


class Sealable(NamedTuple):
    """A block to append (``None``: nothing of it can be sealed), and the accounts that were left out of it.

    Entries of those are missing below the account's ``seq``: nothing is sealed over a gap.
    """

    block: SealBlock | None
    broken: tuple[str, ...]


async def unsealed_entries(reader: Reader, since: Instant | None) -> list[Range]:
    """Return what is not sealed of each account, those first that rest longest.

    ``since`` limits the search to accounts of transfers made from then on; ``None`` compares every account with what is
    sealed of it.
    """
    recent = None if since is None else least_id("tra", since)
    return await unsealed_accounts(reader, recent, ACCOUNTS_PER_LOOK)


def into_blocks(ranges: Sequence[Range]) -> Iterator[list[Range]]:
    """Cut ``ranges`` into what one block takes, each by account; a long range goes on in the next block."""
    block: list[Range] = []
    room = MOST_ROWS
    for whole in ranges:
        after = whole.after
        while after < whole.to:
            part = Range(whole.account_id, after, min(whole.to, after + room))
            block.append(part)
            room -= part.to - part.after
            after = part.to
            if room == 0 or len(block) == MOST_ACCOUNTS:
                yield sorted(block, key=lambda each: each.account_id)
                block, room = [], MOST_ROWS
    if block:
        yield sorted(block, key=lambda each: each.account_id)


async def block_of_entries(reader: Reader, ranges: Sequence[Range], head_number: int) -> Sealable:
    """Return the block of ``ranges``, to follow the block ``head_number``."""
    rows = await entries_of(reader, ranges)
    there = Counter(row.entry[0] for row in rows)
    broken = tuple(each.account_id for each in ranges if there[each.account_id] != each.to - each.after)
    if broken:
        # One damaged account must not keep the others from being sealed.
        ranges = [each for each in ranges if each.account_id not in broken]
        rows = [row for row in rows if row.entry[0] not in broken]
    if not rows:
        return Sealable(None, broken)
    sealing = seal_entries(entry_digests(row.entry, row.transfer) for row in rows)
    block = SealBlock(
        chain="entries",
        head_number=head_number,
        row_count=len(rows),
        content_hash=sealing.content_hash,
        fingerprints=sealing.fingerprints,
        ranges=tuple(ranges),
    )
    return Sealable(block, broken)


async def unsealed_audit(reader: Reader) -> list[Row]:
    """Return the next audit entries to be sealed, as many as one block takes."""
    return await unsealed_audit_entries(reader, MOST_ROWS)


def block_of_audit(rows: Sequence[Row], head_number: int) -> SealBlock:
    """Return the block of these audit entries, to follow the block ``head_number``."""
    sealing = seal_audit(map(audit_digest, rows))
    return SealBlock(
        chain="audit",
        head_number=head_number,
        row_count=len(rows),
        content_hash=sealing.content_hash,
        fingerprints=sealing.fingerprints,
        audit_ids=tuple(row[0] for row in rows),
    )
