"""Steps ``admission`` and ``in_flight``: a process takes on what it gets done soon, and says 503 to the rest at once.

A process runs out of processor time long before its committer's queue fills: with thousands of connections the queue
would build up unseen in the event loop, and every answer would be late. So the requests that are worked on are counted
and limited here (decision record 0014).
"""

from itertools import cycle
from typing import Final

from tongbao_platform.http.exchange import Exchange, Proceed, Response, Step
from tongbao_platform.kernel.errors import Overloaded

# A quarter of a second's work of a process that does 1,000 to 1,200 signed payments a second, four times what keeps it
# busy, and one full batch of the committer. Twice as much doubles every wait and gets no more done.
DEFAULT_IN_FLIGHT: Final = 256

_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Those who are refused together shall not all come back together.
_RETRY_AFTER_SECONDS: Final = (1, 2, 3)


class InFlightLimit:
    """Counts the requests that one process works on: ``limit`` in all, half of them reads.

    Reads are known by their method. They can never take the half that is left for what moves money; writes may take
    everything.
    """

    def __init__(self, limit: int = DEFAULT_IN_FLIGHT) -> None:
        self._limit = limit
        self._most_reads = max(1, limit // 2)
        self._pauses = cycle(_RETRY_AFTER_SECONDS)
        self.reads = 0
        self.writes = 0

    @property
    def count(self) -> int:
        """How many requests are being worked on."""
        return self.reads + self.writes

    def check(self, method: str) -> None:
        """Raise ``Overloaded`` when a request with ``method`` would be one too many."""
        full = self.count >= self._limit
        if full or (method in _READS and self.reads >= self._most_reads):
            raise Overloaded("too many requests are in flight", next(self._pauses))

    def enter(self, method: str) -> None:
        """Count a request in, or raise ``Overloaded``."""
        self.check(method)
        self._add(method, 1)

    def leave(self, method: str) -> None:
        """Count a request out that was counted in."""
        self._add(method, -1)

    def _add(self, method: str, number: int) -> None:
        if method in _READS:
            self.reads += number
        else:
            self.writes += number


def admission(in_flight_limit: InFlightLimit) -> Step:
    """Return the step that refuses while ``in_flight_limit`` is full: nothing was read, asked or verified yet."""

    async def step(exchange: Exchange, proceed: Proceed) -> Response:
        in_flight_limit.check(exchange.method)
        return await proceed(exchange)

    return step


def in_flight(in_flight_limit: InFlightLimit) -> Step:
    """Return the step that counts. It stands behind the reading of the body: who sends slowly holds no place."""

    async def step(exchange: Exchange, proceed: Proceed) -> Response:
        in_flight_limit.enter(exchange.method)
        try:
            return await proceed(exchange)
        finally:
            in_flight_limit.leave(exchange.method)

    return step
