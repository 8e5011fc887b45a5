"""Capturing: the whole, a part, several parts; fees, events, and every refusal."""

import msgspec
import pytest
from msgspec.structs import replace

from tests.factories.payments import SHOP, account_payment, authorized, confirmation, h5_payment, refund, world
from tests.factories.rows import START, FakeBank
from tongbao_platform.domain.checkouts import claim
from tongbao_platform.domain.checkouts.claim import ClaimCheckout
from tongbao_platform.domain.payments import capture, confirm, create, void
from tongbao_platform.domain.payments.capture import MOST_CAPTURES, CapturedPayment, CapturePayment
from tongbao_platform.domain.payments.model import Capture, Payment
from tongbao_platform.domain.payments.void import VoidPayment
from tongbao_platform.domain.refunds import create as create_refund
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import FieldError, Refusal
from tongbao_platform.kernel.money import fee_minor
from tongbao_platform.ledger.model import AccountStatus

ALL = CapturePayment(payment_id="pay_1")


def part(amount_minor: int, *, final: bool = False) -> CapturePayment:
    return CapturePayment(payment_id="pay_1", amount_minor=amount_minor, final=final)


def refused(bank: FakeBank, command: CapturePayment) -> Refusal:
    before = dict(bank.book.accounts)
    refusal = bank.run(capture, command)
    assert isinstance(refusal, Refusal)
    assert bank.book.accounts == before
    return refusal


def balances(bank: FakeBank) -> tuple[int, int, int]:
    return bank.balance("acc_buyer"), bank.balance("acc_shop"), bank.balance("acc_fee")


def assert_nothing_held(bank: FakeBank) -> None:
    for account in bank.book.accounts.values():
        assert (account.held_debits, account.held_credits) == (0, 0)


def test_the_whole_amount_and_its_fee_move_in_one_group() -> None:
    bank = world(payer_minor=10_000)
    authorized(bank)
    bank.now = Instant(START + 1_000)
    result = bank.run(capture, ALL)
    payment = bank.row(Payment, "pay_1")
    assert result == CapturedPayment(payment=payment)
    assert (payment.status, payment.revision, payment.succeeded_at) == ("succeeded", 2, START + 1_000)
    assert (payment.amount_captured_minor, payment.fee_minor, payment.capturable_minor) == (10_000, 60, 0)
    assert (payment.capture_before, payment.refundable_minor) == (None, 10_000)
    assert payment.captures == (Capture(amount_minor=10_000, fee_minor=60, captured_at=Instant(START + 1_000)),)
    assert balances(bank) == (0, 9_940, 60)
    assert_nothing_held(bank)
    principal, fee = bank.book.transfers
    assert (principal.type, principal.hold_id, principal.description) == ("payment", "hld_1", "Beans")
    assert (fee.type, fee.hold_id, fee.group_id) == ("fee", None, principal.id)
    assert {(each.reference_type, each.reference_id) for each in (principal, fee)} == {("payment", "pay_1")}
    assert bank.book.holds["hld_1"].status == "posted"


def test_the_events_of_a_full_capture() -> None:
    bank = world()
    authorized(bank)
    bank.events.clear()
    payment = bank.run(capture, ALL).payment
    told, buyer, shop = bank.events
    assert (told.type, told.revision, told.merchant_ids) == ("payment.succeeded", 2, ("mch_shop", "mch_buyer"))
    assert msgspec.json.decode(told.snapshot, type=Payment) == payment
    for event, account_id in ((buyer, "acc_buyer"), (shop, "acc_shop")):
        assert (event.type, event.subject_id) == ("account.transaction_posted", account_id)
        assert event.revision == bank.book.accounts[account_id].seq + 1


def test_a_final_part_gives_the_rest_back() -> None:
    bank = world(payer_minor=10_000)
    authorized(bank)
    payment = bank.run(capture, part(4_000, final=True)).payment
    assert (payment.status, payment.amount_captured_minor, payment.fee_minor) == ("succeeded", 4_000, 24)
    assert (payment.capturable_minor, payment.refundable_minor) == (0, 4_000)
    assert balances(bank) == (6_000, 3_976, 24)
    assert bank.book.accounts["acc_buyer"].available_minor == 6_000
    assert_nothing_held(bank)
    hold = bank.book.holds["hld_1"]
    assert (hold.status, hold.posted_minor, hold.released_minor) == ("posted", 4_000, 6_000)


