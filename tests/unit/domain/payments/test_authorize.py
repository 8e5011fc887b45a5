"""Authorizing: the money is held for the payee; for an h5 payment once its payer agrees, else at once."""

import msgspec
from msgspec.structs import replace

from tests.factories.payments import SHOP, account_payment, authorized, confirmation, h5_payment, waiting, world
from tests.factories.rows import START, FakeBank
from tongbao_platform.domain.checkouts import claim
from tongbao_platform.domain.checkouts.claim import ClaimCheckout
from tongbao_platform.domain.customers.model import Customer
from tongbao_platform.domain.payments import capture, close, confirm, create, expire, void
from tongbao_platform.domain.payments.capture import CapturePayment
from tongbao_platform.domain.payments.close import ClosePayment
from tongbao_platform.domain.payments.confirm import ConfirmedPayment
from tongbao_platform.domain.payments.create import CreatedPayment
from tongbao_platform.domain.payments.expire import ExpirePayment
from tongbao_platform.domain.payments.model import AccountMethod, Payment
from tongbao_platform.domain.payments.states import allowed_actions
from tongbao_platform.domain.payments.void import VoidPayment
from tongbao_platform.kernel.clock import DAY_MS, Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.model import Hold

IN_A_WEEK = Instant(START + 7 * DAY_MS)


def held(bank: FakeBank, account_id: str) -> tuple[int, int, int]:
    """Return an account's balance, what may be spent of it, and what is announced to it."""
    account = bank.book.accounts[account_id]
    return account.balance_minor, account.available_minor, account.held_credits


def waiting_for_payer(bank: FakeBank) -> None:
    bank.run(create, h5_payment(capture_method="manual"))
    bank.run(claim, ClaimCheckout(checkout_id="pay_1", customer_id="cus_zhang"))
    bank.events.clear()


def test_an_account_payment_holds_the_money_for_a_week() -> None:
    bank = world(payer_minor=10_000)
    payment = authorized(bank)
    assert (payment.status, payment.revision, payment.capture_before) == ("authorized", 1, IN_A_WEEK)
    assert (payment.amount_captured_minor, payment.capturable_minor, payment.fee_minor) == (0, 10_000, 0)
    assert (payment.succeeded_at, payment.refundable_minor, payment.captures) == (None, 0, ())
    assert payment.attempts[0].status == "succeeded"
    assert allowed_actions(payment) == ("capture", "void")
    assert held(bank, "acc_buyer") == (10_000, 0, 0)
    # What is announced gives no spending power.
    assert held(bank, "acc_shop") == (0, 0, 10_000)
    assert not bank.book.transfers
    assert bank.book.holds["hld_1"] == Hold(
        id="hld_1",
        debit_account_id="acc_buyer",
        credit_account_id="acc_shop",
        amount_minor=10_000,
        currency="CNY",
        reference_type="payment",
        reference_id="pay_1",
        expires_at=IN_A_WEEK,
        created_at=START,
    )


def test_one_event_tells_both_merchants() -> None:
    bank = world()
    payment = authorized(bank)
    (told,) = bank.events
    assert (told.type, told.revision, told.merchant_ids) == ("payment.authorized", 1, ("mch_shop", "mch_buyer"))
    assert msgspec.json.decode(told.snapshot, type=Payment) == payment


def test_what_is_held_is_not_spent_again() -> None:
    bank = world(payer_minor=100)
    authorized(bank, "1", 80)
    for method in ("automatic", "manual"):
        declined = bank.run(create, account_payment(f"2-{method}", 30, capture_method=method)).payment
        assert (declined.status, declined.last_error.code) == ("failed", "insufficient_funds")
        assert (declined.capture_before, declined.capturable_minor) == (None, 0)
    assert bank.run(create, account_payment("3", 20)).payment.status == "succeeded"
    assert held(bank, "acc_buyer") == (80, 0, 0)


