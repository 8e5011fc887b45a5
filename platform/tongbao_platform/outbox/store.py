"""How events are stored."""

from typing import Final

from tongbao_platform.outbox.event import Event, OutboxBatch
from tongbao_platform.outbox.tables import BATCHES as BATCH_TABLE
from tongbao_platform.outbox.tables import EVENTS as EVENT_TABLE
from tongbao_platform.storage.rowset import RowSet

EVENTS: Final = RowSet(
    Event, EVENT_TABLE, mutable=(), tenants=lambda event: (event.merchant_id, event.other_merchant_id)
)
BATCHES: Final = RowSet(OutboxBatch, BATCH_TABLE, mutable=("event_ids", "announced"))
