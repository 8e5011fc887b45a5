"""What a batch needs besides its session."""

from collections.abc import Callable
from typing import NamedTuple

from tongbao_platform.execution.registry import Registry
from tongbao_platform.kernel.clock import Clock
from tongbao_platform.kernel.ids import IdSource


class Tools(NamedTuple):
    """Injected by wiring. ``clock`` is empty where the database's own clock rules (live on PostgreSQL).

    ``seal(row, octets)`` and ``unseal(row, octets)`` encrypt stored answers that show a secret, bound to their row.
    """

    registry: Registry
    ids: IdSource
    clock: Clock | None
    livemode: bool
    seal: Callable[[str, bytes], bytes]
    unseal: Callable[[str, bytes], bytes]
