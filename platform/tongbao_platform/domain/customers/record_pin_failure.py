"""Count a wrong payment PIN; the fifth in a row locks it."""

from typing import Final

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.customers import errors
from tongbao_platform.domain.customers.model import Customer
from tongbao_platform.execution.operation import Changes, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal

MOST_FAILURES: Final = 5


class RecordPinFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Whose PIN was guessed wrongly, and the hash it was compared with."""

    customer_id: str
    pin_hash: str


class PinFailure(msgspec.Struct, frozen=True, kw_only=True):
    """How many tries are left; with none left the PIN is locked."""

    tries_left: int


def keys(command: RecordPinFailure, found: Found) -> Keys:
    """Name the customer."""
    del found
    return Keys(rows=((Customer, command.customer_id),))


def decide(rows: Rows, command: RecordPinFailure, now: Instant) -> Changes | Refusal:
    """Count; a guess at a PIN that was changed meanwhile counts for nothing."""
    customer = rows.get(Customer, command.customer_id)
    if customer is None:
        return errors.NOT_FOUND
    if customer.pin_locked_at is not None:
        return Changes(result=PinFailure(tries_left=0))
    if customer.pin_hash != command.pin_hash:
        return Changes(result=PinFailure(tries_left=MOST_FAILURES - customer.pin_failures))
    failures = customer.pin_failures + 1
    locked = failures >= MOST_FAILURES
    counted = replace(customer, pin_failures=failures, pin_locked_at=now if locked else None)
    audit = (NewAuditEntry(action="customer.pin_locked", object_type="customer", object_id=customer.id),)
    return Changes(
        result=PinFailure(tries_left=MOST_FAILURES - failures), update=(counted,), audit=audit if locked else ()
    )
