"""What an operation is: a module named by its verb, with ``keys``, ``decide``, maybe ``claims`` and ``search``.

``claims(command)`` names the values that may exist once only (a merchant's own number). ``search(command)`` names rows
that must be found before the keys are known. ``keys(command, found)`` names the rows and ledger accounts to lock.
``decide(rows, command, now)`` is pure and says what changes, or refuses. The committer does everything else.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from tongbao_platform.kernel.caller import Caller
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.instructions import LedgerInstruction
from tongbao_platform.ledger.model import Account, Hold
from tongbao_platform.outbox.event import NewEvent

T = TypeVar("T")
C_contra = TypeVar("C_contra", contravariant=True)


class Claim(msgspec.Struct, frozen=True):
    """A value that may be taken once: ``(kind, scope, value)`` is unique for ever, or until it is purged.

    A natural key names its object: ``ref`` is that object's id and ``model`` its class, so that a second claim finds
    the object. A one-time value (a jti, an assertion) has neither.
    """

    kind: str
    scope: str
    value: str
    ref: str | None = None
    model: type[Any] | None = None
    expires_at: Instant | None = None


class Lookup(msgspec.Struct, frozen=True):
    """A search for rows of ``model`` whose ``columns`` equal ``values`` (unlocked; ``decide`` re-checks)."""

    model: type[Any]
    columns: tuple[str, ...]
    values: tuple[str, ...]


def by_id(model: type[Any], row_id: str) -> Lookup:
    """Look a row up by its id."""
    return Lookup(model, ("id",), (row_id,))


class Found:
    """What the look-ups of one command found, already limited to the caller's tenant."""

    def __init__(self, rows: Mapping[Lookup, tuple[Any, ...]]) -> None:
        self._rows = rows

    def all(self, lookup: Lookup) -> tuple[Any, ...]:
        """Return every row found for ``lookup``."""
        return self._rows.get(lookup, ())

    def first(self, model: type[T], lookup: Lookup) -> T | None:
        """Return the first row found for ``lookup``, or ``None``; ``model`` gives the type."""
        rows = self._rows.get(lookup, ())
        row = rows[0] if rows else None
        return row if isinstance(row, model) else None


NOTHING_FOUND = Found({})


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What must be locked and loaded: rows by class and id, and ledger accounts by id."""

    rows: tuple[tuple[type[Any], str], ...] = ()
    accounts: tuple[str, ...] = ()


class Rows(Protocol):
    """The locked rows, with the changes of earlier operations of the batch, limited to the caller's tenant."""

    def get(self, model: type[T], row_id: str) -> T | None:
        """Return the row of ``model`` with ``row_id``; ``None`` when it does not exist or is another tenant's."""
        ...

    def account(self, account_id: str) -> Account | None:
        """Return a ledger account named in the keys, whoever owns it; ``None`` when it does not exist."""
        ...

    def hold(self, hold_id: str) -> Hold | None:
        """Return a hold named in the keys as ``(Hold, id)``."""
        ...

    def taken(self, claim: Claim) -> str | None:
        """Return the ``ref`` of the object that holds ``claim`` already, or ``None`` when it is free."""
        ...


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What an operation decided. Everything in it is committed together, or nothing is.

    ``ledger`` is applied in order; its transfers form one group. Ids of transfers, entries and events, and their times,
    are given by the committer. ``result`` goes to the renderer and to the caller of ``run``.
    """

    result: Any
    insert: tuple[Any, ...] = ()
    update: tuple[Any, ...] = ()
    delete: tuple[Any, ...] = ()
    ledger: tuple[LedgerInstruction, ...] = ()
    events: tuple[NewEvent, ...] = ()
    audit: "tuple[NewAuditEntry, ...]" = ()


class NewAuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to which object, for the audit trail; never personal data or a secret."""

    action: str
    object_type: str
    object_id: str
    detail: str = ""


class Operation(Protocol[C_contra]):
    """The shape of an operation module. ``claims`` and ``search`` are optional and looked up by name."""

    def keys(self, command: C_contra, found: Found, /) -> Keys:
        """Name the rows and accounts that ``decide`` needs."""
        ...

    def decide(self, rows: Rows, command: C_contra, now: Instant, /) -> Changes | Refusal:
        """Decide, purely, what changes."""
        ...


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A rendered HTTP answer: status, the headers that a replay repeats, and the exact body bytes.

    ``secret`` is false for one that shows no secret although others of its operation do: it need not be sealed.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    secret: bool = True


class Idempotency(msgspec.Struct, frozen=True, kw_only=True):
    """The caller's Idempotency-Key in its scope, with the SHA-256 of method, path, query and raw body."""

    scope: str
    key: str
    fingerprint: bytes
    expires_at: Instant
    sealed: bool = False


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The signature of a write, kept with its effect for non-repudiation."""

    kid: str
    jti: str
    payload: bytes
    protected: bytes
    signature: bytes


class OneTime(msgspec.Struct, frozen=True):
    """A value that must never have been seen; when it was, the operation is refused with ``refusal``."""

    claim: Claim
    refusal: Refusal


Renderer = Callable[[Any], Answer]


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a call that is not the command.

    ``caller`` limits rows to its tenant; workers and operators leave it empty and name themselves in ``actor``.
    ``render`` turns a result or a refusal into the stored answer; it is pure.
    """

    actor: str
    caller: Caller | None = None
    idempotency: Idempotency | None = None
    once: OneTime | None = None
    evidence: Evidence | None = None
    render: Renderer | None = None
    request_id: str | None = None
    traceparent: str | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an operation: ``result`` or ``refusal``, the rendered answer if there is a renderer.

    A replayed outcome carries only ``answer``: the stored bytes of the first call.
    """

    result: Any = None
    refusal: Refusal | None = None
    answer: Answer | None = None
    replayed: bool = False
