"""What the verbs that run operations themselves, and the token endpoint, need of the committer."""

from typing import Any, Protocol

from tongbao_platform.execution.operation import Context, Outcome


class RunsOperations(Protocol):
    """Runs operations; the committer does."""

    async def run(self, operation: Any, command: Any, context: Context, /) -> Outcome:  # noqa: ANN401 - any operation
        """Run one operation and return what became of it, committed."""
        ...
