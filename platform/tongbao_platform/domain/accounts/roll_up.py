"""Roll the entries of closed business dates up into one row per account and date: a worker's job.

An account's entries are numbered under its lock, so whoever sees entry n sees all before it. Rolling up therefore only
ever goes on behind the last entry it covered: it can stop anywhere, run again, run twice at once, and catch up. An
entry that is committed after its date was rolled up has the next number, and extends that date's row.
"""

from typing import Final

import msgspec

from tongbao_platform.domain.accounts.model import AccountDay, DayTotals
from tongbao_platform.domain.accounts.store import BookStore
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import HOUR_MS, MINUTE_MS, Instant, business_day_start
from tongbao_platform.kernel.errors import Refusal

# Times are read before the commit: an entry of 23:59:59 may appear a little after midnight, never minutes later.
GRACE_MS: Final = 10 * MINUTE_MS
RECHECK_MS: Final = HOUR_MS
ACCOUNTS_AT_ONCE: Final = 100


class RollUpAccount(msgspec.Struct, frozen=True):
    """Consecutive business dates of one account, oldest first."""

    days: tuple[AccountDay, ...]


class DueAccounts(msgspec.Struct, frozen=True):
    """What to roll up among the next accounts; ``after`` is where to go on, ``None`` behind the last account.

    ``broken`` names accounts whose entries do not follow each other: the verifier says where.
    """

    commands: tuple[RollUpAccount, ...]
    broken: tuple[str, ...]
    after: str | None


def closed_until(now: Instant) -> Instant:
    """Return the midnight up to which business dates are closed, ``GRACE_MS`` after it came."""
    return business_day_start(Instant(now - GRACE_MS))


def look_again_at(now: Instant) -> Instant:
    """Return the last moment at which all accounts were to be looked through: a date's end and once more after it."""
    closed_at = closed_until(now) + GRACE_MS
    return Instant(closed_at + RECHECK_MS if now >= closed_at + RECHECK_MS else closed_at)


async def due(reader: Reader, now: Instant, after: str, limit: int = ACCOUNTS_AT_ONCE) -> DueAccounts:
    """Return what is to be rolled up among the ``limit`` accounts behind the id ``after`` (``""``: from the first).

    ``reader`` must see one moment (``EngineReader.snapshot``).
    """
    store = BookStore(reader)
    seen = await store.rolled_up(after, limit)
    behind = {account.account_id: account.covered_seq for account in seen if account.seq > account.covered_seq}
    following = seen[-1].account_id if len(seen) == limit else None
    if not behind:
        return DueAccounts((), (), following)
    last_days = await store.last_days(list(behind))
    by_account: dict[str, list[DayTotals]] = {}
    for totals in await store.day_totals(behind, closed_until(now)):
        by_account.setdefault(totals.account_id, []).append(totals)
    days = {name: _days(last_days.get(name), found) for name, found in by_account.items()}
    commands = tuple(RollUpAccount(rolled) for rolled in days.values() if rolled)
    return DueAccounts(commands, tuple(name for name, rolled in days.items() if not rolled), following)


def _days(last: AccountDay | None, found: list[DayTotals]) -> tuple[AccountDay, ...]:
    """Return the rows behind ``last``; none where the entries do not follow each other."""
    days: list[AccountDay] = []
    for totals in found:
        covered_seq, covered_date = (0, "") if last is None else (last.last_seq, last.business_date)
        complete = totals.last_seq - totals.first_seq + 1 == totals.entries
        if totals.first_seq != covered_seq + 1 or totals.business_date < covered_date or not complete:
            return ()
        last = _extended(last, totals) if last and totals.business_date == covered_date else _next_day(last, totals)
        days.append(last)
    return tuple(days)


def _extended(day: AccountDay, totals: DayTotals) -> AccountDay:
    return msgspec.structs.replace(
        day,
        debits_minor=day.debits_minor + totals.debits_minor,
        credits_minor=day.credits_minor + totals.credits_minor,
        closing_minor=day.closing_minor + totals.credits_minor - totals.debits_minor,
        entries=day.entries + totals.entries,
        last_seq=totals.last_seq,
    )


def _next_day(last: AccountDay | None, totals: DayTotals) -> AccountDay:
    opening_minor = 0 if last is None else last.closing_minor
    return AccountDay(
        id=f"{totals.account_id}:{totals.business_date}",
        account_id=totals.account_id,
        business_date=totals.business_date,
        opening_minor=opening_minor,
        debits_minor=totals.debits_minor,
        credits_minor=totals.credits_minor,
        closing_minor=opening_minor + totals.credits_minor - totals.debits_minor,
        entries=totals.entries,
        first_seq=totals.first_seq,
        last_seq=totals.last_seq,
    )


def keys(command: RollUpAccount, found: Found) -> Keys:
    """Name the dates' rows."""
    del found
    return Keys(rows=tuple((AccountDay, day.id) for day in command.days))


def decide(rows: Rows, command: RollUpAccount, now: Instant) -> Changes | Refusal:
    """Write the dates that are new or cover more entries than what is stored; the result is how many those were."""
    del now
    stored = [(day, rows.get(AccountDay, day.id)) for day in command.days]
    insert = tuple(day for day, there in stored if there is None)
    update = tuple(day for day, there in stored if there is not None and there.last_seq < day.last_seq)
    return Changes(result=len(insert) + len(update), insert=insert, update=update)
