"""Count a wrong password. From the fifth on, each makes the customer wait twice as long, up to a quarter of an hour."""

from typing import Final

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.customers import errors
from tongbao_platform.domain.customers.model import Customer
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import MINUTE_MS, SECOND_MS, Instant, later
from tongbao_platform.kernel.errors import Refusal

FREE_FAILURES: Final = 4
FIRST_WAIT_MS: Final = 30 * SECOND_MS
LONGEST_WAIT_MS: Final = 15 * MINUTE_MS
_DOUBLINGS: Final = 5


class RecordSignInFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Whose password was guessed wrongly."""

    customer_id: str


class SignInFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Until when no sign-in is accepted; ``None`` when the next try may come at once."""

    blocked_until: Instant | None


def keys(command: RecordSignInFailure, found: Found) -> Keys:
    """Name the customer."""
    del found
    return Keys(rows=((Customer, command.customer_id),))


def decide(rows: Rows, command: RecordSignInFailure, now: Instant) -> Changes | Refusal:
    """Count; a try during a wait counts for nothing, so that strangers cannot prolong it."""
    customer = rows.get(Customer, command.customer_id)
    if customer is None:
        return errors.NOT_FOUND
    if customer.sign_in_blocked_until is not None and customer.sign_in_blocked_until > now:
        return Changes(result=SignInFailure(blocked_until=customer.sign_in_blocked_until))
    failures = customer.sign_in_failures + 1
    until = None if failures <= FREE_FAILURES else later(now, wait_ms(failures))
    counted = replace(customer, sign_in_failures=failures, sign_in_blocked_until=until)
    return Changes(result=SignInFailure(blocked_until=until), update=(counted,))


def wait_ms(failures: int) -> int:
    """Return how long the wait after ``failures`` (more than the free ones) lasts, in milliseconds."""
    doublings = min(failures - FREE_FAILURES - 1, _DOUBLINGS)
    return min(FIRST_WAIT_MS << doublings, LONGEST_WAIT_MS)
