"""Every query for the clearing of one payment; what is read of the book and the outbox never changes again."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import ScalarSelect, and_, case, func, literal, select

from tongbao_platform.domain.accounts.model import Transaction
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import Instant, later
from tongbao_platform.ledger.entry_ids import entry_id
from tongbao_platform.ledger.model import Hold
from tongbao_platform.ledger.store import HOLDS
from tongbao_platform.ledger.tables import ACCOUNTS as ACCOUNT
from tongbao_platform.ledger.tables import ENTRIES as ENTRY
from tongbao_platform.ledger.tables import HOLDS as HOLD
from tongbao_platform.ledger.tables import TRANSFERS as TRANSFER
from tongbao_platform.outbox.tables import EVENTS as EVENT

# An id is a prefix, an underscore, ten characters of time (48 bits) and sixteen of chance.
_TIME: Final = 10
_NEAR: Final = 1_000


class PostedGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group's transactions on one account, by ``seq``."""

    group_id: str
    transactions: tuple[Transaction, ...]


class EventLine(msgspec.Struct, frozen=True):
    """An event without its snapshot."""

    id: str
    type: str
    revision: int
    occurred_at: Instant


class ClearingStore:
    """What the book and the outbox know of one payment, whose reader may see it (see ``get.py``)."""

    def __init__(self, reader: Reader, payment_id: str) -> None:
        self._reader = reader
        self._payment_id = payment_id

    async def hold(self, hold_id: str) -> Hold | None:
        """Return the payment's hold, if there ever was one."""
        found = await self._reader.models(HOLDS, select(HOLD).where(HOLD.c.id == hold_id))
        return found[0] if found else None

    async def posted(self, account_id: str, currency: str, moment: Instant) -> list[PostedGroup]:
        """Return what the payment did to the account at ``moment``, group by group."""
        statement = (
            select(
                TRANSFER.c.group_id,
                ENTRY.c.transfer_id,
                ENTRY.c.seq,
                ENTRY.c.amount_minor,
                ENTRY.c.balance_after_minor,
                TRANSFER.c.type,
                TRANSFER.c.description,
            )
            .join_from(ENTRY, TRANSFER, TRANSFER.c.id == ENTRY.c.transfer_id)
            .where(
                ENTRY.c.account_id == account_id,
                ENTRY.c.seq >= _first_seq(account_id, moment),
                ENTRY.c.seq < _first_seq(account_id, later(moment, 1)),
                TRANSFER.c.reference_type == "payment",
                TRANSFER.c.reference_id == self._payment_id,
            )
            .order_by(ENTRY.c.seq)
        )
        groups: dict[str, list[Transaction]] = {}
        for group_id, transfer_id, seq, amount, balance_after, kind, description in await self._reader.rows(statement):
            transaction = Transaction(
                id=entry_id(transfer_id, is_credit=amount > 0),
                account_id=account_id,
                seq=seq,
                currency=currency,
                amount_minor=amount,
                balance_after_minor=balance_after,
                type=kind,
                reference_type="payment",
                reference_id=self._payment_id,
                description=description,
                occurred_at=moment,
            )
            groups.setdefault(group_id, []).append(transaction)
        return [PostedGroup(group_id=group, transactions=tuple(each)) for group, each in groups.items()]

    async def events(self, payee_merchant_id: str, last_revision: int) -> list[EventLine]:
        """Return the payment's events up to ``last_revision``, first to last."""
        columns = (EVENT.c.id, EVENT.c.type, EVENT.c.revision, EVENT.c.occurred_at)
        # The first event was made by the process that made the payment, right after it: the payee's events from that
        # time on begin with it or nearly so. Only the later ones are in an index by payment (see outbox/tables.py).
        since = (
            select(EVENT)
            .where(
                EVENT.c.merchant_id == payee_merchant_id,
                EVENT.c.id >= f"evt_{self._payment_id.partition('_')[2][:_TIME]}",
            )
            .order_by(EVENT.c.id)
        )
        first: Sequence[tuple[Any, ...]] = ()
        # The limit is inside, so that the database walks along the index; all that follows only if that was too short.
        for near in (since.limit(_NEAR).subquery(), since.subquery()):
            if not first:
                is_first = and_(near.c.subject_id == self._payment_id, near.c.revision == 1)
                shown = (near.c.id, near.c.type, near.c.revision, near.c.occurred_at)
                first = await self._reader.rows(select(*shown).where(is_first).limit(1))
        others = (
            select(*columns)
            .where(
                EVENT.c.subject_type == "payment",
                EVENT.c.subject_id == self._payment_id,
                EVENT.c.revision > 1,
                EVENT.c.revision <= last_revision,
            )
            .order_by(EVENT.c.revision)
        )
        return [EventLine(*row) for row in (*first, *await self._reader.rows(others))]


def _first_seq(account_id: str, moment: Instant) -> ScalarSelect[int]:
    """Select the ``seq`` of the account's first entry at or after ``moment``; one past the last when there is none.

    Times never go back along ``seq``, so it is found by halving: some twenty entries are looked at in a million.
    """
    span = (
        select(literal(0, ENTRY.c.seq.type).label("below"), (ACCOUNT.c.seq + 1).label("above"))
        .where(ACCOUNT.c.id == account_id)
        .cte(recursive=True)
    )
    middle = (span.c.below + span.c.above) // 2
    is_earlier = ENTRY.c.occurred_at < moment
    halved = (
        select(
            case((is_earlier, middle), else_=span.c.below),
            case((is_earlier, span.c.above), else_=middle),
        )
        .join_from(span, ENTRY, and_(ENTRY.c.account_id == account_id, ENTRY.c.seq == middle))
        .where(span.c.above - span.c.below > 1)
    )
    span = span.union_all(halved)
    return select(func.min(span.c.above)).scalar_subquery()
