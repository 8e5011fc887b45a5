"""The rules of the book: pure functions over integers.

Each takes values and returns new ones, or raises ``LedgerRuleBroken``. An operation checks its own preconditions before
it asks; what is raised here is a fault in the caller, stopped before it reaches the database.
"""

from msgspec.structs import replace

from tongbao_platform.kernel.clock import Instant
from tongbao_platform.ledger.model import Account, Entry, Hold, Transfer
from tongbao_platform.ledger.states import LedgerRuleBroken, advance


def check_pair(debit: Account, credit: Account, amount_minor: int) -> None:
    """Refuse an amount below 1, equal accounts, and two currencies."""
    if amount_minor < 1:
        raise LedgerRuleBroken("an amount is at least one minor unit")
    if debit.id == credit.id:
        raise LedgerRuleBroken("a transfer needs two accounts")
    if debit.currency != credit.currency:
        raise LedgerRuleBroken("a transfer has one currency")


def check_open(account: Account) -> None:
    """Refuse to touch a frozen or closed account."""
    if account.status != "open":
        raise LedgerRuleBroken(f"account {account.id} is {account.status}")


def take(account: Account, transfer: Transfer, from_hold_minor: int = 0) -> tuple[Account, Entry]:
    """Debit ``account``; ``from_hold_minor`` of it was reserved before and is set free by the same step."""
    debits = account.posted_debits + transfer.amount_minor
    held = account.held_debits - from_hold_minor
    available = account.posted_credits - debits - held
    if held < 0:
        raise LedgerRuleBroken(f"account {account.id} holds less than that")
    if account.floor_minor is not None and available < account.floor_minor:
        raise LedgerRuleBroken(f"account {account.id} would fall below its floor")
    return _moved(
        account, transfer, -transfer.amount_minor, (debits, account.posted_credits, held, account.held_credits)
    )


def give(account: Account, transfer: Transfer, from_hold_minor: int = 0) -> tuple[Account, Entry]:
    """Credit ``account``; ``from_hold_minor`` is what a hold had announced to it."""
    held = account.held_credits - from_hold_minor
    if held < 0:
        raise LedgerRuleBroken(f"account {account.id} expects less than that")
    total = account.posted_credits + transfer.amount_minor
    return _moved(account, transfer, transfer.amount_minor, (account.posted_debits, total, account.held_debits, held))


def _moved(
    account: Account, transfer: Transfer, signed_minor: int, totals: tuple[int, int, int, int]
) -> tuple[Account, Entry]:
    posted_debits, posted_credits, held_debits, held_credits = totals
    seq = account.seq + 1
    moved = Account(
        id=account.id,
        owner_id=account.owner_id,
        kind=account.kind,
        currency=account.currency,
        lock_rank=account.lock_rank,
        created_at=account.created_at,
        floor_minor=account.floor_minor,
        status=account.status,
        posted_debits=posted_debits,
        posted_credits=posted_credits,
        held_debits=held_debits,
        held_credits=held_credits,
        seq=seq,
        last_entry_at=transfer.created_at,
        status_changes=account.status_changes,
    )
    entry = Entry(
        account_id=account.id,
        seq=seq,
        transfer_id=transfer.id,
        amount_minor=signed_minor,
        balance_after_minor=posted_credits - posted_debits,
        occurred_at=transfer.created_at,
    )
    return moved, entry


def spare(account: Account, at_most_minor: int, keep_minor: int = 0) -> int:
    """Return how much of ``at_most_minor`` the account can spare: 0 to ``at_most_minor``.

    ``keep_minor`` and the floor, whichever is more, stay available; an account without a floor keeps ``keep_minor``.
    """
    if at_most_minor < 1:
        raise LedgerRuleBroken("an amount is at least one minor unit")
    keep = keep_minor if account.floor_minor is None else max(keep_minor, account.floor_minor)
    return max(0, min(at_most_minor, account.available_minor - keep))


def reserve(debit: Account, credit: Account, hold: Hold) -> tuple[Account, Account]:
    """Reserve a new hold's amount on both sides; the floor is judged now and never again for this amount."""
    if not debit.can_spend(hold.amount_minor):
        raise LedgerRuleBroken(f"account {debit.id} cannot reserve that much")
    return (
        replace(debit, held_debits=debit.held_debits + hold.amount_minor),
        replace(credit, held_credits=credit.held_credits + hold.amount_minor),
    )


def post_part(hold: Hold, amount_minor: int, *, final: bool, now: Instant) -> tuple[Hold, int]:
    """Post ``amount_minor`` of an open hold; return the hold and how much it sets free (the rest too when ``final``).

    A resolved hold cannot be resolved again, and no more than what remains can be posted.
    """
    if not 1 <= amount_minor <= hold.remaining_minor:
        raise LedgerRuleBroken(f"hold {hold.id} has {hold.remaining_minor} left")
    released = hold.remaining_minor - amount_minor if final else 0
    posted = hold.posted_minor + amount_minor
    done = final or posted + hold.released_minor == hold.amount_minor
    after = replace(
        hold,
        posted_minor=posted,
        released_minor=hold.released_minor + released,
        status=advance(hold.status, "posted" if done else "open"),
        resolved_at=now if done else None,
    )
    return after, amount_minor + released


def release_rest(hold: Hold, *, expired: bool, now: Instant) -> tuple[Hold, int]:
    """Give back what remains of an open hold; an expiry must have come. Return the hold and what it sets free."""
    if expired and (hold.expires_at is None or hold.expires_at > now):
        raise LedgerRuleBroken(f"hold {hold.id} has not expired")
    rest = hold.remaining_minor
    after = replace(
        hold,
        released_minor=hold.released_minor + rest,
        status=advance(hold.status, "expired" if expired else "released"),
        resolved_at=now,
    )
    return after, rest


def unreserve(debit: Account, credit: Account, freed_minor: int) -> tuple[Account, Account]:
    """Take ``freed_minor`` off what both sides of a hold had reserved."""
    if debit.held_debits < freed_minor or credit.held_credits < freed_minor:
        raise LedgerRuleBroken("more is set free than was held")
    return (
        replace(debit, held_debits=debit.held_debits - freed_minor),
        replace(credit, held_credits=credit.held_credits - freed_minor),
    )
