"""Create a payment.

An ``h5`` payment waits for its payer on the hosted checkout. An ``account`` payment is posted at once (held, if it is
captured manually), or declined and stored as failed. The merchant's own number makes a repeated create harmless: equal
parameters give the existing payment, others a refusal that names each differing member.
"""

from typing import Final

import msgspec

from tongbao_platform.domain.accounts.events import transaction_posted
from tongbao_platform.domain.checkouts.model import Checkout
from tongbao_platform.domain.payments import errors
from tongbao_platform.domain.payments.events import state_reached
from tongbao_platform.domain.payments.holds import HOLD_LIFE_MS, hold_of
from tongbao_platform.domain.payments.masks import mask_account
from tongbao_platform.domain.payments.model import (
    AccountMethod,
    Attempt,
    CaptureMethod,
    Declined,
    H5Method,
    Method,
    Payment,
    PaymentStatus,
    Scene,
)
from tongbao_platform.domain.payments.postings import payment_postings
from tongbao_platform.domain.payments.return_origin import origin_of
from tongbao_platform.domain.payments.states import advance, advance_attempt, after_failed_attempt
from tongbao_platform.execution.operation import Changes, Claim, Found, Keys, Rows
from tongbao_platform.kernel.clock import DAY_MS, MINUTE_MS, Instant, later
from tongbao_platform.kernel.errors import FieldError, Refusal
from tongbao_platform.kernel.money import fee_minor
from tongbao_platform.ledger.model import Account

DEFAULT_LIFE_MS: Final = 30 * MINUTE_MS
LONGEST_LIFE_MS: Final = 7 * DAY_MS
CLAIM_KIND: Final = "merchant_order_no"


