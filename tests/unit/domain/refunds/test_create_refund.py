"""Refunds: limits, money, fees, and what the payment notes."""

from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.factories.payments import SHOP, account_payment, h5_payment, paid_by_customer, refund, world
from tests.factories.rows import START, FakeBank
from tongbao_platform.domain.payments import create as create_payment
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.domain.payments.states import allowed_actions
from tongbao_platform.domain.refunds import create
from tongbao_platform.domain.refunds.create import LONGEST_AGE_MS, CreatedRefund
from tongbao_platform.domain.refunds.fees import fee_returned_minor
from tongbao_platform.domain.refunds.model import Refund
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.kernel.money import fee_minor


def refunded(bank: FakeBank, number: str, amount_minor: int) -> Refund:
    result = bank.run(create, refund(number, amount_minor))
    assert isinstance(result, CreatedRefund)
    return result.refund


def refused(bank: FakeBank, number: str, amount_minor: int, **changes: Any) -> Refusal:
    before = len(bank.book.transfers)
    result = bank.run(create, refund(number, amount_minor, **changes))
    assert isinstance(result, Refusal)
    assert len(bank.book.transfers) == before
    assert (Refund, f"ref_{number}") not in bank.rows
    return result


def test_a_full_refund_puts_everything_back() -> None:
    bank = world()
    paid_by_customer(bank, amount_minor=10_000)
    bank.events.clear()
    made = refunded(bank, "1", 10_000)
    assert (bank.balance("acc_zhang"), bank.balance("acc_shop"), bank.balance("acc_fee")) == (100_000, 0, 0)
    assert (made.status, made.revision, made.fee_returned_minor, made.succeeded_at) == ("succeeded", 1, 60, START)
    assert (made.from_account_id, made.to_account_id) == ("acc_shop", "acc_zhang")
    group = [transfer for transfer in bank.book.transfers if transfer.reference_id == "ref_1"]
    assert {transfer.type for transfer in group} == {"refund", "fee_refund"}
    assert len({transfer.group_id for transfer in group}) == 1


def test_the_payment_takes_note() -> None:
    bank = world()
    before = paid_by_customer(bank, amount_minor=10_000)
    refunded(bank, "1", 4_000)
    part = bank.row(Payment, "pay_1")
    assert part == replace(
        before,
        revision=before.revision + 1,
        amount_refunded_minor=4_000,
        refund_reserved_minor=4_000,
        refund_count=1,
        fee_returned_minor=24,
        refund_status="partial",
    )
    assert allowed_actions(part) == ("refund",)
    refunded(bank, "2", 6_000)
    full = bank.row(Payment, "pay_1")
    assert (full.status, full.refund_status, full.fee_returned_minor) == ("succeeded", "full", 60)
    assert (full.revision, allowed_actions(full)) == (before.revision + 2, ())


def test_one_event_tells_of_the_refund_and_thin_ones_of_the_accounts() -> None:
    bank = world()
    bank.run(create_payment, account_payment())
    bank.events.clear()
    made = refunded(bank, "1", 100)
    told, shop, buyer = bank.events
    assert (told.type, told.revision, told.merchant_ids) == ("refund.succeeded", 1, ("mch_shop",))
    assert msgspec.json.decode(told.snapshot, type=Refund) == made
    assert [event.type for event in (shop, buyer)] == ["account.transaction_posted"] * 2
    for event in (shop, buyer):
        assert event.revision == bank.book.accounts[event.subject_id].seq + 1


def test_no_more_than_what_remains() -> None:
    bank = world(shop_minor=50_000)
    paid_by_customer(bank, amount_minor=10_000)
    refunded(bank, "1", 4_000)
    refusal = refused(bank, "2", 6_001)
    assert (refusal.code, refusal.remaining) == ("refund_exceeds_payment", 6_000)
    refunded(bank, "2", 6_000)
    assert refused(bank, "3", 1).remaining == 0


def test_it_draws_on_the_available_balance_with_the_fee_it_brings() -> None:
    bank = world()
    paid_by_customer(bank, amount_minor=10_000)
    shop = bank.book.accounts["acc_shop"]
    bank.put(replace(shop, held_debits=1))
    assert refused(bank, "1", 10_000).code == "insufficient_balance"
    bank.put(shop)
    refunded(bank, "1", 10_000)


def test_a_frozen_account_refunds_nothing() -> None:
    bank = world(shop_minor=50_000)
    paid_by_customer(bank)
    bank.put(replace(bank.book.accounts["acc_shop"], status="frozen"))
    assert refused(bank, "1", 1).code == "insufficient_balance"


def test_a_payer_who_takes_no_money_gets_none() -> None:
    bank = world()
    paid_by_customer(bank)
    bank.put(replace(bank.book.accounts["acc_zhang"], status="closed"))
    assert refused(bank, "1", 1).code == "payment_invalid_state"


