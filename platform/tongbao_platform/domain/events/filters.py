"""What a list of events is asked for."""

import msgspec

from tongbao_platform.kernel.clock import Instant


class EventFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which events; every given condition must hold. ``occurred_from`` is inclusive, ``occurred_to`` exclusive."""

    type: str | None = None
    subject_id: str | None = None
    occurred_from: Instant | None = None
    occurred_to: Instant | None = None
