"""The clearing of one payment, as one of its two merchants may see it."""

from typing import Literal

import msgspec

from tongbao_platform.domain.accounts.model import Transaction
from tongbao_platform.domain.payments.model import Payment
from tongbao_platform.domain.webhook_deliveries.model import DeliveryProgress
from tongbao_platform.kernel.clock import Instant

ReleaseReason = Literal["captured", "voided", "expired"]


class HoldOpened(msgspec.Struct, frozen=True, kw_only=True):
    """The payer's funds were checked and the amount set aside for the payee, until ``expires_at``."""

    at: Instant
    hold_id: str
    amount_minor: int
    expires_at: Instant | None


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """Money moved, as one group; ``transactions`` are those on the viewer's own account, by ``seq``."""

    at: Instant
    amount_minor: int
    transactions: tuple[Transaction, ...]


class HoldReleased(msgspec.Struct, frozen=True, kw_only=True):
    """What was left of the hold went back: with the last capture, by a void, or because its time was over."""

    at: Instant
    hold_id: str
    amount_minor: int
    reason: ReleaseReason


class Notified(msgspec.Struct, frozen=True, kw_only=True):
    """An event was committed; ``deliveries`` are those to the viewer's own endpoints, as they stand now."""

    at: Instant
    event_id: str
    event_type: str
    revision: int
    deliveries: tuple[DeliveryProgress, ...]


Step = HoldOpened | Posted | HoldReleased | Notified


class Clearing(msgspec.Struct, frozen=True, kw_only=True):
    """The payment and its steps, in the order of time; of one moment: hold, posting, release, event."""

    payment: Payment
    steps: tuple[Step, ...]
