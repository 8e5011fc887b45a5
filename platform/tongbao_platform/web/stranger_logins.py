"""Wrong sign-ins under login names that do not exist are slowed down like those of customers.

Otherwise the wait itself would tell which names exist. They are remembered in this process only, the latest ones.
"""

from typing import Final

from tongbao_platform.domain.customers.record_sign_in_failure import FREE_FAILURES, wait_ms
from tongbao_platform.kernel.clock import Instant, later

MOST_REMEMBERED: Final = 10_000


class StrangerLogins:
    """Counts failures by login name; one per process."""

    def __init__(self, most_remembered: int = MOST_REMEMBERED) -> None:
        self._most_remembered = most_remembered
        self._failures: dict[str, tuple[int, Instant | None]] = {}

    def record(self, login: str, now: Instant) -> Instant | None:
        """Count a failure; return until when sign-in must wait. A try during a wait counts for nothing."""
        failures, until = self._failures.pop(login, (0, None))
        if until is None or until <= now:
            failures += 1
            until = None if failures <= FREE_FAILURES else later(now, wait_ms(failures))
        self._failures[login] = (failures, until)
        if len(self._failures) > self._most_remembered:
            del self._failures[next(iter(self._failures))]
        return until
