"""How the book's values are stored."""

from typing import Final

from tongbao_platform.ledger.model import Account, Entry, Hold, Transfer
from tongbao_platform.ledger.tables import ACCOUNTS as ACCOUNT_TABLE
from tongbao_platform.ledger.tables import ENTRIES as ENTRY_TABLE
from tongbao_platform.ledger.tables import HOLDS as HOLD_TABLE
from tongbao_platform.ledger.tables import TRANSFERS as TRANSFER_TABLE
from tongbao_platform.storage.rowset import RowSet

ACCOUNTS: Final = RowSet(
    Account,
    ACCOUNT_TABLE,
    order=("lock_rank", "id"),
    mutable=(
        "floor_minor",
        "status",
        "posted_debits",
        "posted_credits",
        "held_debits",
        "held_credits",
        "seq",
        "last_entry_at",
        "status_changes",
    ),
    tenants=lambda account: (account.owner_id,),
)
TRANSFERS: Final = RowSet(Transfer, TRANSFER_TABLE, mutable=())
ENTRIES: Final = RowSet(Entry, ENTRY_TABLE, key=("account_id", "seq"), mutable=())
HOLDS: Final = RowSet(Hold, HOLD_TABLE, mutable=("posted_minor", "released_minor", "status", "resolved_at"))
