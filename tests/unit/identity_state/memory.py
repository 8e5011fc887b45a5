"""The write path in memory: enough of it to run identity's operations without a database."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy import Select, TextualSelect

from tongbao_platform.execution.cache import Freshness, VersionedCache
from tongbao_platform.execution.operation import NOTHING_FOUND, Changes, Claim, Context, Keys, NewAuditEntry, Outcome
from tongbao_platform.identity.clients.model import Client
from tongbao_platform.identity.keys.model import ClientKey
from tongbao_platform.identity.registered_client import RegisteredClient, registered_client
from tongbao_platform.identity.signing_keys.model import PlatformKey
from tongbao_platform.identity.signing_keys.store import PlatformKeyStore
from tongbao_platform.identity.tokens.model import AccessToken
from tongbao_platform.kernel.clock import Clock, Instant, VirtualClock
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.ledger.model import Account, Hold
from tongbao_platform.storage.rowset import RowSet

T = TypeVar("T")
START = Instant(1_795_000_000_000)


class MemoryRows:
    """What an operation may see: the rows its keys and claims name."""

    def __init__(self, rows: dict[tuple[type[Any], str], Any], taken: dict[Claim, str | None]) -> None:
        self._rows = rows
        self._taken = taken

    def get(self, model: type[T], row_id: str) -> T | None:
        row: T | None = self._rows.get((model, row_id))
        return row

    def account(self, account_id: str) -> Account | None:
        return self.get(Account, account_id)

    def hold(self, hold_id: str) -> Hold | None:
        return self.get(Hold, hold_id)

    def taken(self, claim: Claim) -> str | None:
        return self._taken.get(claim)


class NoReader:
    """A database without rows; the cache's version never moves."""

    async def rows(self, statement: Select[Any] | TextualSelect) -> list[tuple[Any, ...]]:
        return []

    async def models(self, rowset: RowSet[T], statement: Select[Any]) -> list[T]:
        return []


class MemoryCommitter:
    """Runs one operation at a time: claims, named rows only, changes applied at once, caches told."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.rows: dict[tuple[type[Any], str], Any] = {}
        self.claims: dict[tuple[str, str, str], str | None] = {}
        self.audit: list[NewAuditEntry] = []
        self.loads = 0
        self.freshness = Freshness(NoReader(), monotonic=lambda: 0.0)

    async def run(self, operation: Any, command: Any, context: Context, /) -> Outcome:
        once = context.once
        if once is not None and _key(once.claim) in self.claims:
            return Outcome(refusal=once.refusal)
        claims: tuple[Claim, ...] = operation.claims(command) if hasattr(operation, "claims") else ()
        taken = {claim: self.claims[_key(claim)] for claim in claims if _key(claim) in self.claims}
        keys: Keys = operation.keys(command, NOTHING_FOUND)
        named = {*keys.rows, *((claim.model, ref) for claim, ref in taken.items())}
        visible = {key: row for key, row in self.rows.items() if key in named}
        verdict: Changes | Refusal = operation.decide(MemoryRows(visible, taken), command, self.clock.now())
        if isinstance(verdict, Refusal):
            return Outcome(refusal=verdict)
        self._apply(verdict)
        for claim in claims:
            if claim not in taken and (claim.model, claim.ref) in self.rows:
                self.claims[_key(claim)] = claim.ref
        if once is not None:
            self.claims[_key(once.claim)] = None
        return Outcome(result=verdict.result)

    async def done(self, operation: Any, command: Any) -> Any:
        """Run an operation that must not be refused and return its result."""
        outcome = await self.run(operation, command, Context(actor="test"))
        assert outcome.refusal is None, outcome.refusal
        return outcome.result

    async def refused(self, operation: Any, command: Any) -> Refusal:
        """Run an operation that must be refused and return the refusal."""
        outcome = await self.run(operation, command, Context(actor="test"))
        assert outcome.refusal is not None
        return outcome.refusal

    def all(self, model: type[T]) -> list[T]:
        """Return the rows of ``model``, those that were inserted first, first."""
        return [row for (kind, _), row in self.rows.items() if kind is model]

    def cache(self, load: Callable[[str], Awaitable[T | None]]) -> VersionedCache[str, T]:
        return VersionedCache(load, self.freshness)

    async def load_client(self, client_id: str) -> RegisteredClient | None:
        self.loads += 1
        client = self.rows.get((Client, client_id))
        if client is None:
            return None
        return registered_client(client, [key for key in self.all(ClientKey) if key.client_id == client_id])

    async def load_token(self, token_id: str) -> AccessToken | None:
        self.loads += 1
        token: AccessToken | None = self.rows.get((AccessToken, token_id))
        return token

    async def load_platform_keys(self, which: str) -> tuple[PlatformKey, ...] | None:
        self.loads += 1
        return tuple(self.all(PlatformKey)) or None

    def _apply(self, changes: Changes) -> None:
        for row in changes.insert:
            assert (type(row), row.id) not in self.rows
            self.rows[(type(row), row.id)] = row
        for row in changes.update:
            assert (type(row), row.id) in self.rows
            self.rows[(type(row), row.id)] = row
        for row in changes.delete:
            del self.rows[(type(row), row.id)]
        self.audit += changes.audit
        # As the row sets say: inserts and tokens drop no cache.
        if any(isinstance(row, Client | ClientKey | PlatformKey) for row in changes.update):
            self.freshness.forget()


class MemoryKeyStore(PlatformKeyStore):
    """The platform's keys as the committer has them."""

    def __init__(self, committer: MemoryCommitter) -> None:
        super().__init__(NoReader())
        self._committer = committer

    async def published(self, now: Instant) -> tuple[PlatformKey, ...]:
        return tuple(self._committer.all(PlatformKey))


def _key(claim: Claim) -> tuple[str, str, str]:
    return (claim.kind, claim.scope, claim.value)


def memory() -> tuple[MemoryCommitter, VirtualClock]:
    """Return an empty store and the clock it goes by."""
    clock = VirtualClock(START)
    return MemoryCommitter(clock), clock
