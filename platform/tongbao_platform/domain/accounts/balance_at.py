"""What an account held at a past moment."""

from tongbao_platform.domain.accounts.model import Balance
from tongbao_platform.domain.accounts.store import AccountStore
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import Instant


async def balance_at(reader: Reader, owner_id: str | None, account_id: str, at: Instant) -> Balance | None:
    """Return the balance with all that had occurred at ``at`` (inclusive); ``None`` for strangers and unknown ids.

    Before its opening an account held 0. Entries that are being committed now may bear the present second, so a
    moment's balance is final once some seconds have passed.
    """
    store = AccountStore(reader, owner_id)
    # First what is held: a capture between the two reads then counts twice for a moment, and never not at all.
    held_minor = await store.held_at(account_id, at)
    account = await store.get(account_id)
    if account is None:
        return None
    posted_minor = await _posted_at(store, account.id, account.seq, at)
    return Balance(
        account_id=account.id,
        currency=account.currency,
        posted_minor=posted_minor,
        available_minor=posted_minor - held_minor,
        held_minor=held_minor,
        as_of=at,
    )


async def _posted_at(store: AccountStore, account_id: str, last_seq: int, at: Instant) -> int:
    """Find the last entry at or before ``at`` by halving: an account's entries never go back in time.

    That takes about 20 look-ups by key for a million entries, however far back ``at`` lies.
    """
    known_before, known_after, balance_minor = 0, last_seq + 1, 0
    while known_after - known_before > 1:
        middle = (known_before + known_after) // 2
        entry = await store.entry(account_id, middle)
        if entry is not None and entry.occurred_at <= at:
            known_before, balance_minor = middle, entry.balance_after_minor
        else:
            known_after = middle
    return balance_minor
