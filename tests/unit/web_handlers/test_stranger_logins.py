"""Names that do not exist wait exactly as long as those that do."""

from msgspec.structs import replace

from tests.factories.payments import ZHANG
from tests.factories.rows import FakeBank
from tongbao_platform.domain.customers import record_sign_in_failure
from tongbao_platform.domain.customers.record_sign_in_failure import RecordSignInFailure
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.web.stranger_logins import StrangerLogins


def test_strangers_wait_like_customers() -> None:
    bank = FakeBank([replace(ZHANG)])
    strangers = StrangerLogins()
    for moment in (0, 0, 0, 0, 0, 1, 29_999, 30_000, 90_000, 90_001, 10**6, 10**7, 10**8, 10**9):
        bank.now = Instant(moment)
        known = bank.run(record_sign_in_failure, RecordSignInFailure(customer_id=ZHANG.id))
        assert strangers.record("nobody", Instant(moment)) == known.blocked_until, moment


def test_only_the_latest_names_are_remembered() -> None:
    strangers = StrangerLogins(most_remembered=2)
    waits = [strangers.record("a", Instant(0)) for _ in range(5)]
    assert waits[3] is None
    assert waits[4] is not None
    strangers.record("b", Instant(0))
    strangers.record("a", Instant(0))
    strangers.record("c", Instant(0))
    assert strangers.record("a", Instant(0)) is not None
    strangers.record("d", Instant(0))
    strangers.record("e", Instant(0))
    assert strangers.record("a", Instant(0)) is None
