"""Confirming on the checkout: owner, PIN, money, and one attempt for one form."""

import msgspec
import pytest
from msgspec.structs import replace

from tests.factories.payments import ZHANG, confirmation, h5_payment, paid_by_customer, waiting, world
from tests.factories.rows import START, FakeBank
from tongbao_platform.domain.checkouts.model import Checkout
from tongbao_platform.domain.customers.model import Customer
from tongbao_platform.domain.payments import close, confirm, create
from tongbao_platform.domain.payments.attempts import KEPT
from tongbao_platform.domain.payments.close import ClosePayment
from tongbao_platform.domain.payments.confirm import ConfirmedPayment
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.model import AccountStatus


def code_of(result: object) -> str:
    assert isinstance(result, Refusal)
    return result.code


def test_money_and_fee_move_and_the_payment_succeeds() -> None:
    bank = world(customer_minor=10_000)
    waiting(bank)
    bank.events.clear()
    result = bank.run(confirm, confirmation())
    payment = bank.row(Payment, "pay_1")
    assert result == ConfirmedPayment(payment=payment, outcome="succeeded")
    assert (bank.balance("acc_zhang"), bank.balance("acc_shop"), bank.balance("acc_fee")) == (0, 9_940, 60)
    assert len({transfer.group_id for transfer in bank.book.transfers}) == 1
    assert (payment.status, payment.revision, payment.succeeded_at) == ("succeeded", 2, START)
    assert (payment.amount_captured_minor, payment.fee_minor) == (10_000, 60)
    assert (payment.payer_customer_id, payment.payer_account_id) == ("cus_zhang", "acc_zhang")
    assert payment.payer_masked == "*三 ****hang"
    told, posted = bank.events
    assert (told.type, told.revision) == ("payment.succeeded", 2)
    assert msgspec.json.decode(told.snapshot, type=Payment).status == "succeeded"
    assert (posted.subject_id, posted.revision) == ("acc_shop", bank.book.accounts["acc_shop"].seq + 1)


def test_confirming_twice_pays_once() -> None:
    bank = world()
    first = paid_by_customer(bank)
    for form in ("form-1", "form-2"):
        again = bank.run(confirm, confirmation(attempt_key=form))
        assert again == ConfirmedPayment(payment=first, outcome="already_succeeded")
    assert len(bank.book.transfers) == 2


def test_only_the_owner_of_the_checkout_confirms() -> None:
    bank = world()
    waiting(bank)
    bank.put(replace(ZHANG, id="cus_li", login="li"))
    assert code_of(bank.run(confirm, confirmation(customer_id="cus_li"))) == "checkout_owned_by_another"
    assert code_of(bank.run(confirm, confirmation(customer_id="cus_unknown"))) == "checkout_owned_by_another"
    bank.put(replace(bank.row(Checkout, "pay_1"), customer_id=None, claimed_at=None))
    assert code_of(bank.run(confirm, confirmation())) == "checkout_owned_by_another"


def test_another_payer_does_not_learn_of_a_paid_payment() -> None:
    bank = world()
    paid_by_customer(bank)
    bank.put(replace(ZHANG, id="cus_li", login="li"))
    assert code_of(bank.run(confirm, confirmation(customer_id="cus_li"))) == "checkout_owned_by_another"


def test_what_someone_else_has_paid_is_not_given_out_as_ones_own() -> None:
    bank = world()
    payment = paid_by_customer(bank)
    bank.put(replace(payment, payer_customer_id="cus_li"))
    assert code_of(bank.run(confirm, confirmation())) == "payment_invalid_state"


def test_a_locked_pin_and_a_changed_pin_confirm_nothing() -> None:
    bank = world()
    waiting(bank)
    bank.put(replace(ZHANG, pin_hash="new-hash"))
    assert code_of(bank.run(confirm, confirmation())) == "pin_wrong"
    bank.put(replace(ZHANG, pin_failures=5, pin_locked_at=START))
    assert code_of(bank.run(confirm, confirmation())) == "pin_locked"
    assert not bank.book.transfers