def test_a_part_leaves_the_rest_authorized_and_is_told_by_its_own_event() -> None:
    bank = world(payer_minor=10_000)
    before = authorized(bank)
    bank.events.clear()
    payment = bank.run(capture, part(4_000)).payment
    assert (payment.status, payment.revision, payment.succeeded_at) == ("authorized", 2, None)
    assert (payment.amount_captured_minor, payment.capturable_minor) == (4_000, 6_000)
    assert (payment.capture_before, payment.refundable_minor) == (before.capture_before, 4_000)
    assert balances(bank) == (6_000, 3_976, 24)
    assert bank.book.accounts["acc_buyer"].available_minor == 0
    assert bank.book.holds["hld_1"].status == "open"
    assert [(event.type, event.revision) for event in bank.events if event.subject_type == "payment"] == [
        ("payment.partially_captured", 2)
    ]


def test_the_part_that_uses_everything_up_is_the_last_one() -> None:
    bank = world(payer_minor=10_000)
    authorized(bank)
    for amount_minor in (3_333, 3_333):
        assert bank.run(capture, part(amount_minor)).payment.status == "authorized"
    payment = bank.run(capture, part(3_334)).payment
    assert (payment.status, payment.revision, payment.amount_captured_minor) == ("succeeded", 4, 10_000)
    assert [each.amount_minor for each in payment.captures] == [3_333, 3_333, 3_334]
    assert balances(bank) == (0, 9_940, 60)
    assert_nothing_held(bank)
    assert [event.type for event in bank.events if event.subject_type == "payment"] == [
        "payment.authorized",
        "payment.partially_captured",
        "payment.partially_captured",
        "payment.succeeded",
    ]


@pytest.mark.parametrize(("rate_ppm", "amounts"), [(6_000, (99, 1, 250, 3)), (500_000, (1, 1, 1)), (1_000_000, (1, 2))])
def test_the_fees_of_the_parts_add_up_to_the_fee_of_the_sum(rate_ppm: int, amounts: tuple[int, ...]) -> None:
    bank = world()
    authorized(bank, amount_minor=1_000, payee=replace(SHOP, fee_rate_ppm=rate_ppm))
    for amount_minor in amounts:
        bank.run(capture, part(amount_minor))
    payment = bank.row(Payment, "pay_1")
    assert payment.fee_minor == fee_minor(sum(amounts), rate_ppm) == bank.balance("acc_fee")
    assert payment.fee_minor == sum(each.fee_minor for each in payment.captures)


def test_a_part_without_a_fee_has_one_transfer() -> None:
    bank = world()
    authorized(bank)
    payment = bank.run(capture, part(50)).payment
    assert (payment.fee_minor, len(bank.book.transfers)) == (0, 1)
    (posted,) = [event for event in bank.events if event.subject_id == "acc_shop"]
    assert posted.revision == bank.book.accounts["acc_shop"].seq + 1
    # The next part brings the sum to where half a fen is rounded up.
    assert bank.run(capture, part(40)).payment.fee_minor == 1


def test_a_customers_hold_is_captured_and_the_customer_gets_no_event() -> None:
    bank = world(customer_minor=10_000)
    bank.run(create, h5_payment(capture_method="manual"))
    bank.run(claim, ClaimCheckout(checkout_id="pay_1", customer_id="cus_zhang"))
    bank.run(confirm, confirmation())
    bank.events.clear()
    assert bank.run(capture, replace(ALL, by_merchant_id="mch_shop")).payment.status == "succeeded"
    assert (bank.balance("acc_zhang"), bank.balance("acc_shop")) == (0, 9_940)
    assert [event.subject_id for event in bank.events] == ["pay_1", "acc_shop"]


def test_more_than_is_left_is_refused() -> None:
    bank = world()
    authorized(bank)
    bank.run(capture, part(4_000))
    refusal = refused(bank, part(6_001))
    assert (refusal.code, refusal.remaining) == ("validation_failed", 6_000)
    assert refusal.errors == (FieldError("/amount/value", "too_large", "At most what is left to capture."),)
    assert bank.run(capture, part(6_000)).payment.status == "succeeded"


def test_another_currency_is_refused() -> None:
    bank = world()
    authorized(bank)
    refusal = refused(bank, replace(part(1), currency="USD"))
    assert refusal.code == "currency_mismatch"
    assert [error.pointer for error in refusal.errors] == ["/amount/currency"]
    assert bank.run(capture, replace(part(1), currency="CNY")).payment.amount_captured_minor == 1


