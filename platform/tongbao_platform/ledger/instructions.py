"""What an operation may ask of the book."""

import msgspec

from tongbao_platform.kernel.clock import Instant


class Post(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Move ``amount_minor`` (greater than zero) from the debit account to the credit account.

    ``type`` is what the account holder reads (payment, fee, refund, fee_refund, deposit, …); ``reference_type`` and
    ``reference_id`` name the object that caused it.
    """

    debit_account_id: str
    credit_account_id: str
    amount_minor: int
    type: str
    reference_type: str
    reference_id: str
    description: str = ""


class PostAtMost(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Move what the debit account can spare, at most ``at_most_minor`` (TigerBeetle's balancing debit).

    It keeps ``keep_minor`` available, and never less than its floor. With nothing to spare, nothing is posted. How much
    it will be is ``rules.spare``: an operation asks it with the account it sees, and reports that.
    """

    debit_account_id: str
    credit_account_id: str
    at_most_minor: int
    type: str
    reference_type: str
    reference_id: str
    keep_minor: int = 0
    description: str = ""


class OpenHold(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Reserve ``amount_minor`` on the debit account in favour of the credit account."""

    hold_id: str
    debit_account_id: str
    credit_account_id: str
    amount_minor: int
    reference_type: str
    reference_id: str
    expires_at: Instant | None = None


class PostHold(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Turn ``amount_minor`` of a hold into a transfer; ``final`` releases the rest."""

    hold_id: str
    amount_minor: int
    type: str
    description: str = ""
    final: bool = True


class ReleaseHold(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Give the rest of a hold back; ``expired`` tells that its time had passed."""

    hold_id: str
    expired: bool = False


LedgerInstruction = Post | PostAtMost | OpenHold | PostHold | ReleaseHold
