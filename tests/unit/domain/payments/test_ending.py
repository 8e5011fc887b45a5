"""Closing, expiring, declining."""

from msgspec.structs import replace

from tests.factories.payments import ZHANG, account_payment, h5_payment, paid_by_customer, waiting, world
from tongbao_platform.domain.payments import close, create, decline_by_payer, expire
from tongbao_platform.domain.payments.close import ClosedPayment, ClosePayment
from tongbao_platform.domain.payments.decline_by_payer import DeclinePayment
from tongbao_platform.domain.payments.expire import ExpirePayment
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.domain.payments.states import allowed_actions
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal

CLOSE = ClosePayment(payment_id="pay_1")
DECLINE = DeclinePayment(payment_id="pay_1", customer_id="cus_zhang", attempt_key="form-1")


def test_a_waiting_payment_closes_once() -> None:
    bank = world()
    bank.run(create, h5_payment())
    first = bank.run(close, CLOSE)
    payment = bank.row(Payment, "pay_1")
    assert first == ClosedPayment(payment=payment, existing=False)
    assert (payment.status, payment.revision) == ("canceled", 2)
    assert bank.run(close, CLOSE) == ClosedPayment(payment=payment, existing=True)
    assert [event.type for event in bank.events] == ["payment.created", "payment.canceled"]


def test_what_is_paid_failed_or_expired_does_not_close() -> None:
    bank = world(payer_minor=10_000)
    bank.run(create, account_payment("1"))
    bank.run(create, account_payment("2"))
    waiting(bank, "3")
    bank.now = Instant(bank.now + 31 * 60_000)
    bank.run(expire, ExpirePayment(payment_id="pay_3"))
    for payment_id, status, actions in (
        ("pay_1", "succeeded", ("refund",)),
        ("pay_2", "failed", ()),
        ("pay_3", "expired", ()),
    ):
        refusal = bank.run(close, ClosePayment(payment_id=payment_id))
        assert isinstance(refusal, Refusal)
        assert refusal.code == "payment_invalid_state"
        assert (refusal.current_status, refusal.allowed_actions) == (status, actions)


def test_an_unknown_payment_does_not_close() -> None:
    refusal = world().run(close, CLOSE)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "not_found"


def test_only_due_payments_expire() -> None:
    bank = world()
    payment = waiting(bank)
    assert payment.expires_at is not None
    bank.now = Instant(payment.expires_at - 1)
    assert not bank.run(expire, ExpirePayment(payment_id="pay_1")).changed
    bank.now = payment.expires_at
    assert bank.run(expire, ExpirePayment(payment_id="pay_1")).changed
    assert bank.row(Payment, "pay_1").status == "expired"
    assert not bank.run(expire, ExpirePayment(payment_id="pay_1")).changed
    assert [event.type for event in bank.events] == ["payment.created", "payment.expired"]


def test_a_paid_payment_does_not_expire() -> None:
    bank = world()
    payment = paid_by_customer(bank)
    assert payment.expires_at is not None
    bank.now = payment.expires_at
    assert not bank.run(expire, ExpirePayment(payment_id="pay_1")).changed


def test_a_payer_who_declines_may_come_back() -> None:
    bank = world()
    waiting(bank)
    first = bank.run(decline_by_payer, DECLINE)
    payment = bank.row(Payment, "pay_1")
    assert first.payment == payment
    assert (payment.status, payment.revision) == ("requires_action", 2)
    assert payment.last_error is not None
    assert payment.last_error.code == "declined_by_payer"
    assert bank.run(decline_by_payer, DECLINE).payment == payment
    assert allowed_actions(payment) == ("close",)


def test_only_the_owner_declines_and_only_what_waits() -> None:
    bank = world()
    waiting(bank)
    bank.put(replace(ZHANG, id="cus_li", login="li"))
    stranger = bank.run(decline_by_payer, replace(DECLINE, customer_id="cus_li"))
    assert isinstance(stranger, Refusal)
    assert stranger.code == "checkout_owned_by_another"
    bank.run(close, CLOSE)
    closed = bank.run(decline_by_payer, DECLINE)
    assert isinstance(closed, Refusal)
    assert closed.code == "payment_invalid_state"


def test_declining_too_late_expires() -> None:
    bank = world()
    payment = waiting(bank)
    assert payment.expires_at is not None
    bank.now = payment.expires_at
    assert bank.run(decline_by_payer, DECLINE).payment.status == "expired"
