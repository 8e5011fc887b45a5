"""The events of accounts. They go out thin: account data is fetched, not pushed."""

from typing import Final

from tongbao_platform.domain.accounts.model import account_revision
from tongbao_platform.ledger.model import Account
from tongbao_platform.outbox.event import NewEvent

TRANSACTION_POSTED: Final = "account.transaction_posted"
EVENT_TYPES: Final = (TRANSACTION_POSTED,)


def transaction_posted(account: Account, entries: int) -> NewEvent:
    """Tell the owner of ``account`` (as it stood before the change) that ``entries`` entries were added to it.

    One event for all changes that are committed together, whatever the number of entries; ``revision`` is the
    account's after the last of them.
    """
    return NewEvent(
        type=TRANSACTION_POSTED,
        subject_type="account",
        subject_id=account.id,
        revision=account_revision(account.seq + entries, account.status_changes),
        merchant_ids=(account.owner_id or "",),
        snapshot=b'{"id":"%s"}' % account.id.encode(),
        latest_only=True,
    )
