"""The first payer who logs in owns the checkout."""

from msgspec.structs import replace

from tests.factories.payments import h5_payment, world
from tests.factories.rows import START, FakeBank
from tongbao_platform.domain.checkouts import claim
from tongbao_platform.domain.checkouts.claim import ClaimCheckout
from tongbao_platform.domain.checkouts.model import Checkout
from tongbao_platform.domain.payments import create
from tongbao_platform.kernel.errors import Refusal

MINE = ClaimCheckout(checkout_id="pay_1", customer_id="cus_zhang")


def opened() -> FakeBank:
    bank = world()
    bank.run(create, h5_payment())
    return bank


def test_the_first_payer_owns_it_and_may_come_again() -> None:
    bank = opened()
    owned = bank.run(claim, MINE)
    assert owned == bank.row(Checkout, "pay_1")
    assert (owned.customer_id, owned.claimed_at) == ("cus_zhang", START)
    bank.now = owned.expires_at
    assert bank.run(claim, MINE) == owned


def test_the_second_payer_does_not() -> None:
    bank = opened()
    bank.run(claim, MINE)
    refusal = bank.run(claim, replace(MINE, customer_id="cus_li"))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "checkout_owned_by_another"
    assert bank.row(Checkout, "pay_1").customer_id == "cus_zhang"


def test_nobody_claims_what_is_over_or_unknown() -> None:
    bank = opened()
    bank.now = bank.row(Checkout, "pay_1").expires_at
    over = bank.run(claim, MINE)
    unknown = bank.run(claim, replace(MINE, checkout_id="pay_2"))
    assert isinstance(over, Refusal)
    assert isinstance(unknown, Refusal)
    assert (over.code, unknown.code) == ("checkout_expired", "not_found")