class Payee(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the payee beforehand (see ``payee.py``); the fee rule is snapshotted on the payment."""

    merchant_id: str
    account_id: str
    fee_rate_ppm: int
    fee_account_id: str
    return_origins: tuple[str, ...] = ()
    active: bool = True


class NewCheckout(msgspec.Struct, frozen=True, kw_only=True):
    """The checkout's token, drawn from ``secrets``: its SHA-256, and itself sealed by the vault."""

    token_hash: bytes
    token_sealed: bytes


class CreatePayment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment to create; defaults are filled in, except that ``expires_at`` may be left to the method's rule.

    ``payee`` is ``None`` when no merchant's account answers to what was asked. ``checkout`` is needed for ``h5``.
    For ``account`` without a payee account of its own in that currency, ``payee_account_id`` repeats the source.
    """

    payment_id: str
    creator_merchant_id: str
    client_id: str
    livemode: bool
    merchant_order_no: str
    amount_minor: int
    currency: str
    method: Method
    payee: Payee | None
    description: str = ""
    capture_method: CaptureMethod = "automatic"
    expires_at: Instant | None = None
    scene: Scene | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    checkout: NewCheckout | None = None


class CreatedPayment(msgspec.Struct, frozen=True, kw_only=True):
    """The payment; ``existing`` when an equal create had made it before."""

    payment: Payment
    existing: bool


def claims(command: CreatePayment) -> tuple[Claim, ...]:
    """Claim the merchant's own number for ever."""
    return (_number(command),)


def keys(command: CreatePayment, found: Found) -> Keys:
    """Name the accounts that an ``account`` payment moves; an ``h5`` payment moves nothing yet."""
    del found
    method = command.method
    if isinstance(method, H5Method):
        return Keys()
    if command.payee is None:
        return Keys(accounts=(method.source_account_id,))
    return Keys(accounts=(method.source_account_id, method.payee_account_id, command.payee.fee_account_id))


def decide(rows: Rows, command: CreatePayment, now: Instant) -> Changes | Refusal:
    """Store the payment, post it where nothing is to wait for, or give back the one that has its number."""
    existing_id = rows.taken(_number(command))
    if existing_id is not None:
        return _repeated(rows.get(Payment, existing_id), command)
    refusal = _check_expiry(command, now)
    if refusal is not None:
        return refusal
    if isinstance(command.method, H5Method):
        return _open_checkout(command, command.method, now)
    return _pay_from_account(rows, command, command.method, now)


def _number(command: CreatePayment) -> Claim:
    return Claim(CLAIM_KIND, command.creator_merchant_id, command.merchant_order_no, command.payment_id, Payment)


def _repeated(payment: Payment | None, command: CreatePayment) -> Changes | Refusal:
    if payment is None:
        return errors.NOT_FOUND
    differing = _differences(payment, command)
    if differing:
        return errors.number_conflict(differing)
    return Changes(result=CreatedPayment(payment=payment, existing=True))


def _differences(payment: Payment, command: CreatePayment) -> tuple[str, ...]:
    # What was ordered never changes on a payment, so the payment is its own memory of the first command.
    pairs = [
        ("/amount/value", payment.amount_minor, command.amount_minor),
        ("/amount/currency", payment.currency, command.currency),
        ("/description", payment.description, command.description),
        ("/capture_method", payment.capture_method, command.capture_method),
        ("/metadata", payment.metadata, command.metadata),
    ]
    before, after = payment.method, command.method
    if isinstance(before, H5Method) and isinstance(after, H5Method):
        pairs.append(("/method/return_url", before.return_url, after.return_url))
    elif isinstance(before, AccountMethod) and isinstance(after, AccountMethod):
        pairs.append(("/method/source_account_id", before.source_account_id, after.source_account_id))
        pairs.append(("/method/payee_account_id", before.payee_account_id, after.payee_account_id))
    else:
        pairs.append(("/method/type", False, True))
    return tuple(pointer for pointer, old, new in pairs if old != new)


def _check_expiry(command: CreatePayment, now: Instant) -> Refusal | None:
    expires_at = command.expires_at
    if expires_at is None:
        return None
    if expires_at <= now:
        return errors.invalid_fields(FieldError("/expires_at", "too_small", "The time has passed already."))
    if expires_at > later(now, LONGEST_LIFE_MS):
        return errors.invalid_fields(FieldError("/expires_at", "too_large", "At most 7 days from now."))
    return None


def _open_checkout(command: CreatePayment, method: H5Method, now: Instant) -> Changes | Refusal:
    payee, checkout = command.payee, command.checkout
    if payee is None:
        return errors.currency_mismatch("The merchant has no account in this currency.")
    if checkout is None:
        raise ValueError("an h5 payment needs a checkout token")
    if origin_of(method.return_url) not in payee.return_origins:
        return errors.RETURN_URL_NOT_REGISTERED
    expires_at = command.expires_at if command.expires_at is not None else later(now, DEFAULT_LIFE_MS)
    payment = Payment(
        id=command.payment_id,
        livemode=command.livemode,
        revision=1,
        status=advance(None, "requires_action"),
        merchant_id=payee.merchant_id,
        payer_merchant_id=None,
        creator_merchant_id=command.creator_merchant_id,
        client_id=command.client_id,
        merchant_order_no=command.merchant_order_no,
        amount_minor=command.amount_minor,
        currency=command.currency,
        description=command.description,
        method_type="h5",
        method=method,
        capture_method=command.capture_method,
        scene=command.scene,
        metadata=command.metadata,
        fee_rate_ppm=payee.fee_rate_ppm,
        payee_account_id=payee.account_id,
        fee_account_id=payee.fee_account_id,
        created_at=now,
        expires_at=expires_at,
        checkout_token_sealed=checkout.token_sealed,
    )
    page = Checkout(
        id=payment.id,
        merchant_id=payee.merchant_id,
        token_hash=checkout.token_hash,
        customer_id=None,
        claimed_at=None,
        created_at=now,
        expires_at=expires_at,
    )
    return Changes(
        result=CreatedPayment(payment=payment, existing=False),
        insert=(payment, page),
        events=(state_reached(payment),),
    )


def _pay_from_account(rows: Rows, command: CreatePayment, method: AccountMethod, now: Instant) -> Changes | Refusal:
    source = rows.account(method.source_account_id)
    target = rows.account(method.payee_account_id)
    payee = command.payee
    if source is None or source.owner_id != command.creator_merchant_id:
        return errors.invalid_fields(
            FieldError("/method/source_account_id", "not_found", "There is no such account of yours.")
        )
    if payee is None or target is None or target.kind != "merchant" or target.owner_id != payee.merchant_id:
        return errors.invalid_fields(
            FieldError("/method/payee_account_id", "not_found", "There is no such merchant's account.")
        )
    if target.owner_id == source.owner_id:
        return errors.invalid_fields(
            FieldError("/method/payee_account_id", "not_allowed", "The payee must be another merchant.")
        )
    if source.currency != command.currency or target.currency != command.currency:
        return errors.currency_mismatch("Both accounts must hold the amount's currency.")
    declined = _reason_to_decline(source, target, payee, command.amount_minor)
    payment = _account_payment(command, payee, declined, now)
    result = CreatedPayment(payment=payment, existing=False)
    if declined is not None:
        return Changes(result=result, insert=(payment,), events=(state_reached(payment),))
    if payment.status == "authorized":
        hold = hold_of(payment, source.id)
        return Changes(result=result, insert=(payment,), ledger=(hold,), events=(state_reached(payment),))
    return Changes(
        result=result,
        insert=(payment,),
        ledger=payment_postings(payment, source.id),
        events=(
            state_reached(payment),
            transaction_posted(source, 1),
            transaction_posted(target, 2 if payment.fee_minor else 1),
        ),
    )


def _reason_to_decline(source: Account, target: Account, payee: Payee, amount_minor: int) -> Declined | None:
    if source.status != "open":
        return errors.PAYER_ACCOUNT_UNAVAILABLE
    if target.status != "open" or not payee.active:
        return errors.PAYEE_ACCOUNT_UNAVAILABLE
    return None if source.can_spend(amount_minor) else errors.INSUFFICIENT_FUNDS


def _account_payment(command: CreatePayment, payee: Payee, declined: Declined | None, now: Instant) -> Payment:
    outcome: PaymentStatus = "authorized" if command.capture_method == "manual" else "succeeded"
    if declined is not None:
        outcome = after_failed_attempt("account")
    paid = outcome == "succeeded"
    attempt = Attempt(
        number=1,
        status=advance_attempt(None, "created", "authenticating", "submitted", "failed" if declined else "succeeded"),
        created_at=now,
        ended_at=now,
        error=declined,
    )
    method = command.method
    source_id = method.source_account_id if isinstance(method, AccountMethod) else ""
    return Payment(
        id=command.payment_id,
        livemode=command.livemode,
        revision=1,
        status=advance(None, "processing", outcome),
        merchant_id=payee.merchant_id,
        payer_merchant_id=command.creator_merchant_id,
        creator_merchant_id=command.creator_merchant_id,
        client_id=command.client_id,
        merchant_order_no=command.merchant_order_no,
        amount_minor=command.amount_minor,
        currency=command.currency,
        description=command.description,
        method_type="account",
        method=method,
        capture_method=command.capture_method,
        scene=command.scene,
        metadata=command.metadata,
        fee_rate_ppm=payee.fee_rate_ppm,
        payee_account_id=payee.account_id,
        fee_account_id=payee.fee_account_id,
        created_at=now,
        expires_at=command.expires_at,
        amount_captured_minor=command.amount_minor if paid else 0,
        fee_minor=fee_minor(command.amount_minor, payee.fee_rate_ppm) if paid else 0,
        last_error=declined,
        attempts=(attempt,),
        payer_account_id=source_id,
        payer_masked=mask_account(source_id),
        succeeded_at=now if paid else None,
        capture_before=later(now, HOLD_LIFE_MS) if outcome == "authorized" else None,
    )
