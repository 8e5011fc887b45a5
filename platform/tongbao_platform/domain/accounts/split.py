"""Split fee income between several parties (a partner, a scheme, the bank's branch): one group, all or none.

The parts are those of ``ledger.shares.share_out``: they add up to the amount exactly, the units left over by rounding
going to the largest remainders.
"""

from typing import Final

import msgspec

from tongbao_platform.domain.accounts import errors
from tongbao_platform.domain.accounts.events import transaction_posted
from tongbao_platform.execution.operation import Changes, Claim, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.instructions import Post
from tongbao_platform.ledger.model import Account
from tongbao_platform.ledger.shares import share_out

CLAIM_KIND: Final = "fee_split"
MOST_SHARES: Final = 50


class Share(msgspec.Struct, frozen=True):
    """What part of the amount, in parts per million, goes to which account."""

    account_id: str
    ppm: int


class SplitFee(msgspec.Struct, frozen=True, kw_only=True):
    """Divide ``amount_minor`` (greater than zero) of a fee-income account; ``reference_id`` works once.

    The shares add up to 1,000,000 ppm and name different accounts. An account whose part is rounded to 0 gets nothing.
    """

    reference_id: str
    from_account_id: str
    amount_minor: int
    shares: tuple[Share, ...]

    def __post_init__(self) -> None:
        if self.amount_minor < 1 or not 1 <= len(self.shares) <= MOST_SHARES:
            raise ValueError(f"at least one minor unit goes to 1 to {MOST_SHARES} parties")
        if len({share.account_id for share in self.shares}) != len(self.shares):
            raise ValueError("each party has one share")
        share_out(self.amount_minor, [share.ppm for share in self.shares])


class SplitPart(msgspec.Struct, frozen=True):
    """What one account got, in minor units."""

    account_id: str
    amount_minor: int


def claims(command: SplitFee) -> tuple[Claim, ...]:
    """Claim the reference for ever."""
    return (Claim(CLAIM_KIND, command.from_account_id, command.reference_id, command.reference_id),)


def keys(command: SplitFee, found: Found) -> Keys:
    """Name the fee-income account and every party's."""
    del found
    return Keys(accounts=(command.from_account_id, *(share.account_id for share in command.shares)))


def decide(rows: Rows, command: SplitFee, now: Instant) -> Changes | Refusal:
    """Post every part; the result lists them in the order of the shares."""
    del now
    if rows.taken(claims(command)[0]) is not None:
        return errors.REFERENCE_USED
    source = rows.account(command.from_account_id)
    if source is None:
        return errors.NOT_FOUND
    if source.kind != "fee_income":
        return errors.wrong_kind(source, "fee_income")
    targets: list[Account] = []
    for share in command.shares:
        target = rows.account(share.account_id)
        refusal = _unfit(source, target)
        if refusal is not None:
            return refusal
        targets += [target] if target is not None else []
    if source.status != "open":
        return errors.not_open(source)
    # Its floor would let it pass: only what was earned is divided.
    if source.available_minor < command.amount_minor:
        return errors.insufficient(source, command.amount_minor)
    amounts = share_out(command.amount_minor, [share.ppm for share in command.shares])
    parts = [(target, amount) for target, amount in zip(targets, amounts, strict=True) if amount]
    return Changes(
        result=tuple(
            SplitPart(share.account_id, amount) for share, amount in zip(command.shares, amounts, strict=True)
        ),
        ledger=tuple(_part(command, target, amount) for target, amount in parts),
        events=tuple(transaction_posted(target, 1) for target, _ in parts if target.kind == "merchant"),
        audit=(NewAuditEntry(action="account.split_fee", object_type="account", object_id=source.id),),
    )


def _unfit(source: Account, target: Account | None) -> Refusal | None:
    if target is None:
        return errors.NOT_FOUND
    if target.id == source.id:
        return errors.wrong_kind(target, "another account")
    if target.currency != source.currency:
        return errors.CURRENCY_MISMATCH
    return errors.not_open(target) if target.status != "open" else None


def _part(command: SplitFee, target: Account, amount_minor: int) -> Post:
    return Post(
        debit_account_id=command.from_account_id,
        credit_account_id=target.id,
        amount_minor=amount_minor,
        type="fee_share",
        reference_type="fee_split",
        reference_id=command.reference_id,
    )
