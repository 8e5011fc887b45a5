"""How events are stored."""

from typing import Final

from tongbao_platform.outbox.event import Event, PendingEvent
from tongbao_platform.outbox.tables import EVENTS as EVENT_TABLE
from tongbao_platform.outbox.tables import PENDING as PENDING_TABLE
from tongbao_platform.storage.rowset import RowSet

EVENTS: Final = RowSet(
    Event, EVENT_TABLE, mutable=(), tenants=lambda event: (event.merchant_id, event.other_merchant_id)
)
PENDING: Final = RowSet(PendingEvent, PENDING_TABLE, mutable=())
