"""The running server keeps what the published document promises: Schemathesis looks for an example that it does not.

Requests go over loopback to a real server process and are signed by the SDK's own signer.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine.events import EngineFinished, FatalError, NonFatalError, ScenarioFinished
from schemathesis.engine.recorder import ScenarioRecorder

from tests.contract.schemathesis.seeds import Seeds, sow, told
from tests.contract.schemathesis.signing import Signing
from tests.factories.run_apart import run_apart
from tests.factories.servers import Parties, ServerProcess, environment_for, free_port, prepare_database
from tongbao import RequestSigner, load_private_key

EXAMPLES: Final = 30
SEED: Final = 20_261_122

CHECKS: Final = {
    # What a positive example may run into all the same: states, numbers taken, balances, a cursor nobody made.
    "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "404", "409", "422"]},
    "negative_data_rejection": {
        "expected-statuses": ["400", "401", "403", "404", "409", "413", "415", "421", "422", "431"]
    },
}
CONFIG: Final = {
    "seed": SEED,
    "cache": {"enabled": False},
    "generation": {"max-examples": EXAMPLES, "no-shrink": True},
    "checks": CHECKS,
    "phases": {"stateful": {"enabled": False}},
}


class Running:
    """The process with its seeds."""

    def __init__(self, process: ServerProcess, parties: Parties, seeds: Seeds) -> None:
        self.process = process
        self.parties = parties
        self.seeds = seeds

    def signing(self) -> Signing:
        buyer, address = self.parties.buyer, self.process.address
        with buyer.blocking_client(address) as client:
            token = client.access_token()
        key = load_private_key(buyer.private_jwk)
        return Signing(RequestSigner(signer=key, client_id=buyer.client_id, audience=address.base_url), token)


@pytest.fixture
def running(sqlite_url: str, tmp_path: Path) -> Iterator[Running]:
    """Give a running server with one of everything."""
    process = ServerProcess(environment_for(sqlite_url, tmp_path), tmp_path)
    parties = run_apart(lambda: prepare_database(process.settings))
    process.start()
    try:
        # Nobody listens there: deliveries fail, which is a delivery to look at too.
        yield Running(process, parties, sow(parties, process.address, f"http://127.0.0.1:{free_port()}/hooks"))
    finally:
        process.close()


def results(schema: Any) -> Iterator[ScenarioRecorder]:
    """Run all phases; give what each scenario recorded; a fault of the run itself is raised."""
    for event in engine.from_schema(schema).execute():
        if isinstance(event, ScenarioFinished):
            yield event.recorder
        elif isinstance(event, NonFatalError):
            pytest.fail(f"{event.label}: {event.value!r}")
        elif isinstance(event, FatalError):
            raise event.exception
        elif isinstance(event, EngineFinished):
            assert event.stop_reason is engine.StopReason.COMPLETED


def failures(recorder: ScenarioRecorder) -> Iterator[str]:
    """Describe every failed check of a scenario."""
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                interaction = recorder.interactions.get(case_id)
                answer = interaction.response if interaction is not None else None
                said = "" if answer is None else f"{answer.status_code} {answer.content[:600]!r}"
                info = check.failure_info
                yield f"{recorder.label} {check.name}: {info.failure}\n  {info.code_sample}\n  {said}"


# Why a request that fits the document may be refused all the same. Nothing here is about its form.
REASONS: Final = frozenset(
    "invalid_cursor refund_exceeds_payment insufficient_balance limit_exceeded merchant_number_conflict "
    "payment_invalid_state not_found".split()
)
# What the conventions ask and no JSON schema can say, by the beginning of the field error's text.
CONVENTIONS: Final = (
    "Control characters other than TAB and LF",
    "It must be an integer, written without a fraction",
    "Give endpoint_id and after_seq",
    '"*" stands alone',
    "The payee must be another merchant",
    "At most what is left to capture",
    "The time has not come yet",
)


def refused_for_its_form(recorder: ScenarioRecorder) -> Iterator[str]:
    """Give the codes that came back for examples that fit the document, where they are about the form."""
    for case_id, interaction in recorder.interactions.items():
        case, answer = recorder.cases[case_id].value, interaction.response
        fits = case.meta is not None and case.meta.generation.mode is schemathesis.GenerationMode.POSITIVE
        if answer is not None and fits and answer.status_code in (400, 404, 409, 422):
            problem = answer.json()
            details = [error["detail"] for error in problem.get("errors", [])]
            explained = details and all(detail.startswith(CONVENTIONS) for detail in details)
            if problem["code"] not in REASONS and not explained:
                yield f"{recorder.label} {problem['code']} {problem.get('errors')}"


def valid(result: Any) -> Any:
    """Return the operation; what Schemathesis cannot read is a failure."""
    return result.ok()


def test_the_server_keeps_its_contract(running: Running) -> None:
    schema = schemathesis.openapi.from_dict(told(running.seeds), config=SchemathesisConfig.from_dict(CONFIG))
    schema.config.update(base_url=running.process.settings.base_url)
    schema.auth.set_from_requests(running.signing())
    statuses: dict[str, Counter[int]] = {}
    found: list[str] = []
    for recorder in results(schema):
        found += failures(recorder)
        found += refused_for_its_form(recorder)
        for case_id, interaction in recorder.interactions.items():
            case = recorder.cases[case_id].value
            if interaction.response is not None:
                counts = statuses.setdefault(case.operation.label, Counter())
                counts[interaction.response.status_code] += 1

    found = list(dict.fromkeys(found))
    assert not found, f"{len(found)} failures:\n" + "\n".join(found[:20])
    operations = {operation.label for operation in map(valid, schema.get_all_operations())}
    assert set(statuses) == operations
    few = {label: sum(counts.values()) for label, counts in statuses.items() if sum(counts.values()) < EXAMPLES}
    assert few == {}
    never = {label: counts for label, counts in statuses.items() if not any(200 <= code < 300 for code in counts)}
    assert never == {}, "every operation reached a success"
    assert not any(code >= 500 for counts in statuses.values() for code in counts)
