"""One operation on its way through the committer."""

import asyncio
from typing import Any

from tongbao_platform.execution.operation import (
    NOTHING_FOUND,
    Claim,
    Context,
    Found,
    Keys,
    Lookup,
    Operation,
    Outcome,
)
from tongbao_platform.execution.records import ClaimRow
from tongbao_platform.storage.session import Key

IDEMPOTENCY = "idempotency"


class Work:
    """An operation with its command, context and waiter, and what one attempt has learned about it."""

    def __init__(self, operation: Operation[Any], command: Any, context: Context, deadline: float) -> None:
        self.operation = operation
        self.command = command
        self.context = context
        self.deadline = deadline
        # Somebody else was making one of its claims when it was tried last.
        self.held_up = False
        self.waiter: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        claims = getattr(operation, "claims", None)
        self.natural: tuple[Claim, ...] = claims(command) if claims else ()
        search = getattr(operation, "search", None)
        self.lookups: tuple[Lookup, ...] = search(command) if search else ()
        self.found: Found = NOTHING_FOUND
        self.keys: Keys = Keys()
        self.idempotency_key: Key | None = None
        if context.idempotency is not None:
            self.idempotency_key = (IDEMPOTENCY, context.idempotency.scope, context.idempotency.key)

    @property
    def tenant(self) -> str | None:
        """Whose rows it may see; ``None`` is the platform itself."""
        return self.context.caller.merchant_id if self.context.caller else None

    def claim_rows(self) -> list[ClaimRow]:
        """Return everything it claims."""
        rows = [ClaimRow(c.kind, c.scope, c.value, c.ref, c.expires_at) for c in self.natural]
        if self.context.once is not None:
            once = self.context.once.claim
            rows.append(ClaimRow(once.kind, once.scope, once.value, once.ref, once.expires_at))
        if self.context.idempotency is not None:
            asked = self.context.idempotency
            # Without an expiry of its own: it goes with its answer (see ``expiry``).
            rows.append(ClaimRow(IDEMPOTENCY, asked.scope, asked.key, None, None))
        return rows
