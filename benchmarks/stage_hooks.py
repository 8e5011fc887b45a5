"""Which functions of the platform are which stage of a payment. They are wrapped from here: the platform knows nothing.

A name is where a function is used, not where it is defined. One that has moved is reported by ``Hooks.missing``; its
time then counts for the stage around it.
"""

import importlib
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

import msgspec

from benchmarks.stage_clock import StageClock
from tongbao_platform.api.v1.operations import OPERATIONS
from tongbao_platform.http.pipeline import PipelineParts, Row
from tongbao_platform.storage.rowset import RowSet

STEP: Final = "step "
STATEMENT: Final = "statement: "
RENDER: Final = "render the answer"
HANDLER: Final = "handler: the rest"
DRIVER: Final = "driver: read answers"

IN: Final = "request in"
SIGNATURE: Final = "signature of the request"
OPERATION: Final = "operation"
COMMITTER: Final = "committer"
STATEMENTS: Final = "statements, client's side"
OUT: Final = "answer out"
GROUPS: Final = (IN, SIGNATURE, OPERATION, COMMITTER, STATEMENTS, OUT)

# Stage, its group, and "module:name" or "module:Class.name" below tongbao_platform.
STAGES: Final[tuple[tuple[str, str, str], ...]] = (
    ("ASGI entry", IN, "http.application:Application.__call__"),
    ("check, build payload", SIGNATURE, "http.verify_signature:verify_request"),
    ("ES256 verify", SIGNATURE, "identity.request_signature.judge:verify"),
    ("strict decode", OPERATION, "http.decode:Decoder.decode"),
    ("build the command", OPERATION, "api.v1.payments:_command"),
    ("context: fingerprint, claims", OPERATION, "api.writing:run"),
    ("enqueue, wake up", OPERATION, "execution.committer:Committer.run"),
    ("take from the queue, tell", COMMITTER, "execution.recovery:Recovery.settle"),
    ("claims", COMMITTER, "execution.batch:Batch._claim"),
    ("keys", COMMITTER, "execution.batch:Batch._search"),
    ("load", COMMITTER, "execution.batch:Batch._load"),
    ("settle claims", COMMITTER, "execution.batch:Batch._settle_claims"),
    ("batch, the rest", COMMITTER, "execution.batch:Batch.run"),
    ("judge, the rest", COMMITTER, "execution.judge:Judge.judge"),
    ("decide", COMMITTER, "domain.payments.create:decide"),
    ("ledger postings", COMMITTER, "execution.overlay:Overlay.apply"),
    ("events", COMMITTER, "execution.judge:Judge._tell"),
    ("keep the answer", COMMITTER, "execution.judge:Judge._keep_answer"),
    ("keep the evidence", COMMITTER, "execution.judge:Judge._keep_evidence"),
    ("write, the rest", COMMITTER, "execution.writing:Writing.finish"),
    ("write, the rest", COMMITTER, "execution.writing:Writing.begin_portion"),
    ("write, the rest", COMMITTER, "execution.writing:Writing._drain"),
    ("sign: claims, payload", OUT, "http.sign_response:sign"),
    ("ES256 sign", OUT, "identity.jose.signature:sign"),
)
_STEPS: Final = {
    "verify_signature": SIGNATURE,
    "sign_response": OUT,
    "access_log": OUT,
    "handler": OPERATION,
    "authorize": OPERATION,
    "api_version": OPERATION,
    "idempotency_key": OPERATION,
}
_GROUP_OF: Final = {stage: group for stage, group, _ in STAGES} | {RENDER: COMMITTER, HANDLER: OPERATION}
_SESSION: Final = "storage.postgres_session:PostgresSession"


def group_of(stage: str) -> str:
    """Return the group that a stage is shown in."""
    if stage.startswith(STEP):
        return _STEPS.get(stage.removeprefix(STEP), IN)
    if stage.startswith(STATEMENT) or stage == DRIVER:
        return STATEMENTS
    return _GROUP_OF[stage]


