"""Convert money of one owner from one currency into another, through the bank's positions in both.

Two transfers, four entries: the owner's account → the position in the sold currency, the position in the bought
currency → the owner's other account; and the bank's margin, in the sold currency, to fee income. All of it is one
group. No transfer crosses currencies, so each currency sums to zero by itself; what the bank gained and owes by
converting stands as the balances of its ``fx_position`` accounts.
"""

from typing import Final

import msgspec

from tongbao_platform.domain.accounts import errors
from tongbao_platform.domain.accounts.events import transaction_posted
from tongbao_platform.domain.accounts.rates import Rate, converted_minor
from tongbao_platform.execution.operation import Changes, Claim, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.kernel.money import PPM, fee_minor
from tongbao_platform.ledger.instructions import Post
from tongbao_platform.ledger.model import Account

CLAIM_KIND: Final = "conversion"
# What an amount of the API can say, and far less than a balance can hold.
MOST_BOUGHT_MINOR: Final = 2**53 - 1
TOO_MUCH: Final = Refusal(code="amount_too_large", detail="It buys more than an amount can say.")
TOO_LITTLE: Final = Refusal(code="amount_too_small", detail="It buys less than one minor unit of the other currency.")


class ConvertMoney(msgspec.Struct, frozen=True, kw_only=True):
    """Sell ``sell_minor`` (greater than zero) from one account; what it buys at ``rate`` goes to the other.

    The margin is ``margin_ppm`` (0 to below 1,000,000) of what is sold, rounded half up as every fee; the rest is
    converted and rounded down. ``reference_id`` names the conversion and works once. The rate is a snapshot: it was
    drawn before and is kept with the transfers.
    """

    reference_id: str
    from_account_id: str
    to_account_id: str
    from_position_id: str
    to_position_id: str
    fee_account_id: str
    sell_minor: int
    rate: Rate
    margin_ppm: int = 0

    def __post_init__(self) -> None:
        if self.sell_minor < 1 or not 0 <= self.margin_ppm < PPM:
            raise ValueError("at least one minor unit is sold, and the margin is less than all of it")


class Converted(msgspec.Struct, frozen=True):
    """What moved, each in minor units: ``sold`` includes ``margin``; ``bought`` is of the other currency."""

    sold_minor: int
    margin_minor: int
    bought_minor: int


class _Parties(msgspec.Struct, frozen=True):
    source: Account
    target: Account
    sold_position: Account
    bought_position: Account
    fee_income: Account


def claims(command: ConvertMoney) -> tuple[Claim, ...]:
    """Claim the reference for ever."""
    return (Claim(CLAIM_KIND, command.from_account_id, command.reference_id, command.reference_id),)


def keys(command: ConvertMoney, found: Found) -> Keys:
    """Name the five accounts."""
    del found
    return Keys(
        accounts=(
            command.from_account_id,
            command.to_account_id,
            command.from_position_id,
            command.to_position_id,
            command.fee_account_id,
        )
    )


def decide(rows: Rows, command: ConvertMoney, now: Instant) -> Changes | Refusal:
    """Convert, or say why not."""
    del now
    if rows.taken(claims(command)[0]) is not None:
        return errors.REFERENCE_USED
    parties = _parties(rows, command)
    if isinstance(parties, Refusal):
        return parties
    source, target = parties.source, parties.target
    if not source.can_spend(command.sell_minor):
        return errors.insufficient(source, command.sell_minor)
    margin = fee_minor(command.sell_minor, command.margin_ppm)
    exchanged = command.sell_minor - margin
    bought = converted_minor(exchanged, command.rate, source.currency, target.currency)
    if exchanged < 1 or bought < 1:
        return TOO_LITTLE
    if bought > MOST_BOUGHT_MINOR:
        return TOO_MUCH
    told = tuple(
        transaction_posted(account, entries)
        for account, entries in ((source, 2 if margin else 1), (target, 1))
        if account.kind == "merchant"
    )
    rate = f"{command.rate.numerator}/{command.rate.denominator}"
    detail = f"{command.sell_minor} {source.currency} bought {bought} {target.currency} at {rate}, margin {margin}"
    return Changes(
        result=Converted(command.sell_minor, margin, bought),
        ledger=_postings(command, parties, (exchanged, bought, margin)),
        events=told,
        audit=(NewAuditEntry(action="account.convert", object_type="account", object_id=source.id, detail=detail),),
    )


def _parties(rows: Rows, command: ConvertMoney) -> _Parties | Refusal:
    source, target = rows.account(command.from_account_id), rows.account(command.to_account_id)
    sold_position, bought_position = rows.account(command.from_position_id), rows.account(command.to_position_id)
    fee_income = rows.account(command.fee_account_id)
    if source is None or target is None or sold_position is None or bought_position is None or fee_income is None:
        return errors.NOT_FOUND
    if source.owner_id is None or source.owner_id != target.owner_id:
        return Refusal(code="wrong_account_owner", detail="Both accounts must belong to one customer or merchant.")
    for account, kind in ((sold_position, "fx_position"), (bought_position, "fx_position"), (fee_income, "fee_income")):
        if account.kind != kind:
            return errors.wrong_kind(account, kind)
    for account in (source, target, sold_position, bought_position, fee_income):
        if account.status != "open":
            return errors.not_open(account)
    if source.currency == target.currency:
        return Refusal(code="currency_mismatch", detail="There is nothing to convert: the currencies are the same.")
    if {sold_position.currency, fee_income.currency} != {source.currency}:
        return errors.CURRENCY_MISMATCH
    if bought_position.currency != target.currency:
        return errors.CURRENCY_MISMATCH
    return _Parties(source, target, sold_position, bought_position, fee_income)


def _postings(command: ConvertMoney, parties: _Parties, amounts: tuple[int, int, int]) -> tuple[Post, ...]:
    exchanged, bought, margin = amounts
    rate = f"{parties.source.currency}/{parties.target.currency} {command.rate.numerator}/{command.rate.denominator}"
    moves = [
        (parties.source, parties.sold_position, exchanged, "conversion"),
        (parties.bought_position, parties.target, bought, "conversion"),
    ]
    if margin:
        moves.append((parties.source, parties.fee_income, margin, "conversion_margin"))
    return tuple(
        Post(
            debit_account_id=debit.id,
            credit_account_id=credit.id,
            amount_minor=amount_minor,
            type=kind,
            reference_type="conversion",
            reference_id=command.reference_id,
            description=rate,
        )
        for debit, credit, amount_minor, kind in moves
    )