def test_what_is_not_authorized_is_not_captured() -> None:
    bank = world(payer_minor=20_000)
    assert refused(bank, ALL).code == "not_found"
    bank.run(create, account_payment("1"))
    bank.run(create, h5_payment("2"))
    bank.run(create, account_payment("3", 1_000_000))
    authorized(bank, "4", 1)
    bank.run(void, VoidPayment(payment_id="pay_4"))
    for number, status, actions in (
        ("1", "succeeded", ("refund",)),
        ("2", "requires_action", ("close",)),
        ("3", "failed", ()),
        ("4", "canceled", ()),
    ):
        refusal = refused(bank, CapturePayment(payment_id=f"pay_{number}"))
        assert (refusal.code, refusal.current_status) == ("payment_invalid_state", status)
        assert refusal.allowed_actions == actions


def test_a_captured_payment_is_not_captured_again() -> None:
    bank = world()
    authorized(bank)
    bank.run(capture, part(1, final=True))
    refusal = refused(bank, ALL)
    assert (refusal.code, refusal.current_status) == ("payment_invalid_state", "succeeded")
    assert balances(bank) == (99_999, 1, 0)


def test_only_the_payee_captures() -> None:
    bank = world()
    authorized(bank)
    assert refused(bank, replace(ALL, by_merchant_id="mch_buyer")).code == "not_found"
    assert bank.run(capture, replace(ALL, by_merchant_id="mch_shop")).payment.status == "succeeded"


def test_after_its_time_nothing_is_captured_although_no_worker_came() -> None:
    bank = world()
    payment = authorized(bank)
    assert payment.capture_before is not None
    bank.now = Instant(payment.capture_before - 1)
    assert bank.run(capture, part(1)).payment.status == "authorized"
    bank.now = payment.capture_before
    refusal = refused(bank, ALL)
    assert (refusal.code, refusal.current_status) == ("payment_invalid_state", "authorized")
    assert (refusal.allowed_actions, refusal.detail) == ((), "The time to capture or void the payment is over.")


def test_a_frozen_payer_keeps_the_promise() -> None:
    bank = world(payer_minor=10_000)
    authorized(bank)
    bank.put(replace(bank.book.accounts["acc_buyer"], status="frozen"))
    assert bank.run(capture, part(4_000)).payment.status == "authorized"
    assert bank.run(capture, ALL).payment.status == "succeeded"
    assert balances(bank) == (0, 9_940, 60)


@pytest.mark.parametrize("status", ["frozen", "closed"])
def test_a_payee_that_cannot_receive_captures_nothing_but_may_void(status: AccountStatus) -> None:
    bank = world()
    authorized(bank)
    bank.put(replace(bank.book.accounts["acc_shop"], status=status))
    refusal = refused(bank, ALL)
    assert (refusal.code, refusal.current_status) == ("payment_invalid_state", "authorized")
    assert (refusal.allowed_actions, refusal.retryable, refusal.stored) == (("void",), True, True)
    assert bank.run(void, VoidPayment(payment_id="pay_1")).payment.status == "canceled"


def test_the_number_of_captures_is_limited() -> None:
    bank = world()
    authorized(bank)
    for _ in range(MOST_CAPTURES):
        bank.run(capture, part(1))
    refusal = refused(bank, ALL)
    assert refusal.code == "limit_exceeded"
    payment = bank.run(void, VoidPayment(payment_id="pay_1")).payment
    assert (payment.status, payment.amount_captured_minor) == ("succeeded", MOST_CAPTURES)


def test_a_refund_waits_until_the_payment_has_succeeded() -> None:
    bank = world()
    authorized(bank)
    bank.run(capture, part(4_000))
    refusal = bank.run(create_refund, refund("1", 1_000))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.current_status) == ("payment_invalid_state", "authorized")
    bank.run(capture, part(1_000, final=True))
    too_much = bank.run(create_refund, refund("2", 5_001))
    assert (too_much.code, too_much.remaining) == ("refund_exceeds_payment", 5_000)
    bank.run(create_refund, refund("3", 5_000))
    assert bank.row(Payment, "pay_1").refund_status == "full"
    assert balances(bank) == (100_000, 0, 0)
