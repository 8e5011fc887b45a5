"""Recompute a chain from the rows as they stand now, and name what is not as it was sealed, first bad row first.

A block is judged in three steps: that its own fields give its hash and that it follows the block before it; that its
ranges follow those sealed before; that the rows it covers give its content hash. Only where they do not are its rows
compared one by one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from tongbao_platform.domain.chain.canonical import (
    ENTRY_COLUMNS,
    FINGERPRINT_OCTETS,
    Digest,
    audit_digest,
    entry_digests,
    hash_of,
    seal_audit,
    seal_entries,
)
from tongbao_platform.domain.chain.model import (
    GENESIS,
    Anchor,
    Broken,
    ChainBlock,
    ChainHead,
    ChainName,
    Range,
    block_id,
)
from tongbao_platform.domain.chain.store import (
    EntryRow,
    audit_entries,
    blocks_after,
    entries_of,
    heads,
    sealed_accounts,
    shortened_accounts,
)
from tongbao_platform.execution.reading import Reader

BLOCKS_PER_PAGE: Final = 50
ACCOUNTS_PER_PAGE: Final = 5_000
MOST_FOUND: Final = 20

_ranges: Final = msgspec.json.Decoder(tuple[Range, ...]).decode
_ids: Final = msgspec.json.Decoder(tuple[str, ...]).decode
_half: Final = FINGERPRINT_OCTETS // 2
_TRANSFER_ID: Final = ENTRY_COLUMNS.index("transfer_id")

Told = Callable[[int], object]


async def check_chain(
    reader: Reader, chain: ChainName, anchors: Iterable[Anchor] = (), told: Told | None = None
) -> list[Broken]:
    """Check a whole chain on ``reader``, which must see one moment; at most about ``MOST_FOUND`` rows are named.

    ``anchors`` are heads published earlier; ``told(number)`` hears of progress now and then.
    """
    walk = _Walk(reader, chain, {each.number: each.hash for each in anchors if each.chain == chain})
    while len(walk.found) < MOST_FOUND and await walk.next_page():
        if told is not None:
            told(walk.number)
    if len(walk.found) < MOST_FOUND:
        await walk.check_end()
    return walk.found


async def check_blocks(reader: Reader, chain: ChainName, after: int, limit: int) -> tuple[int, list[Broken]]:
    """Check at most ``limit`` blocks behind number ``after``; return the last number looked at, and what was found."""
    walk = _Walk(reader, chain, {})
    await walk.start_after(after)
    await walk.next_page(limit)
    return walk.number, walk.found


class _Walk:
    """One pass over a chain."""

    def __init__(self, reader: Reader, chain: ChainName, published: dict[int, str]) -> None:
        self._reader = reader
        self._chain = chain
        self._published = published
        self._sealed: dict[str, int] = {}
        self._from_start = True
        self._previous_hash = GENESIS
        self.number = 0
        self.found: list[Broken] = []

    async def start_after(self, number: int) -> None:
        """Begin behind block ``number`` instead of at the first; ranges are then not compared with earlier ones."""
        if number > 0:
            self._from_start = False
            self.number = number - 1
            for block in await blocks_after(self._reader, self._chain, number - 1, 1):
                self.number, self._previous_hash = block.number, block.hash

    async def next_page(self, limit: int = BLOCKS_PER_PAGE) -> bool:
        """Check some more blocks; false at the end."""
        page = await blocks_after(self._reader, self._chain, self.number, limit)
        for block in page:
            await self._check_block(block)
        return bool(page)

    async def _check_block(self, block: ChainBlock) -> None:
        name = f"chain_block {self._chain}/{block.number}"
        for missing in range(self.number + 1, min(block.number, self.number + 1 + MOST_FOUND)):
            self._report(f"chain_block {self._chain}/{missing}", "is missing")
        published = self._published.pop(block.number, None)
        edited = hash_of(block) != block.hash or block.id != block_id(self._chain, block.number)
        ranges = self._ranges_of(block, None if edited else name)
        if edited:
            self._report(name, "was edited: its fields do not give its hash")
        elif block.number == self.number + 1 and block.previous_hash != self._previous_hash:
            self._report(name, "does not follow the block before it: one of the two was made anew")
        elif published not in {None, block.hash.hex()}:
            self._report(name, "is not the block that was published under this number")
        elif self._chain == "entries":
            await self._check_entries(block, ranges)
        else:
            await self._check_audit(block)
        self.number, self._previous_hash = block.number, block.hash

    def _ranges_of(self, block: ChainBlock, name: str | None) -> Sequence[Range]:
        """Note what ``block`` covers; without a ``name`` it was edited, and only those behind it are judged by that."""
        if self._chain != "entries":
            return []
        try:
            ranges = _ranges(block.covers)
        except msgspec.MsgspecError:
            return []
        for each in ranges:
            before = self._sealed.get(each.account_id, 0)
            if name is not None and self._from_start and each.after != before:
                self._report(name, f"covers {each.account_id} from {each.after}, sealed so far is {before}")
            self._sealed[each.account_id] = each.to
        return ranges

    async def _check_entries(self, block: ChainBlock, ranges: Sequence[Range]) -> None:
        rows = await entries_of(self._reader, ranges)
        digests = [entry_digests(row.entry, row.transfer) for row in rows]
        if seal_entries(digests).content_hash != block.content_hash:
            found = {(row.entry[0], row.entry[1]): (row, digest) for row, digest in zip(rows, digests, strict=True)}
            self._name(block, list(_compare_entries(block, ranges, found)))

    async def _check_audit(self, block: ChainBlock) -> None:
        ids = _ids(block.covers)
        found = {row[0]: audit_digest(row) for row in await audit_entries(self._reader, ids)}
        listed = [found[audit_id] for audit_id in ids if audit_id in found]
        if seal_audit(listed).content_hash != block.content_hash:
            self._name(block, list(_compare_audit(block, ids, found)))

    def _name(self, block: ChainBlock, broken: list[Broken]) -> None:
        if not broken:
            # One chance in 2**32 for a row that was changed by accident: its fingerprint is the same.
            self._report(
                f"chain_block {self._chain}/{block.number}", "its rows differ, none of them by its fingerprint"
            )
        self.found.extend(broken[:MOST_FOUND])

    def _report(self, row: str, detail: str) -> None:
        self.found.append(Broken(row, detail))

    async def check_end(self) -> None:
        """Compare the end of the chain with its head, with what was published, and with the accounts."""
        head = next((each for each in await heads(self._reader) if each.id == self._chain), None)
        self._check_head(head)
        for number in sorted(self._published)[:MOST_FOUND]:
            self._report(f"chain_block {self._chain}/{number}", "was published and is gone")
        if self._chain == "entries":
            await self._check_accounts()

    def _check_head(self, head: ChainHead | None) -> None:
        number, head_hash = (0, GENESIS) if head is None else (head.number, head.hash)
        if number > self.number:
            self._report(f"chain_block {self._chain}/{self.number + 1}", f"is gone: the head is number {number}")
        elif number < self.number or head_hash != self._previous_hash:
            self._report(f"chain_head {self._chain}", f"is not block {self.number}, the last one")

    async def _check_accounts(self) -> None:
        for account_id, sealed, seq in await shortened_accounts(self._reader, MOST_FOUND):
            self._report(f"ledger_account {account_id}", f"has {seq} entries, sealed were {sealed}: its tail was cut")
        remembered, after = self._sealed, ""
        while page := await sealed_accounts(self._reader, after, ACCOUNTS_PER_PAGE):
            after = page[-1].id
            for account in page:
                sealed = remembered.pop(account.id, 0)
                if sealed != account.seq:
                    self._report(f"chain_account {account.id}", f"says {account.seq}, sealed in blocks are {sealed}")
        for account_id in sorted(remembered)[:MOST_FOUND]:
            self._report(f"chain_account {account_id}", f"is missing, sealed in blocks are {remembered[account_id]}")


def _compare_entries(
    block: ChainBlock, ranges: Sequence[Range], found: Mapping[tuple[str, int], tuple[EntryRow, tuple[Digest, Digest]]]
) -> Iterator[Broken]:
    """Yield the entries and transfers that are not what ``block`` sealed, in its order."""
    places = ((each.account_id, seq) for each in ranges for seq in range(each.after + 1, each.to + 1))
    for place, (account_id, seq) in enumerate(places):
        fingerprint = block.fingerprints[place * FINGERPRINT_OCTETS :][:FINGERPRINT_OCTETS]
        row = f"ledger_entry {account_id}/{seq}"
        if (account_id, seq) not in found:
            yield Broken(row, f"is gone, sealed in block {block.number}")
            continue
        stored, (entry, transfer) = found[account_id, seq]
        if entry[:_half] != fingerprint[:_half]:
            yield Broken(row, f"is not what block {block.number} sealed")
        elif transfer[:_half] != fingerprint[_half:]:
            gone = stored.transfer[0] is None
            detail = "is gone, sealed in block" if gone else "is not what was sealed in block"
            yield Broken(f"ledger_transfer {stored.entry[_TRANSFER_ID]}", f"{detail} {block.number}, with {row}")


def _compare_audit(block: ChainBlock, ids: Sequence[str], found: Mapping[str, Digest]) -> Iterator[Broken]:
    for place, audit_id in enumerate(ids):
        fingerprint = block.fingerprints[place * FINGERPRINT_OCTETS :][:FINGERPRINT_OCTETS]
        if audit_id not in found:
            yield Broken(f"audit_entry {audit_id}", f"is gone, sealed in block {block.number}")
        elif found[audit_id][:FINGERPRINT_OCTETS] != fingerprint:
            yield Broken(f"audit_entry {audit_id}", f"is not what block {block.number} sealed")
