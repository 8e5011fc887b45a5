"""The jobs that seal the books and prove them, and what they show."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from tongbao_platform.domain.chain.find_unsealed import MOST_ROWS
from tongbao_platform.execution.reading import EngineReader, Reader
from tongbao_platform.processes.foundation import Foundation
from tongbao_platform.processes.metrics import Metrics
from tongbao_platform.processes.proof_metrics import ProofMetrics
from tongbao_platform.processes.proving import Prover
from tongbao_platform.processes.sealing import MOST_BLOCKS_PER_RUN, Sealer
from tongbao_platform.processes.worker import Job
from tongbao_platform.storage.database import open_patient_reads

SEAL_EVERY_SECONDS: Final = 5.0
VERIFY_RECENT_EVERY_SECONDS: Final = 60.0
LOOK_FOR_FULL_EVERY_SECONDS: Final = 300.0


def proof_jobs(foundation: Foundation, metrics: Metrics) -> list[Job]:
    """Return the jobs."""
    anchor_file = foundation.settings.chain_anchor_file
    sealer = Sealer(foundation.committer, foundation.reader, foundation.clock, anchor_file)

    everything = partial(patient_snapshot, foundation.settings.database_url)
    recent = partial(patient_snapshot, foundation.settings.database_url, by_key=True)
    prover = Prover(foundation.committer, (recent, everything), foundation.clock, anchor_file)
    metrics.add(ProofMetrics(prover, sealer, foundation.clock))
    return [
        Job(
            name="seal_chain",
            every_seconds=1.0,
            run=sealer.run,
            # Few large blocks rather than many small ones; only a backlog is worked off without a rest.
            rest_seconds=SEAL_EVERY_SECONDS,
            full=MOST_ROWS * MOST_BLOCKS_PER_RUN,
        ),
        Job(name="verify_recent", every_seconds=VERIFY_RECENT_EVERY_SECONDS, run=prover.run_recent),
        Job(name="verify_all", every_seconds=LOOK_FOR_FULL_EVERY_SECONDS, run=prover.run_full),
    ]


@asynccontextmanager
async def patient_snapshot(database_url: str, *, by_key: bool = False) -> AsyncIterator[Reader]:
    """Give a reader of one moment whose queries may take long; see ``open_patient_reads``."""
    engine = open_patient_reads(database_url, by_key=by_key)
    try:
        async with EngineReader(engine).snapshot() as reader:
            yield reader
    finally:
        await engine.dispose()
