"""Five wrong PINs lock, in the order they are committed."""

from msgspec.structs import replace

from tests.factories.payments import ZHANG, confirmation, waiting, world
from tests.factories.rows import START, FakeBank
from tongbao_platform.domain.customers import record_pin_failure
from tongbao_platform.domain.customers.model import Customer
from tongbao_platform.domain.customers.record_pin_failure import PinFailure, RecordPinFailure
from tongbao_platform.domain.payments import confirm
from tongbao_platform.kernel.errors import Refusal

WRONG = RecordPinFailure(customer_id="cus_zhang", pin_hash="pin-hash")


def test_the_fifth_wrong_pin_locks_and_the_right_one_comes_too_late() -> None:
    bank = world()
    waiting(bank)
    left = [bank.run(record_pin_failure, WRONG).tries_left for _ in range(6)]
    assert left == [4, 3, 2, 1, 0, 0]
    customer = bank.row(Customer, "cus_zhang")
    assert (customer.pin_failures, customer.pin_locked_at) == (5, START)
    refusal = bank.run(confirm, confirmation())
    assert isinstance(refusal, Refusal)
    assert refusal.code == "pin_locked"


def test_the_lock_is_noted_in_the_audit_trail_once() -> None:
    bank = FakeBank([replace(ZHANG, pin_failures=4)])
    changes = bank.decide(record_pin_failure, WRONG)
    assert not isinstance(changes, Refusal)
    assert [entry.action for entry in changes.audit] == ["customer.pin_locked"]
    bank.apply(record_pin_failure, WRONG, changes)
    again = bank.decide(record_pin_failure, WRONG)
    assert not isinstance(again, Refusal)
    assert again.audit == ()


def test_a_guess_at_a_replaced_pin_does_not_count() -> None:
    bank = FakeBank([replace(ZHANG, pin_hash="new-hash", pin_failures=1)])
    assert bank.run(record_pin_failure, WRONG) == PinFailure(tries_left=4)
    assert bank.row(Customer, "cus_zhang").pin_failures == 1


def test_unknown_customers_are_refused() -> None:
    assert isinstance(FakeBank().run(record_pin_failure, WRONG), Refusal)
