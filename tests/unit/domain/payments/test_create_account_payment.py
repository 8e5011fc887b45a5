"""Account payments: posted at once, declined and stored, or refused."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.factories.accounts import account
from tests.factories.payments import SHOP, account_payment, world
from tests.factories.rows import START, FakeBank
from tongbao_platform.domain.payments import create
from tongbao_platform.domain.payments.create import LONGEST_LIFE_MS, CreatedPayment
from tongbao_platform.domain.payments.model import AccountMethod, Payment, Scene
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.model import AccountStatus


def created(bank: FakeBank, **changes: Any) -> Payment:
    result = bank.run(create, account_payment(**changes))
    assert isinstance(result, CreatedPayment)
    return result.payment


def refused(bank: FakeBank, **changes: Any) -> Refusal:
    result = bank.run(create, account_payment(**changes))
    assert isinstance(result, Refusal)
    assert not bank.book.transfers
    return result


def field_codes(refusal: Refusal) -> list[tuple[str, str]]:
    return [(error.pointer, error.code) for error in refusal.errors]


def test_money_and_fee_move_in_one_group() -> None:
    bank = world(payer_minor=10_000)
    payment = created(bank, amount_minor=10_000)
    assert (bank.balance("acc_buyer"), bank.balance("acc_shop"), bank.balance("acc_fee")) == (0, 9_940, 60)
    assert {transfer.group_id for transfer in bank.book.transfers} == {bank.book.transfers[0].id}
    assert [transfer.type for transfer in bank.book.transfers] == ["payment", "fee"]
    assert {transfer.reference_id for transfer in bank.book.transfers} == {payment.id}


def test_the_payment_is_stored_succeeded_at_revision_one() -> None:
    bank = world()
    payment = created(bank)
    assert bank.row(Payment, "pay_1") == payment
    assert (payment.status, payment.revision, payment.succeeded_at) == ("succeeded", 1, START)
    assert (payment.merchant_id, payment.payer_merchant_id, payment.creator_merchant_id) == (
        "mch_shop",
        "mch_buyer",
        "mch_buyer",
    )
    assert (payment.amount_captured_minor, payment.fee_minor, payment.fee_rate_ppm) == (10_000, 60, 6_000)
    assert (payment.last_error, payment.expires_at, payment.payer_masked) == (None, None, "****uyer")
    assert [(attempt.number, attempt.status) for attempt in payment.attempts] == [(1, "succeeded")]


def test_one_event_tells_of_the_payment_and_thin_ones_of_the_accounts() -> None:
    bank = world()
    payment = created(bank)
    told, buyer, shop = bank.events
    assert (told.type, told.revision, told.merchant_ids) == ("payment.succeeded", 1, ("mch_shop", "mch_buyer"))
    assert msgspec.json.decode(told.snapshot, type=Payment) == payment
    assert (buyer.type, buyer.subject_id, buyer.merchant_ids) == (
        "account.transaction_posted",
        "acc_buyer",
        ("mch_buyer",),
    )
    assert (shop.subject_id, shop.snapshot) == ("acc_shop", b'{"id":"acc_shop"}')
    for event in (buyer, shop):
        assert event.revision == bank.book.accounts[event.subject_id].seq + 1


def test_without_a_fee_there_is_one_transfer() -> None:
    bank = world()
    payment = created(bank, payee=replace(SHOP, fee_rate_ppm=0))
    assert (payment.fee_minor, len(bank.book.transfers), bank.balance("acc_fee")) == (0, 1, 0)
    assert bank.events[2].revision == bank.book.accounts["acc_shop"].seq + 1


def test_a_tiny_payment_rounds_its_fee_half_up() -> None:
    assert created(world(), amount_minor=83).fee_minor == 0
    assert created(world(), amount_minor=84).fee_minor == 1


def test_without_funds_the_payment_is_stored_failed() -> None:
    bank = world(payer_minor=9_999)
    payment = created(bank, amount_minor=10_000)
    assert bank.row(Payment, "pay_1") == payment
    assert payment.status == "failed"
    assert payment.last_error is not None
    assert payment.last_error.code == "insufficient_funds"
    assert payment.attempts[0].error == payment.last_error
    assert (payment.amount_captured_minor, payment.fee_minor, payment.succeeded_at) == (0, 0, None)
    assert [event.type for event in bank.events] == ["payment.failed"]
    assert not bank.book.transfers


def test_the_last_fen_may_be_spent_and_held_money_may_not() -> None:
    bank = world(payer_minor=10_000)
    bank.put(replace(bank.book.accounts["acc_buyer"], held_debits=1))
    assert created(bank, amount_minor=10_000).status == "failed"
    assert created(bank, number="2", amount_minor=9_999).status == "succeeded"


@pytest.mark.parametrize("status", ["frozen", "closed"])
@pytest.mark.parametrize(
    ("account_id", "code"), [("acc_buyer", "account_unavailable"), ("acc_shop", "payee_unavailable")]
)
def test_an_account_that_is_not_open_declines(account_id: str, code: str, status: AccountStatus) -> None:
    bank = world()
    bank.put(replace(bank.book.accounts[account_id], status=status))
    payment = created(bank)
    assert payment.status == "failed"
    assert payment.last_error is not None
    assert payment.last_error.code == code
    assert not bank.book.transfers


def test_a_suspended_payee_declines() -> None:
    payment = created(world(), payee=replace(SHOP, active=False))
    assert payment.last_error is not None
    assert payment.last_error.code == "payee_unavailable"


@pytest.mark.parametrize("source", ["acc_unknown", "acc_shop", "acc_zhang", "acc_fee"])
def test_the_source_is_the_callers_own(source: str) -> None:
    refusal = refused(world(), method=AccountMethod(source, "acc_shop"))
    assert refusal.code == "validation_failed"
    assert field_codes(refusal) == [("/method/source_account_id", "not_found")]


def test_an_unknown_payee_is_not_found() -> None:
    refusal = refused(world(), method=AccountMethod("acc_buyer", "acc_unknown"), payee=None)
    assert field_codes(refusal) == [("/method/payee_account_id", "not_found")]


@pytest.mark.parametrize("target", ["acc_zhang", "acc_fee", "acc_unknown"])
def test_the_payee_is_the_merchant_whose_account_it_is(target: str) -> None:
    refusal = refused(world(), method=AccountMethod("acc_buyer", target))
    assert field_codes(refusal) == [("/method/payee_account_id", "not_found")]


def test_source_and_payee_are_two_merchants() -> None:
    bank = world()
    bank.put(account("acc_buyer2", "mch_buyer", "merchant"))
    own = replace(SHOP, merchant_id="mch_buyer", account_id="acc_buyer")
    for target in ("acc_buyer", "acc_buyer2"):
        refusal = refused(bank, method=AccountMethod("acc_buyer", target), payee=replace(own, account_id=target))
        assert field_codes(refusal) == [("/method/payee_account_id", "not_allowed")]


def test_both_accounts_hold_the_amounts_currency() -> None:
    assert refused(world(), currency="USD").code == "currency_mismatch"
    bank = world()
    bank.put(replace(bank.book.accounts["acc_shop"], currency="USD"))
    assert refused(bank).code == "currency_mismatch"


def test_expiry_lies_ahead_and_not_too_far() -> None:
    too_early = refused(world(), expires_at=START)
    too_late = refused(world(), expires_at=Instant(START + LONGEST_LIFE_MS + 1))
    assert field_codes(too_early) == [("/expires_at", "too_small")]
    assert field_codes(too_late) == [("/expires_at", "too_large")]
    assert created(world(), expires_at=Instant(START + LONGEST_LIFE_MS)).expires_at == START + LONGEST_LIFE_MS


def test_an_equal_create_gives_the_existing_payment() -> None:
    bank = world()
    first = created(bank)
    bank.now = Instant(START + 5)
    again = bank.run(
        create,
        replace(account_payment(), payment_id="pay_other", expires_at=START, scene=Scene(store_id="S01")),
    )
    assert again == CreatedPayment(payment=first, existing=True)
    assert (len(bank.book.transfers), len(bank.events)) == (2, 3)


def test_a_number_belongs_to_its_creator() -> None:
    bank = world()
    created(bank)
    other = replace(SHOP, merchant_id="mch_buyer", account_id="acc_buyer")
    bank.put(replace(bank.book.accounts["acc_shop"], posted_credits=50_000))
    by_shop = account_payment(
        creator_merchant_id="mch_shop", payment_id="pay_2", method=AccountMethod("acc_shop", "acc_buyer"), payee=other
    )
    result = bank.run(create, by_shop)
    assert isinstance(result, CreatedPayment)
    assert not result.existing


def test_each_differing_member_is_named() -> None:
    bank = world()
    created(bank)
    refusal = bank.run(
        create,
        account_payment(
            amount_minor=1,
            currency="USD",
            description="Tea",
            metadata={"a": "b"},
            method=AccountMethod("acc_1", "acc_2"),
        ),
    )
    assert isinstance(refusal, Refusal)
    assert refusal.code == "merchant_number_conflict"
    assert {pointer for pointer, _ in field_codes(refusal)} == {
        "/amount/value",
        "/amount/currency",
        "/description",
        "/metadata",
        "/method/source_account_id",
        "/method/payee_account_id",
    }
    assert {code for _, code in field_codes(refusal)} == {"differs"}
    assert not any("10000" in error.detail or "Beans" in error.detail for error in refusal.errors)


def test_the_last_money_is_spent_once() -> None:
    bank = world(payer_minor=10_000)
    outcomes = [created(bank, number=str(number)).status for number in range(50)]
    assert (outcomes.count("succeeded"), outcomes.count("failed")) == (1, 49)
    assert bank.balance("acc_buyer") == 0
