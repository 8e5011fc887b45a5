"""The public id of an entry, derived from its transfer: nothing more is stored.

A transfer's id has an even lowest bit. Its debit entry has the same 128 bits behind ``txn_``, its credit entry the same
with the lowest bit set.
"""

from typing import Final

_UP: Final = dict(zip("02468acegjmprtwy", "13579bdfhknqsvxz", strict=True))


def entry_id(transfer_id: str, *, is_credit: bool) -> str:
    """Return the ``txn_`` id of one side of the transfer."""
    suffix = transfer_id[-26:]
    return f"txn_{suffix[:-1]}{_UP[suffix[-1]]}" if is_credit else f"txn_{suffix}"