def test_what_is_announced_is_not_spent_before_it_is_captured() -> None:
    bank = world(shop_minor=0)
    authorized(bank)
    back = replace(
        account_payment("2", 1),
        creator_merchant_id="mch_shop",
        method=AccountMethod("acc_shop", "acc_buyer"),
        payee=replace(SHOP, merchant_id="mch_buyer", account_id="acc_buyer"),
    )
    assert bank.run(create, back).payment.last_error.code == "insufficient_funds"


def test_the_same_number_gives_the_authorized_payment_and_another_method_of_capture_a_conflict() -> None:
    bank = world()
    payment = authorized(bank)
    again = bank.run(create, account_payment(capture_method="manual"))
    assert again == CreatedPayment(payment=payment, existing=True)
    conflict = bank.run(create, account_payment())
    assert [error.pointer for error in conflict.errors] == ["/capture_method"]
    assert len(bank.book.holds) == 1


def test_a_payer_agrees_and_the_money_is_held() -> None:
    bank = world(customer_minor=10_000)
    waiting_for_payer(bank)
    bank.put(replace(bank.row(Customer, "cus_zhang"), pin_failures=2))
    bank.now = Instant(START + 60_000)
    result = bank.run(confirm, confirmation())
    payment = bank.row(Payment, "pay_1")
    assert result == ConfirmedPayment(payment=payment, outcome="authorized")
    assert (payment.status, payment.revision, payment.succeeded_at) == ("authorized", 2, None)
    assert payment.capture_before == IN_A_WEEK + 60_000
    assert (payment.payer_customer_id, payment.payer_account_id) == ("cus_zhang", "acc_zhang")
    assert (payment.amount_captured_minor, payment.fee_minor) == (0, 0)
    assert held(bank, "acc_zhang") == (10_000, 0, 0)
    assert held(bank, "acc_shop") == (0, 0, 10_000)
    assert [(event.type, event.revision) for event in bank.events] == [("payment.authorized", 2)]
    assert bank.row(Customer, "cus_zhang").pin_failures == 0


def test_agreeing_twice_holds_once_and_the_captured_payment_is_the_payers_too() -> None:
    bank = world()
    waiting_for_payer(bank)
    first = bank.run(confirm, confirmation()).payment
    again = bank.run(confirm, confirmation(attempt_key="form-2"))
    assert again == ConfirmedPayment(payment=first, outcome="already_authorized")
    assert len(bank.book.holds) == 1
    captured = bank.run(capture, CapturePayment(payment_id="pay_1")).payment
    again = bank.run(confirm, confirmation(attempt_key="form-3"))
    assert again == ConfirmedPayment(payment=captured, outcome="already_succeeded")
    assert (bank.balance("acc_zhang"), bank.balance("acc_shop")) == (90_000, 9_940)


def test_another_payers_authorization_and_a_voided_one_are_not_given_out() -> None:
    bank = world()
    waiting_for_payer(bank)
    payment = bank.run(confirm, confirmation()).payment
    bank.put(replace(payment, payer_customer_id="cus_li"))
    assert bank.run(confirm, confirmation()).code == "payment_invalid_state"
    bank.put(payment)
    bank.run(void, VoidPayment(payment_id="pay_1"))
    assert bank.run(confirm, confirmation()).code == "payment_invalid_state"


def test_what_is_held_does_not_pay_on_the_checkout() -> None:
    bank = world(customer_minor=15_000)
    waiting_for_payer(bank)
    bank.run(confirm, confirmation())
    waiting(bank, "2")
    declined = bank.run(confirm, confirmation("2"))
    assert (declined.outcome, declined.payment.last_error.code) == ("declined", "insufficient_funds")


def test_an_authorized_payment_is_neither_closed_nor_expired_like_an_unpaid_one() -> None:
    bank = world()
    waiting_for_payer(bank)
    payment = bank.run(confirm, confirmation()).payment
    refusal = bank.run(close, ClosePayment(payment_id="pay_1"))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.current_status) == ("payment_invalid_state", "authorized")
    assert refusal.allowed_actions == ("capture", "void")
    assert payment.expires_at is not None
    bank.now = payment.expires_at
    assert not bank.run(expire, ExpirePayment(payment_id="pay_1")).changed