def test_a_right_pin_forgives_the_wrong_ones() -> None:
    bank = world()
    waiting(bank)
    bank.put(replace(ZHANG, pin_failures=4))
    bank.run(confirm, confirmation())
    assert bank.row(Customer, "cus_zhang").pin_failures == 0


def test_the_account_is_the_payers_own_and_of_the_currency() -> None:
    bank = world()
    waiting(bank)
    for account_id in ("acc_buyer", "acc_shop", "acc_unknown"):
        assert code_of(bank.run(confirm, confirmation(payer_account_id=account_id))) == "account_unknown"
    bank.put(replace(bank.book.accounts["acc_zhang"], currency="USD"))
    assert code_of(bank.run(confirm, confirmation())) == "currency_mismatch"


def test_without_funds_the_payment_goes_on_waiting() -> None:
    bank = world(customer_minor=9_999)
    waiting(bank)
    bank.events.clear()
    result = bank.run(confirm, confirmation())
    payment = bank.row(Payment, "pay_1")
    assert result == ConfirmedPayment(payment=payment, outcome="declined")
    assert (payment.status, payment.revision) == ("requires_action", 2)
    assert payment.last_error is not None
    assert payment.last_error.code == "insufficient_funds"
    assert [(attempt.number, attempt.status) for attempt in payment.attempts] == [(1, "failed")]
    assert (bank.events, bank.book.transfers) == ([], [])


def test_one_form_is_one_attempt_and_the_next_may_succeed() -> None:
    bank = world(customer_minor=0)
    waiting(bank)
    first = bank.run(confirm, confirmation())
    bank.put(replace(bank.book.accounts["acc_zhang"], posted_credits=10_000))
    assert bank.run(confirm, confirmation()) == first
    second = bank.run(confirm, confirmation(attempt_key="form-2"))
    assert second.outcome == "succeeded"
    assert second.payment.last_error is None
    assert [(attempt.number, attempt.status) for attempt in second.payment.attempts] == [
        (2, "succeeded"),
        (1, "failed"),
    ]


def test_the_number_of_attempts_kept_is_limited() -> None:
    bank = world(customer_minor=0)
    waiting(bank)
    for number in range(KEPT + 5):
        bank.run(confirm, confirmation(attempt_key=f"form-{number}"))
    attempts = bank.row(Payment, "pay_1").attempts
    assert (len(attempts), attempts[0].number, attempts[-1].number) == (KEPT, KEPT + 5, 6)


@pytest.mark.parametrize("status", ["frozen", "closed"])
@pytest.mark.parametrize(
    ("account_id", "code"), [("acc_zhang", "account_unavailable"), ("acc_shop", "payee_unavailable")]
)
def test_an_account_that_is_not_open_declines(account_id: str, code: str, status: AccountStatus) -> None:
    bank = world()
    waiting(bank)
    bank.put(replace(bank.book.accounts[account_id], status=status))
    result = bank.run(confirm, confirmation())
    assert (result.outcome, result.payment.last_error.code) == ("declined", code)


def test_who_comes_too_late_finds_it_expired() -> None:
    bank = world()
    payment = waiting(bank)
    bank.events.clear()
    assert payment.expires_at is not None
    bank.now = payment.expires_at
    result = bank.run(confirm, confirmation())
    assert (result.outcome, result.payment.status) == ("expired", "expired")
    assert [event.type for event in bank.events] == ["payment.expired"]
    assert not bank.book.transfers


def test_a_closed_payment_is_not_paid() -> None:
    bank = world()
    waiting(bank)
    bank.run(close, ClosePayment(payment_id="pay_1"))
    refusal = bank.run(confirm, confirmation())
    assert code_of(refusal) == "payment_invalid_state"
    assert (refusal.current_status, refusal.allowed_actions) == ("canceled", ())


def test_unknown_payments_are_not_found() -> None:
    bank: FakeBank = world()
    bank.run(create, h5_payment())
    assert code_of(bank.run(confirm, confirmation("2"))) == "not_found"
