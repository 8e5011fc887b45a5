"""Prometheus metrics of one process. Labels are bounded: never an id, never a path that was not routed."""

from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.registry import Collector

from tongbao_platform.domain.accounts.model import ClearingState
from tongbao_platform.execution.committer import Committer
from tongbao_platform.http.access_log import AccessRecord
from tongbao_platform.http.admission import InFlightLimit
from tongbao_platform.kernel.clock import Instant

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counters that the process feeds and ``/metrics`` shows."""

    def __init__(self, committer: Committer) -> None:
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "tongbao_http_request_duration_seconds",
            "Time from the first step of the pipeline to the last.",
            ("method", "route", "status_class"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        # Looking a child up by its labels takes longer than observing; labels are few.
        self._by_labels: dict[tuple[str, str, int], Histogram] = {}
        self._problems = Counter(
            "tongbao_http_problems_total", "Answers that were problems, by code.", ("code",), registry=self._registry
        )
        self._jobs = Counter(
            "tongbao_jobs_total", "Runs of background jobs.", ("job", "result"), registry=self._registry
        )
        self._job_items = Counter(
            "tongbao_job_items_total", "Things that background jobs did.", ("job",), registry=self._registry
        )
        queued = Gauge("tongbao_committer_queued", "Operations waiting for the next batch.", registry=self._registry)
        queued.set_function(lambda: committer.queued)
        self._clearing_balance = Gauge(
            "pay_clearing_balance_minor",
            "Balance of a flow's clearing account, in minor units; it must come back to 0.",
            ("flow", "currency"),
            registry=self._registry,
        )
        self._clearing_age = Gauge(
            "pay_clearing_oldest_seconds",
            "How long a clearing account of the flow has not been at 0.",
            ("flow",),
            registry=self._registry,
        )

    def watch(self, in_flight_limit: InFlightLimit) -> None:
        """Show how many requests ``in_flight_limit`` has let in that are not answered yet."""
        in_flight = Gauge("tongbao_http_in_flight", "Requests being worked on.", ("kind",), registry=self._registry)
        in_flight.labels("read").set_function(lambda: in_flight_limit.reads)
        in_flight.labels("write").set_function(lambda: in_flight_limit.writes)

    def add(self, collector: Collector) -> None:
        """Show what ``collector`` gives too."""
        self._registry.register(collector)

    def request(self, record: AccessRecord) -> None:
        """Take note of a request (an access-log sink)."""
        labels = (record.method, record.route or "none", record.status // 100)
        child = self._by_labels.get(labels)
        if child is None:
            method, route, status_class = labels
            child = self._by_labels[labels] = self._requests.labels(method, route, f"{status_class}xx")
        child.observe(record.duration_us / 1_000_000)
        if record.code is not None:
            self._problems.labels(record.code).inc()

    def job(self, name: str, done: int) -> None:
        """Take note of a run of a background job; ``done`` is -1 for a failure."""
        self._jobs.labels(name, "failed" if done < 0 else "ok").inc()
        if done > 0:
            self._job_items.labels(name).inc(done)

    def clearing(self, states: Sequence[ClearingState], now: Instant) -> None:
        """Take note of how the clearing accounts stand at ``now``."""
        oldest: dict[str, int] = {}
        for state in states:
            self._clearing_balance.labels(state.flow, state.currency).set(state.balance_minor)
            oldest[state.flow] = max(oldest.get(state.flow, 0), state.age_seconds(now))
        for flow, seconds in oldest.items():
            self._clearing_age.labels(flow).set(seconds)

    def render(self) -> bytes:
        """Return the text that Prometheus reads (exposition format 0.0.4)."""
        return generate_latest(self._registry)
