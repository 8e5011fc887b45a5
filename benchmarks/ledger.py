"""Ledger postings: ``domain.payments.create`` through the real committer, without HTTP.

One posting is a payment row, its number claimed, two transfers with four entries, three balances, the events of payment
and accounts. As many loops run as a batch is to have operations, so that each commit takes exactly that many.
"""

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from benchmarks.population import FEE_RATE_PPM, Population
from tongbao_platform.domain.payments import create
from tongbao_platform.domain.payments.model import AccountMethod
from tongbao_platform.execution.operation import Context
from tongbao_platform.kernel.ids import IdSource
from tongbao_platform.processes.foundation import Foundation, open_foundation
from tongbao_platform.settings import Settings

AMOUNT_MINOR: Final = 1_999
# More than any machine does: commands are made before the timed part, and a run that used them all up ends early.
_RATE_LIMIT_PER_SLOT: Final = 2_000
_RATE_LIMIT: Final = 30_000
_WARM_UP_BATCHES: Final = 3
_CONTEXT: Final = Context(actor="benchmark")


class LedgerRun(msgspec.Struct, frozen=True):
    """``batch`` operations a commit for ``seconds``; ``hot``: all pay the same merchant."""

    batch: int
    hot: bool
    seconds: float

    @property
    def warm_up(self) -> int:
        """How many operations run before the clock does."""
        return self.batch * _WARM_UP_BATCHES


class LedgerFigures(msgspec.Struct, frozen=True):
    """``count`` postings took ``seconds``; ``batches`` counts commits by their size.

    ``cpu_seconds`` is processor time of this process, ``database_seconds`` that of the database's.
    """

    count: int
    seconds: float
    cpu_seconds: float
    database_seconds: float
    batches: dict[int, int]


async def post(
    settings: Settings, population: Population, run: LedgerRun, database_seconds: Callable[[], float]
) -> LedgerFigures:
    """Post for the time asked and return the figures; every posting must have succeeded.

    ``database_seconds`` tells how much processor time the database's processes have used.
    """
    async with open_foundation(settings) as foundation:
        wanted = int(run.seconds * min(_RATE_LIMIT, run.batch * _RATE_LIMIT_PER_SLOT))
        made = commands(population, foundation.ids, hot=run.hot, count=wanted + run.warm_up)
        warm_up, timed = iter(made[wanted:]), iter(made[:wanted])
        await _drain(foundation, warm_up, run.batch, float("inf"))
        # The commands lie there only for the measurement: the collector shall not look at them again and again.
        gc.collect()
        gc.freeze()
        try:
            # Asked while the connection stands: what an ended process has used is missed for a moment.
            used = database_seconds()
            figures = await _drain(foundation, timed, run.batch, run.seconds)
            return msgspec.structs.replace(figures, database_seconds=database_seconds() - used)
        finally:
            gc.unfreeze()


def commands(population: Population, ids: IdSource, *, hot: bool, count: int) -> list[create.CreatePayment]:
    """Return ``count`` payments between different merchants, spread over all of them or all to the first one."""
    parties = population.parties
    made = []
    for number in range(count):
        payer = parties[1 + number % (len(parties) - 1)]
        payee = parties[0] if hot else parties[1 + (number * 7 + 3) % (len(parties) - 1)]
        if payee is payer:
            payee = parties[0]
        payment_id = ids.new("pay")
        made.append(
            create.CreatePayment(
                payment_id=payment_id,
                creator_merchant_id=payer.merchant_id,
                client_id="app_benchmark",
                livemode=False,
                merchant_order_no=payment_id,
                amount_minor=AMOUNT_MINOR,
                currency="CNY",
                method=AccountMethod(payer.account_id, payee.account_id),
                payee=create.Payee(
                    merchant_id=payee.merchant_id,
                    account_id=payee.account_id,
                    fee_rate_ppm=FEE_RATE_PPM,
                    fee_account_id=population.fee_account_id,
                ),
            )
        )
    return made


async def _drain(
    foundation: Foundation, waiting: Iterator[create.CreatePayment], width: int, seconds: float
) -> LedgerFigures:
    commits: Counter[int] = Counter()
    number = 0

    def committed() -> None:
        nonlocal number
        number += 1

    async def loop() -> None:
        while time.perf_counter() < until:
            command = next(waiting, None)
            if command is None:
                return
            outcome = await foundation.committer.run(create, command, _CONTEXT)
            if outcome.refusal is not None or outcome.result.payment.status != "succeeded":
                raise RuntimeError(f"a posting failed: {outcome}")
            commits[number] += 1

    foundation.committed.append(committed)
    started, cpu = time.perf_counter(), time.process_time()
    until = started + seconds
    await asyncio.gather(*(loop() for _ in range(width)))
    elapsed, cpu = time.perf_counter() - started, time.process_time() - cpu
    foundation.committed.remove(committed)
    return LedgerFigures(commits.total(), elapsed, cpu, 0.0, dict(sorted(Counter(commits.values()).items())))
