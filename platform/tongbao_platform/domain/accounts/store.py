"""Every query an owner, or the bank itself, may ask of the book."""

from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, func, or_, select, tuple_

from tongbao_platform.domain.accounts.filters import (
    AccountFilter,
    AccountPosition,
    DayFilter,
    TransactionFilter,
)
from tongbao_platform.domain.accounts.model import (
    AccountDay,
    ClearingAccount,
    ClearingState,
    DayTotals,
    EntryMark,
    KindTotals,
    RolledUp,
    Transaction,
)
from tongbao_platform.domain.accounts.tables import ACCOUNT_DAYS as DAY
from tongbao_platform.domain.accounts.tables import CLEARING_ACCOUNTS as CLEARING
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import DAY_MS, SHANGHAI_OFFSET_MS, Instant, business_date
from tongbao_platform.ledger.entry_ids import entry_id
from tongbao_platform.ledger.model import Account, AccountKind
from tongbao_platform.ledger.store import ACCOUNTS
from tongbao_platform.ledger.tables import ACCOUNTS as ACCOUNT
from tongbao_platform.ledger.tables import ENTRIES as ENTRY
from tongbao_platform.ledger.tables import HOLDS as HOLD
from tongbao_platform.ledger.tables import TRANSFERS as TRANSFER
from tongbao_platform.storage.rowset import RowSet

# A flow and a currency have one clearing account; who may sweep into it is decided by the bank's own operations.
CLEARING_ACCOUNTS: Final = RowSet(ClearingAccount, CLEARING, mutable=("sla_seconds",))
ACCOUNT_DAYS: Final = RowSet(
    AccountDay, DAY, mutable=("debits_minor", "credits_minor", "closing_minor", "entries", "last_seq")
)


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

    async def entry(self, account_id: str, seq: int) -> EntryMark | None:
        """Return when the entry ``seq`` of an account (one of this owner's) occurred and what it left."""
        statement = select(ENTRY.c.occurred_at, ENTRY.c.balance_after_minor).where(
            ENTRY.c.account_id == account_id, ENTRY.c.seq == seq
        )
        rows = await self._reader.rows(statement)
        return EntryMark(*rows[0]) if rows else None

    async def held_at(self, account_id: str, at: Instant) -> int:
        """Return what the holds on an account (one of this owner's) reserved at ``at``."""
        open_then = and_(
            HOLD.c.debit_account_id == account_id,
            HOLD.c.created_at <= at,
            or_(HOLD.c.resolved_at.is_(None), HOLD.c.resolved_at > at),
        )
        reserved = select(func.coalesce(func.sum(HOLD.c.amount_minor), 0)).where(open_then)
        posted = (
            select(func.coalesce(func.sum(TRANSFER.c.amount_minor), 0))
            .join_from(HOLD, TRANSFER, TRANSFER.c.hold_id == HOLD.c.id)
            .where(open_then, TRANSFER.c.created_at <= at)
        )
        ((held, parts),) = await self._reader.rows(select(reserved.scalar_subquery(), posted.scalar_subquery()))
        return int(held) - int(parts)

    async def days(self, account_id: str, wanted: DayFilter, before: str | None, limit: int) -> list[AccountDay]:
        """Return a page of the closed dates of an account (one of this owner's), newest first."""
        conditions: list[ColumnElement[bool]] = [DAY.c.account_id == account_id]
        if before is not None:
            conditions.append(DAY.c.business_date < before)
        if wanted.date_from is not None:
            conditions.append(DAY.c.business_date >= wanted.date_from)
        if wanted.date_to is not None:
            conditions.append(DAY.c.business_date <= wanted.date_to)
        statement = select(DAY).where(*conditions).order_by(DAY.c.business_date.desc()).limit(limit)
        return await self._reader.models(ACCOUNT_DAYS, statement)

    def _mine(self) -> list[ColumnElement[bool]]:
        return [] if self._owner_id is None else [ACCOUNT.c.owner_id == self._owner_id]


