"""Every query an owner may ask of the book."""

from sqlalchemy import ColumnElement, select, tuple_

from tongbao_platform.domain.accounts.filters import AccountFilter, AccountPosition, TransactionFilter
from tongbao_platform.domain.accounts.model import Transaction
from tongbao_platform.execution.reading import Reader
from tongbao_platform.ledger.entry_ids import entry_id
from tongbao_platform.ledger.model import Account, AccountKind
from tongbao_platform.ledger.store import ACCOUNTS
from tongbao_platform.ledger.tables import ACCOUNTS as ACCOUNT
from tongbao_platform.ledger.tables import ENTRIES as ENTRY
from tongbao_platform.ledger.tables import TRANSFERS as TRANSFER


class AccountStore:
    """The accounts of one owner (``None``: the platform itself, which reaches all)."""

    def __init__(self, reader: Reader, owner_id: str | None) -> None:
        self._reader = reader
        self._owner_id = owner_id

    async def get(self, account_id: str) -> Account | None:
        """Return one account."""
        statement = select(ACCOUNT).where(ACCOUNT.c.id == account_id, *self._mine())
        found = await self._reader.models(ACCOUNTS, statement)
        return found[0] if found else None

    async def page(self, wanted: AccountFilter, after: AccountPosition | None, limit: int) -> list[Account]:
        """Return a page of accounts, newest first."""
        conditions = self._mine()
        if after is not None:
            conditions.append(tuple_(ACCOUNT.c.created_at, ACCOUNT.c.id) < tuple_(after.created_at, after.id))
        if wanted.currency is not None:
            conditions.append(ACCOUNT.c.currency == wanted.currency)
        statement = (
            select(ACCOUNT).where(*conditions).order_by(ACCOUNT.c.created_at.desc(), ACCOUNT.c.id.desc()).limit(limit)
        )
        return await self._reader.models(ACCOUNTS, statement)

    async def of_kinds(self, kinds: tuple[AccountKind, ...]) -> list[Account]:
        """Return every account of these kinds, oldest first; for the few that the bank keeps for itself."""
        return await self._reader.models(
            ACCOUNTS, select(ACCOUNT).where(ACCOUNT.c.kind.in_(kinds), *self._mine()).order_by(ACCOUNT.c.id)
        )

    async def transactions(
        self, account: Account, wanted: TransactionFilter, before_seq: int | None, limit: int
    ) -> list[Transaction]:
        """Return a page of the transactions of ``account`` (one of this owner's), newest first."""
        conditions: list[ColumnElement[bool]] = [ENTRY.c.account_id == account.id]
        if before_seq is not None:
            conditions.append(ENTRY.c.seq < before_seq)
        if wanted.type is not None:
            conditions.append(TRANSFER.c.type == wanted.type)
        if wanted.occurred_from is not None:
            conditions.append(ENTRY.c.occurred_at >= wanted.occurred_from)
        if wanted.occurred_to is not None:
            conditions.append(ENTRY.c.occurred_at < wanted.occurred_to)
        statement = (
            select(
                ENTRY.c.transfer_id,
                ENTRY.c.seq,
                ENTRY.c.amount_minor,
                ENTRY.c.balance_after_minor,
                TRANSFER.c.type,
                TRANSFER.c.reference_type,
                TRANSFER.c.reference_id,
                TRANSFER.c.description,
                ENTRY.c.occurred_at,
            )
            .join_from(ENTRY, TRANSFER, TRANSFER.c.id == ENTRY.c.transfer_id)
            .where(*conditions)
            .order_by(ENTRY.c.seq.desc())
            .limit(limit)
        )
        rows = await self._reader.rows(statement)
        return [
            Transaction(
                id=entry_id(transfer_id, is_credit=amount_minor > 0),
                account_id=account.id,
                seq=seq,
                currency=account.currency,
                amount_minor=amount_minor,
                balance_after_minor=balance_after_minor,
                type=kind,
                reference_type=reference_type,
                reference_id=reference_id,
                description=description,
                occurred_at=occurred_at,
            )
            for (
                transfer_id,
                seq,
                amount_minor,
                balance_after_minor,
                kind,
                reference_type,
                reference_id,
                description,
                occurred_at,
            ) in rows
        ]

    def _mine(self) -> list[ColumnElement[bool]]:
        return [] if self._owner_id is None else [ACCOUNT.c.owner_id == self._owner_id]