def test_fifty_refunds_and_no_more() -> None:
    bank = world(shop_minor=50_000)
    paid_by_customer(bank, amount_minor=10_000)
    for number in range(50):
        refunded(bank, str(number), 1)
    assert refused(bank, "50", 1).code == "limit_exceeded"


def test_a_year_and_no_longer() -> None:
    bank = world()
    paid_by_customer(bank)
    bank.now = Instant(START + LONGEST_AGE_MS)
    refunded(bank, "1", 1)
    bank.now = Instant(START + LONGEST_AGE_MS + 1)
    assert refused(bank, "2", 1).code == "limit_exceeded"


def test_only_the_payee_refunds() -> None:
    bank = world()
    bank.run(create_payment, account_payment())
    for changes in ({"merchant_id": "mch_buyer"}, {"merchant_id": "mch_other"}, {"payment_id": "pay_unknown"}):
        refusal = refused(bank, "1", 1, **changes)
        assert refusal.code == "validation_failed"
        assert [(error.pointer, error.code) for error in refusal.errors] == [("/payment_id", "not_found")]


def test_only_what_succeeded_is_refunded() -> None:
    bank = world(payer_minor=0)
    bank.run(create_payment, h5_payment("1"))
    bank.run(create_payment, account_payment("2"))
    waiting = refused(bank, "1", 1)
    assert (waiting.code, waiting.current_status, waiting.allowed_actions) == (
        "payment_invalid_state",
        "requires_action",
        ("close",),
    )
    assert refused(bank, "1", 1, payment_id="pay_2").current_status == "failed"


def test_the_currency_is_the_payments() -> None:
    bank = world()
    paid_by_customer(bank)
    assert refused(bank, "1", 1, currency="USD").code == "currency_mismatch"


def test_an_equal_create_gives_the_existing_refund() -> None:
    bank = world()
    paid_by_customer(bank)
    first = refunded(bank, "1", 10_000)
    again = bank.run(create, replace(refund("1", 10_000), refund_id="ref_other"))
    assert again == CreatedRefund(refund=first, existing=True)


def test_each_differing_member_is_named() -> None:
    bank = world()
    paid_by_customer(bank)
    refunded(bank, "1", 10_000)
    other = refund("1", 9_999, payment_id="pay_2", currency="USD", reason="broken", metadata={"a": "b"})
    refusal = bank.run(create, other)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "merchant_number_conflict"
    assert [error.pointer for error in refusal.errors] == [
        "/payment_id",
        "/amount/value",
        "/amount/currency",
        "/reason",
        "/metadata",
    ]
    assert {error.code for error in refusal.errors} == {"differs"}


def test_a_number_is_unique_for_one_merchant_only() -> None:
    bank = world()
    bank.run(create_payment, account_payment())
    refunded(bank, "1", 1)
    foreign = bank.run(create, refund("1", 1, merchant_id="mch_buyer", refund_id="ref_2"))
    assert isinstance(foreign, Refusal)
    assert foreign.code == "validation_failed"


@given(
    amount_minor=st.integers(1, 1_000_000),
    rate_ppm=st.integers(0, 1_000_000),
    cuts=st.lists(st.integers(0, 10**9), max_size=49),
)
def test_full_refunds_in_any_number_of_parts_return_exactly_the_fee(
    amount_minor: int, rate_ppm: int, cuts: list[int]
) -> None:
    bank = world(payer_minor=amount_minor)
    bank.run(create_payment, account_payment(amount_minor=amount_minor, payee=replace(SHOP, fee_rate_ppm=rate_ppm)))
    bounds = sorted({0, amount_minor, *(cut % (amount_minor + 1) for cut in cuts)})
    fees = 0
    for number, (start, end) in enumerate(pairwise(bounds)):
        fees += refunded(bank, str(number), end - start).fee_returned_minor
    payment = bank.row(Payment, "pay_1")
    assert fees == payment.fee_minor == payment.fee_returned_minor
    assert payment.refund_status == "full"
    assert [bank.balance(f"acc_{name}") for name in ("buyer", "shop", "fee")] == [amount_minor, 0, 0]


@given(remaining_minor=st.integers(1, 2**53 - 1), part=st.integers(1, 2**53 - 1), rate_ppm=st.integers(0, 1_000_000))
def test_the_fee_returned_is_never_negative_nor_more_than_its_refund(
    remaining_minor: int, part: int, rate_ppm: int
) -> None:
    refund_minor = min(part, remaining_minor)
    returned = fee_returned_minor(remaining_minor, refund_minor, rate_ppm)
    assert 0 <= returned <= refund_minor
    assert returned <= fee_minor(remaining_minor, rate_ppm)
