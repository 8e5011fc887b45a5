"""Voiding and expiring: what is still held goes back to the payer, once."""

import pytest
from msgspec.structs import replace

from tests.factories.payments import account_payment, authorized, h5_payment, world
from tests.factories.rows import START, FakeBank
from tongbao_platform.domain.payments import capture, create, expire_hold, void
from tongbao_platform.domain.payments.capture import CapturePayment
from tongbao_platform.domain.payments.expire_hold import ExpiredHold, ExpireHold
from tongbao_platform.domain.payments.holds import HOLD_LIFE_MS
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.domain.payments.states import allowed_actions
from tongbao_platform.domain.payments.void import VoidedPayment, VoidPayment
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal

VOID = VoidPayment(payment_id="pay_1")
EXPIRE = ExpireHold(payment_id="pay_1")
DUE = Instant(START + HOLD_LIFE_MS)
PART = CapturePayment(payment_id="pay_1", amount_minor=4_000, final=False)


def assert_nothing_held(bank: FakeBank) -> None:
    for account in bank.book.accounts.values():
        assert (account.held_debits, account.held_credits) == (0, 0)


def told(bank: FakeBank) -> list[tuple[str, int]]:
    return [(event.type, event.revision) for event in bank.events]


def test_a_void_gives_everything_back_and_cancels() -> None:
    bank = world(payer_minor=10_000)
    authorized(bank)
    bank.events.clear()
    result = bank.run(void, VOID)
    payment = bank.row(Payment, "pay_1")
    assert result == VoidedPayment(payment=payment)
    assert (payment.status, payment.revision) == ("canceled", 2)
    assert (payment.succeeded_at, payment.capture_before, payment.capturable_minor) == (None, None, 0)
    assert allowed_actions(payment) == ()
    assert told(bank) == [("payment.canceled", 2)]
    assert bank.book.accounts["acc_buyer"].available_minor == 10_000
    assert_nothing_held(bank)
    assert bank.book.holds["hld_1"].status == "released"
    assert bank.run(create, account_payment("2")).payment.status == "succeeded"


def test_a_void_after_a_part_keeps_the_part() -> None:
    bank = world(payer_minor=10_000)
    authorized(bank)
    bank.run(capture, PART)
    bank.events.clear()
    bank.now = Instant(START + 5_000)
    payment = bank.run(void, VOID).payment
    assert (payment.status, payment.revision, payment.succeeded_at) == ("succeeded", 3, START + 5_000)
    assert (payment.amount_captured_minor, payment.fee_minor, payment.capture_before) == (4_000, 24, None)
    assert told(bank) == [("payment.succeeded", 3)]
    assert (bank.balance("acc_buyer"), bank.balance("acc_shop")) == (6_000, 3_976)
    assert bank.book.accounts["acc_buyer"].available_minor == 6_000
    assert_nothing_held(bank)


def test_only_an_open_hold_is_voided() -> None:
    bank = world()
    assert bank.run(void, VOID).code == "not_found"
    bank.run(create, h5_payment("2"))
    authorized(bank)
    bank.run(void, VOID)
    for payment_id, status in (("pay_1", "canceled"), ("pay_2", "requires_action")):
        refusal = bank.run(void, VoidPayment(payment_id=payment_id))
        assert (refusal.code, refusal.current_status) == ("payment_invalid_state", status)


def test_only_the_payee_voids() -> None:
    bank = world()
    authorized(bank)
    assert bank.run(void, replace(VOID, by_merchant_id="mch_buyer")).code == "not_found"
    assert bank.run(void, replace(VOID, by_merchant_id="mch_shop")).payment.status == "canceled"


def test_after_its_time_nothing_is_voided_although_no_worker_came() -> None:
    bank = world()
    authorized(bank)
    bank.now = DUE
    refusal = bank.run(void, VOID)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.current_status, refusal.allowed_actions) == (
        "payment_invalid_state",
        "authorized",
        (),
    )


@pytest.mark.parametrize("account_id", ["acc_buyer", "acc_shop"])
def test_what_is_frozen_is_let_go_all_the_same(account_id: str) -> None:
    bank = world()
    for number in ("1", "2"):
        authorized(bank, number)
    bank.put(replace(bank.book.accounts[account_id], status="frozen"))
    assert bank.run(void, VOID).payment.status == "canceled"
    bank.now = DUE
    assert bank.run(expire_hold, ExpireHold(payment_id="pay_2")).payment.status == "canceled"
    assert_nothing_held(bank)


def test_a_hold_expires_when_its_time_is_over_and_not_before() -> None:
    bank = world(payer_minor=10_000)
    payment = authorized(bank)
    bank.events.clear()
    bank.now = Instant(DUE - 1)
    assert bank.run(expire_hold, EXPIRE) == ExpiredHold(payment=payment, changed=False)
    bank.now = DUE
    result = bank.run(expire_hold, EXPIRE)
    ended = bank.row(Payment, "pay_1")
    assert result == ExpiredHold(payment=ended, changed=True)
    assert (ended.status, ended.revision, ended.capture_before) == ("canceled", 2, None)
    assert bank.run(expire_hold, EXPIRE) == ExpiredHold(payment=ended, changed=False)
    assert told(bank) == [("payment.canceled", 2)]
    assert bank.book.accounts["acc_buyer"].available_minor == 10_000
    assert_nothing_held(bank)
    assert bank.book.holds["hld_1"].status == "expired"


def test_an_expiry_after_a_part_keeps_the_part() -> None:
    bank = world(payer_minor=10_000)
    authorized(bank)
    bank.run(capture, PART)
    bank.events.clear()
    bank.now = DUE
    payment = bank.run(expire_hold, EXPIRE).payment
    assert (payment.status, payment.amount_captured_minor, payment.succeeded_at) == ("succeeded", 4_000, DUE)
    assert told(bank) == [("payment.succeeded", 3)]
    assert bank.book.accounts["acc_buyer"].available_minor == 6_000
    assert_nothing_held(bank)


def test_what_is_resolved_or_was_never_held_does_not_expire() -> None:
    bank = world()
    authorized(bank, "1")
    authorized(bank, "2")
    bank.run(capture, CapturePayment(payment_id="pay_1"))
    bank.run(void, VoidPayment(payment_id="pay_2"))
    bank.run(create, account_payment("3"))
    bank.run(create, h5_payment("4"))
    bank.events.clear()
    bank.now = DUE
    for number in ("1", "2", "3", "4"):
        assert not bank.run(expire_hold, ExpireHold(payment_id=f"pay_{number}")).changed
    assert bank.events == []
    assert bank.run(expire_hold, ExpireHold(payment_id="pay_5")).code == "not_found"
