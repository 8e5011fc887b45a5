"""What the verifier and the sealer show to Prometheus: one gauge per rule, 0 when it holds."""

from collections.abc import Iterator
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tongbao_platform.domain.verification.model import Rule
from tongbao_platform.kernel.clock import SECOND_MS, Clock
from tongbao_platform.processes.proving import Prover
from tongbao_platform.processes.sealing import Sealer

# V9 (each entry in at most one settlement line) has no table yet, and no gauge that would claim it holds.
GAUGES: Final[dict[Rule, tuple[str, str]]] = {
    "V1": ("pay_ledger_sum", "Currencies whose entries do not sum to zero."),
    "V2": ("pay_ledger_unbalanced", "Groups and transfers that do not balance."),
    "V3": ("pay_ledger_drift_accounts", "Balances that do not follow from their entries."),
    "V4": ("pay_ledger_seq_gaps", "Accounts whose entries have gaps or a wrong end."),
    "V5": ("pay_ledger_held_drift", "Accounts and holds whose reserved amounts do not agree."),
    "V6": ("pay_ledger_guard_violations_total", "Accounts below their floor."),
    "V7": ("pay_payment_legs_broken", "Payments and refunds whose legs, hold or events are not what they say."),
    "V8": ("pay_refund_drift_payments", "Payments that do not count their refunds right."),
    "V10": ("pay_chain_broken", "Rows and blocks that are not as they were sealed."),
    "V11": ("pay_ledger_orphan_entries", "Entries without transfer or account."),
    "V12": ("pay_clearing_overdue", "Clearing accounts that are not back at zero in time."),
}


class ProofMetrics(Collector):
    """Shows a process' verifier and sealer as they stand; nothing of one that has not run yet."""

    def __init__(self, prover: Prover, sealer: Sealer, clock: Clock) -> None:
        self._prover = prover
        self._sealer = sealer
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        if self._prover.last_success is not None:
            yield from self._proofs(self._prover.last_success)
        if self._sealer.heads:
            yield from self._chains()

    def _proofs(self, last_success: int) -> Iterator[Metric]:
        for rule, (name, meaning) in GAUGES.items():
            yield GaugeMetricFamily(
                name, f"{meaning} Rule {rule} of the verifier.", value=self._prover.found.get(rule, 0)
            )
        yield GaugeMetricFamily(
            "pay_verifier_last_success_timestamp",
            "When a verification last ran to its end, in seconds since 1970.",
            value=last_success / SECOND_MS,
        )

    def _chains(self) -> Iterator[Metric]:
        number = GaugeMetricFamily("pay_chain_head_number", "Blocks of the hash chain.", labels=("chain",))
        age = GaugeMetricFamily(
            "pay_chain_head_age_seconds", "How long ago the last block was sealed.", labels=("chain",)
        )
        behind = GaugeMetricFamily(
            "pay_chain_behind_seconds", "For how long something has been waiting to be sealed, at most."
        )
        now = self._clock.now()
        for head in self._sealer.heads:
            number.add_metric((head.id,), head.number)
            age.add_metric((head.id,), (now - head.sealed_at) / SECOND_MS)
        if self._sealer.complete_at is not None:
            behind.add_metric((), (now - self._sealer.complete_at) / SECOND_MS)
        yield from (number, age, behind)
