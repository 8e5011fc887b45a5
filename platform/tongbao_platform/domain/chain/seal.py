"""Seal a block: append it behind the head of its chain.

The rows were read and hashed before, without a lock, for they never change. Two sealers may have read the same ones:
the head's lock lets one be first, and the other finds that the head is not the one it read and does nothing.
"""

import msgspec

from tongbao_platform.domain.chain.canonical import VERSION, hash_of
from tongbao_platform.domain.chain.model import (
    GENESIS,
    ChainBlock,
    ChainHead,
    ChainName,
    Range,
    SealedAccount,
    SealedAuditEntry,
    block_id,
)
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class SealBlock(msgspec.Struct, frozen=True, kw_only=True):
    """The next block of ``chain`` as it follows ``head_number``: ranges of entries, or ids of audit entries."""

    chain: ChainName
    head_number: int
    row_count: int
    content_hash: bytes
    fingerprints: bytes
    ranges: tuple[Range, ...] = ()
    audit_ids: tuple[str, ...] = ()


def keys(command: SealBlock, found: Found) -> Keys:
    """Name the head and what was sealed of each account so far."""
    del found
    accounts = ((SealedAccount, each.account_id) for each in command.ranges)
    audited = ((SealedAuditEntry, audit_id) for audit_id in command.audit_ids)
    return Keys(rows=((ChainHead, command.chain), *accounts, *audited))


def decide(rows: Rows, command: SealBlock, now: Instant) -> Changes | Refusal:
    """Append the block; the result is its head, or ``None`` when another sealer was first."""
    stored = rows.get(ChainHead, command.chain)
    head = stored or ChainHead(id=command.chain, number=0, hash=GENESIS, sealed_at=now)
    known = {each.account_id: rows.get(SealedAccount, each.account_id) for each in command.ranges}
    sealed_before = any(rows.get(SealedAuditEntry, audit_id) is not None for audit_id in command.audit_ids)
    if head.number != command.head_number or sealed_before or not _follow(command.ranges, known):
        return Changes(result=None)
    block = _block(command, head, now)
    after = ChainHead(id=head.id, number=block.number, hash=block.hash, sealed_at=block.sealed_at)
    counted = [SealedAccount(id=each.account_id, seq=each.to) for each in command.ranges]
    return Changes(
        result=after,
        insert=(
            block,
            *(() if stored else (after,)),
            *(each for each in counted if known[each.id] is None),
            *(SealedAuditEntry(id=audit_id, number=block.number) for audit_id in command.audit_ids),
        ),
        update=(*((after,) if stored else ()), *(each for each in counted if known[each.id] is not None)),
    )


def _follow(ranges: tuple[Range, ...], known: dict[str, SealedAccount | None]) -> bool:
    """Tell whether each range begins where the last sealed one of its account ended."""
    sealed = {account_id: 0 if account is None else account.seq for account_id, account in known.items()}
    return all(sealed[each.account_id] == each.after < each.to for each in ranges)


def _block(command: SealBlock, head: ChainHead, now: Instant) -> ChainBlock:
    number = head.number + 1
    block = ChainBlock(
        id=block_id(command.chain, number),
        chain=command.chain,
        number=number,
        version=VERSION,
        sealed_at=now,
        row_count=command.row_count,
        covers=msgspec.json.encode(command.ranges or command.audit_ids).decode(),
        content_hash=command.content_hash,
        fingerprints=command.fingerprints,
        previous_hash=head.hash,
        hash=b"",
    )
    return msgspec.structs.replace(block, hash=hash_of(block))