class BookStore:
    """The bank's own view: every account at once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def totals(self) -> list[KindTotals]:
        """Return the sums of the accounts of each kind and currency."""
        sums = [
            func.sum(column)
            for column in (
                ACCOUNT.c.posted_debits,
                ACCOUNT.c.posted_credits,
                ACCOUNT.c.held_debits,
                ACCOUNT.c.held_credits,
            )
        ]
        statement = (
            select(ACCOUNT.c.currency, ACCOUNT.c.kind, func.count(), *sums)
            .group_by(ACCOUNT.c.currency, ACCOUNT.c.kind)
            .order_by(ACCOUNT.c.currency, ACCOUNT.c.kind)
        )
        rows = await self._reader.rows(statement)
        # PostgreSQL sums 64-bit integers into exact decimals.
        return [KindTotals(currency, kind, *map(int, numbers)) for currency, kind, *numbers in rows]

    async def clearing_accounts(self) -> list[ClearingState]:
        """Return every clearing account with its balance and when that last left zero (``None`` where it is zero)."""
        statement = (
            select(
                CLEARING.c.id,
                CLEARING.c.flow,
                CLEARING.c.currency,
                CLEARING.c.sla_seconds,
                ACCOUNT.c.posted_credits - ACCOUNT.c.posted_debits,
                _since_zero(),
            )
            .join_from(CLEARING, ACCOUNT, ACCOUNT.c.id == CLEARING.c.id)
            .order_by(CLEARING.c.flow, CLEARING.c.currency)
        )
        return [ClearingState(*row) for row in await self._reader.rows(statement)]

    async def clearing_account(self, flow: str, currency: str) -> ClearingAccount | None:
        """Return the clearing account of a flow in a currency."""
        statement = select(CLEARING).where(CLEARING.c.flow == flow, CLEARING.c.currency == currency)
        found = await self._reader.models(CLEARING_ACCOUNTS, statement)
        return found[0] if found else None

    async def rolled_up(self, after: str, limit: int) -> list[RolledUp]:
        """Return the next accounts by id that have entries, with the last entry that their days already cover."""
        covered = (
            select(DAY.c.last_seq)
            .where(DAY.c.account_id == ACCOUNT.c.id)
            .order_by(DAY.c.business_date.desc())
            .limit(1)
            .correlate(ACCOUNT)
            .scalar_subquery()
        )
        statement = (
            select(ACCOUNT.c.id, ACCOUNT.c.seq, func.coalesce(covered, 0))
            .where(ACCOUNT.c.id > after)
            .order_by(ACCOUNT.c.id)
            .limit(limit)
        )
        return [RolledUp(*row) for row in await self._reader.rows(statement)]

    async def last_days(self, account_ids: list[str]) -> dict[str, AccountDay]:
        """Return the newest rolled-up date of each account that has one."""
        newest = (
            select(DAY.c.account_id, func.max(DAY.c.business_date).label("business_date"))
            .where(DAY.c.account_id.in_(account_ids))
            .group_by(DAY.c.account_id)
            .subquery()
        )
        statement = select(DAY).join(
            newest, and_(DAY.c.account_id == newest.c.account_id, DAY.c.business_date == newest.c.business_date)
        )
        return {day.account_id: day for day in await self._reader.models(ACCOUNT_DAYS, statement)}

    async def day_totals(self, covered: dict[str, int], before: Instant) -> list[DayTotals]:
        """Return the sums per account and date of the entries behind ``covered`` (seq by account) and ``before``."""
        number = (ENTRY.c.occurred_at + SHANGHAI_OFFSET_MS) // DAY_MS
        behind = or_(*(and_(ENTRY.c.account_id == name, ENTRY.c.seq > seq) for name, seq in covered.items()))
        statement = (
            select(
                ENTRY.c.account_id,
                number,
                func.sum(case((ENTRY.c.amount_minor < 0, -ENTRY.c.amount_minor), else_=0)),
                func.sum(case((ENTRY.c.amount_minor > 0, ENTRY.c.amount_minor), else_=0)),
                func.count(),
                func.min(ENTRY.c.seq),
                func.max(ENTRY.c.seq),
            )
            .where(behind, ENTRY.c.occurred_at < before)
            .group_by(ENTRY.c.account_id, number)
            .order_by(ENTRY.c.account_id, number)
        )
        return [_day_totals(row) for row in await self._reader.rows(statement)]


def _day_totals(row: tuple[Any, ...]) -> DayTotals:
    account_id, number, debits, credits_, entries, first_seq, last_seq = row
    date = business_date(Instant(int(number) * DAY_MS - SHANGHAI_OFFSET_MS))
    return DayTotals(account_id, date, int(debits), int(credits_), entries, first_seq, last_seq)


def _since_zero() -> ScalarSelect[int]:
    """Return when the first entry behind the last zero balance of a clearing account occurred, newest read first."""
    zero = ENTRY.alias("zero")
    last_zero = (
        select(zero.c.seq)
        .where(zero.c.account_id == CLEARING.c.id, zero.c.balance_after_minor == 0)
        .order_by(zero.c.seq.desc())
        .limit(1)
        .correlate(CLEARING)
        .scalar_subquery()
    )
    return (
        select(ENTRY.c.occurred_at)
        .where(ENTRY.c.account_id == CLEARING.c.id, ENTRY.c.seq == func.coalesce(last_zero, 0) + 1)
        .correlate(CLEARING)
        .scalar_subquery()
    )