class Hooks:
    """Wraps the platform's functions for ``clock``, and takes the wrapping away again.

    Install before the application is built: the steps of its pipeline are composed then.
    """

    def __init__(self, clock: StageClock) -> None:
        self._clock = clock
        self._undo: list[Callable[[], None]] = []
        self.missing: list[str] = []

    def install(self) -> None:
        """Wrap everything that is there."""
        self.missing = []
        for stage, _, name in STAGES:
            self._wrap(name, self._staged_as(stage))
        self._wrap("api.writing:_renderer", self._rendering)
        self._wrap("http.application:pipeline", self._staged_steps)
        self._wrap_operations()
        self._wrap_session()
        self._wrap_driver()

    def remove(self) -> None:
        """Put everything back."""
        while self._undo:
            self._undo.pop()()

    def _staged_as(self, stage: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        return lambda function: self._clock.stage(stage, function)

    def _rendering(self, make: Callable[..., Any]) -> Callable[..., Any]:
        """A renderer is made per request; what it makes is the stage."""
        return lambda *args: self._clock.stage(RENDER, make(*args))

    def _wrap(self, name: str, wrapped: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        found = _find(name)
        if found is None:
            self.missing.append(name)
            return
        owner, attribute = found
        self._put(owner, attribute, wrapped(getattr(owner, attribute)))

    def _put(self, owner: object, attribute: str, value: object) -> None:
        before = getattr(owner, attribute)
        self._undo.append(lambda: setattr(owner, attribute, before))
        setattr(owner, attribute, value)

    def _staged_steps(self, pipeline: Callable[[PipelineParts], tuple[Row, ...]]) -> Callable[..., tuple[Row, ...]]:
        def staged(parts: PipelineParts) -> tuple[Row, ...]:
            return tuple(
                msgspec.structs.replace(row, step=self._clock.stage(STEP + row.name, row.step))
                for row in pipeline(parts)
            )

        return staged

    def _wrap_operations(self) -> None:
        for operation in OPERATIONS:
            before = operation.handler
            msgspec.structs.force_setattr(operation, "handler", self._clock.stage(HANDLER, before))
            self._undo.append(lambda o=operation, b=before: msgspec.structs.force_setattr(o, "handler", b))  # type: ignore[misc]  # the hook takes the place of the method

    def _wrap_session(self) -> None:
        """Every statement of the writer is a stage by its method and table."""
        found = _find(_SESSION)
        if found is None:
            self.missing.append(_SESSION)
            return
        session = getattr(*found)
        for name, function in list(vars(session).items()):
            if inspect.iscoroutinefunction(function) and not name.startswith("_"):
                self._put(session, name, self._clock.stage_by(_statement_name(name), function))

    def _wrap_driver(self) -> None:
        """What comes in from PostgreSQL is read in a callback of the event loop."""
        protocol = importlib.import_module("asyncpg.protocol")

        class Staged(protocol.Protocol):  # type: ignore[misc, name-defined] # compiled, without types
            data_received = self._clock.stage(DRIVER, protocol.Protocol.data_received)

        self._put(protocol, "Protocol", Staged)


def _statement_name(method: str) -> Callable[..., str]:
    names: dict[int, str] = {}

    def name_of(session: object, *arguments: object) -> str:
        del session
        rowset = arguments[0] if arguments else None
        name = names.get(id(rowset))
        if name is None:
            table = f" {rowset.table.name}" if isinstance(rowset, RowSet) else ""
            name = names[id(rowset)] = f"{STATEMENT}{method}{table}"
        return name

    return name_of


def _find(name: str) -> tuple[Any, str] | None:
    """Return the owner and the attribute that ``name`` points to; ``None`` when it is not there."""
    path, _, rest = name.partition(":")
    owner: ModuleType | Any
    try:
        owner = importlib.import_module(f"tongbao_platform.{path}")
    except ModuleNotFoundError:
        return None
    *way, attribute = rest.split(".")
    for part in way:
        owner = getattr(owner, part, None)
    return (owner, attribute) if hasattr(owner, attribute) else None
