"""Sessions, and what wrong passwords cost."""

from msgspec.structs import replace

from tests.factories.payments import ZHANG
from tests.factories.rows import START, FakeBank
from tongbao_platform.domain.customers import record_sign_in_failure, sign_in, sign_out
from tongbao_platform.domain.customers.model import Customer, LoginSession
from tongbao_platform.domain.customers.record_sign_in_failure import (
    FREE_FAILURES,
    LONGEST_WAIT_MS,
    RecordSignInFailure,
)
from tongbao_platform.domain.customers.sign_in import SESSION_LIFE_MS, SignIn
from tongbao_platform.domain.customers.sign_out import SignOut
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal

SIGN_IN = SignIn(session_id="ses_1", token_hash=b"hash", customer_id="cus_zhang", password_hash="password-hash")
FAILURE = RecordSignInFailure(customer_id="cus_zhang")


def code_of(result: object) -> str:
    assert isinstance(result, Refusal)
    return result.code


def fail(bank: FakeBank) -> Instant | None:
    until: Instant | None = bank.run(record_sign_in_failure, FAILURE).blocked_until
    return until


def test_a_session_lasts_a_while() -> None:
    bank = FakeBank([ZHANG])
    result = bank.run(sign_in, SIGN_IN)
    session = bank.row(LoginSession, "ses_1")
    assert (result.session, result.customer) == (session, ZHANG)
    assert (session.token_hash, session.expires_at) == (b"hash", START + SESSION_LIFE_MS)


def test_the_password_must_still_be_the_customers() -> None:
    bank = FakeBank([replace(ZHANG, password_hash="new-hash"), replace(ZHANG, id="cus_2", status="blocked")])
    assert code_of(bank.run(sign_in, SIGN_IN)) == "credentials_wrong"
    assert code_of(bank.run(sign_in, replace(SIGN_IN, customer_id="cus_2"))) == "credentials_wrong"
    assert code_of(bank.run(sign_in, replace(SIGN_IN, customer_id="cus_3"))) == "credentials_wrong"


def test_wrong_passwords_slow_down_even_the_right_one() -> None:
    bank = FakeBank([ZHANG])
    assert [fail(bank) for _ in range(FREE_FAILURES)] == [None] * FREE_FAILURES
    assert fail(bank) == START + 30_000
    assert code_of(bank.run(sign_in, SIGN_IN)) == "credentials_locked"
    bank.now = Instant(START + 30_000)
    assert bank.run(sign_in, SIGN_IN).customer.sign_in_failures == 0
    customer = bank.row(Customer, "cus_zhang")
    assert (customer.sign_in_failures, customer.sign_in_blocked_until) == (0, None)


def test_each_wait_is_twice_the_last_up_to_a_limit() -> None:
    bank = FakeBank([replace(ZHANG, sign_in_failures=FREE_FAILURES)])
    waits = []
    for _ in range(8):
        until = fail(bank)
        assert until is not None
        waits.append(until - bank.now)
        bank.now = until
    assert waits == [30_000, 60_000, 120_000, 240_000, 480_000, *[LONGEST_WAIT_MS] * 3]


def test_tries_during_a_wait_do_not_prolong_it() -> None:
    bank = FakeBank([replace(ZHANG, sign_in_failures=FREE_FAILURES)])
    until = fail(bank)
    bank.now = Instant(START + 1)
    assert fail(bank) == until
    assert bank.row(Customer, "cus_zhang").sign_in_failures == FREE_FAILURES + 1


def test_signing_out_twice_is_signing_out() -> None:
    bank = FakeBank([ZHANG])
    bank.run(sign_in, SIGN_IN)
    for _ in range(2):
        assert bank.run(sign_out, SignOut(session_id="ses_1")) is None
    assert (LoginSession, "ses_1") not in bank.rows


def test_failures_of_unknown_customers_are_refused() -> None:
    assert code_of(FakeBank().run(record_sign_in_failure, FAILURE)) == "not_found"
