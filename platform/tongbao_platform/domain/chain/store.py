"""The chain's rows, and the queries of sealer and verifier.

Both read plain rows in the order of ``canonical``'s columns, not the book's models.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Select, String, and_, column, func, literal, or_, select, union, values

from tongbao_platform.domain.chain.canonical import AUDIT_COLUMNS, ENTRY_COLUMNS, TRANSFER_COLUMNS
from tongbao_platform.domain.chain.model import (
    ChainBlock,
    ChainHead,
    ChainName,
    Range,
    SealedAccount,
    SealedAuditEntry,
    block_id,
)
from tongbao_platform.domain.chain.tables import BLOCKS as BLOCK_TABLE
from tongbao_platform.domain.chain.tables import HEADS as HEAD_TABLE
from tongbao_platform.domain.chain.tables import SEALED_ACCOUNTS as ACCOUNT_TABLE
from tongbao_platform.domain.chain.tables import SEALED_AUDIT_ENTRIES as SEALED_AUDIT_TABLE
from tongbao_platform.execution.reading import Reader
from tongbao_platform.execution.records import AUDIT_TABLE
from tongbao_platform.ledger.tables import ACCOUNTS, ENTRIES, TRANSFERS
from tongbao_platform.storage.rowset import RowSet

CHAIN_BLOCKS: Final = RowSet(ChainBlock, BLOCK_TABLE, mutable=())
CHAIN_HEADS: Final = RowSet(ChainHead, HEAD_TABLE)
CHAIN_ACCOUNTS: Final = RowSet(SealedAccount, ACCOUNT_TABLE)
CHAIN_AUDIT_ENTRIES: Final = RowSet(SealedAuditEntry, SEALED_AUDIT_TABLE, mutable=())

Row = tuple[Any, ...]
_ENTRY_WIDTH: Final = len(ENTRY_COLUMNS)


class EntryRow:
    """An entry and its transfer as plain values; the transfer's are all ``None`` when it is not there."""

    __slots__ = ("entry", "transfer")

    def __init__(self, row: Row) -> None:
        self.entry = row[:_ENTRY_WIDTH]
        self.transfer = row[_ENTRY_WIDTH:]


async def heads(reader: Reader) -> list[ChainHead]:
    """Return both heads."""
    return await reader.models(CHAIN_HEADS, select(HEAD_TABLE).order_by(HEAD_TABLE.c.id))


async def blocks_after(reader: Reader, chain: ChainName, number: int, limit: int) -> list[ChainBlock]:
    """Return the blocks of ``chain`` behind ``number``, in order."""
    rising = select(BLOCK_TABLE).where(BLOCK_TABLE.c.id > block_id(chain, number), BLOCK_TABLE.c.chain == chain)
    return await reader.models(CHAIN_BLOCKS, rising.order_by(BLOCK_TABLE.c.id).limit(limit))


async def unsealed_accounts(reader: Reader, since_transfer: str | None, limit: int) -> list[Range]:
    """Return accounts with entries behind what is sealed, those first that rest longest.

    ``since_transfer`` limits the search to the accounts of transfers with this id or a later one; ``None`` compares
    every account.
    """
    sealed = func.coalesce(ACCOUNT_TABLE.c.seq, 0)
    found: Select[Any] = (
        select(ACCOUNTS.c.id, sealed, ACCOUNTS.c.seq)
        .select_from(ACCOUNTS.outerjoin(ACCOUNT_TABLE, ACCOUNT_TABLE.c.id == ACCOUNTS.c.id))
        .where(ACCOUNTS.c.seq > sealed)
    )
    if since_transfer is not None:
        recent = TRANSFERS.c.id >= since_transfer
        touched = union(
            select(TRANSFERS.c.debit_account_id).where(recent), select(TRANSFERS.c.credit_account_id).where(recent)
        )
        found = found.where(ACCOUNTS.c.id.in_(touched))
    rows = await reader.rows(found.order_by(ACCOUNTS.c.last_entry_at, ACCOUNTS.c.id).limit(limit))
    return [Range(*row) for row in rows]


async def entries_of(reader: Reader, ranges: Sequence[Range]) -> list[EntryRow]:
    """Return the entries of ``ranges``, by account and ``seq``, each with its transfer."""
    listed = [(each.account_id, each.after, each.to) for each in ranges]
    wanted = (
        values(column("account_id", String), column("after", BigInteger), column("upto", BigInteger), name="wanted")
        .data(listed)
        .cte("wanted")
    )
    own = and_(
        ENTRIES.c.account_id == wanted.c.account_id, ENTRIES.c.seq > wanted.c.after, ENTRIES.c.seq <= wanted.c.upto
    )
    joined = wanted.join(ENTRIES, own).outerjoin(TRANSFERS, TRANSFERS.c.id == ENTRIES.c.transfer_id)
    columns = [*(ENTRIES.c[name] for name in ENTRY_COLUMNS), *(TRANSFERS.c[name] for name in TRANSFER_COLUMNS)]
    rows = await reader.rows(select(*columns).select_from(joined).order_by(ENTRIES.c.account_id, ENTRIES.c.seq))
    return [EntryRow(row) for row in rows]


async def unsealed_audit_entries(reader: Reader, limit: int) -> list[Row]:
    """Return audit entries that no block has, oldest id first."""
    missing = SEALED_AUDIT_TABLE.c.id.is_(None)
    joined = AUDIT_TABLE.outerjoin(SEALED_AUDIT_TABLE, SEALED_AUDIT_TABLE.c.id == AUDIT_TABLE.c.id)
    found = select(*(AUDIT_TABLE.c[name] for name in AUDIT_COLUMNS)).select_from(joined).where(missing)
    return await reader.rows(found.order_by(AUDIT_TABLE.c.id).limit(limit))


async def audit_entries(reader: Reader, ids: Sequence[str]) -> list[Row]:
    """Return these audit entries."""
    columns = (AUDIT_TABLE.c[name] for name in AUDIT_COLUMNS)
    return await reader.rows(select(*columns).where(AUDIT_TABLE.c.id.in_(ids)))


async def shortened_accounts(reader: Reader, limit: int) -> list[Row]:
    """Return (account, sealed seq, its own seq) of accounts that have fewer entries than are sealed, or are gone."""
    found = (
        select(ACCOUNT_TABLE.c.id, ACCOUNT_TABLE.c.seq, func.coalesce(ACCOUNTS.c.seq, literal(0)))
        .select_from(ACCOUNT_TABLE.outerjoin(ACCOUNTS, ACCOUNTS.c.id == ACCOUNT_TABLE.c.id))
        .where(or_(ACCOUNTS.c.id.is_(None), ACCOUNTS.c.seq < ACCOUNT_TABLE.c.seq))
    )
    return await reader.rows(found.order_by(ACCOUNT_TABLE.c.id).limit(limit))


async def sealed_accounts(reader: Reader, after_id: str, limit: int) -> list[SealedAccount]:
    """Return a page of what the sealer remembers of accounts."""
    page = select(ACCOUNT_TABLE).where(ACCOUNT_TABLE.c.id > after_id).order_by(ACCOUNT_TABLE.c.id).limit(limit)
    return await reader.models(CHAIN_ACCOUNTS, page)
