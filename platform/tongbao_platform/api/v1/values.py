"""Wire values that all resources share: money, ids, times, merchants' numbers, metadata, pages.

Structs that are accepted refuse unknown members; structs that are answered send every member. A pattern ends with
``END``, because Python's ``$`` alone would let a trailing line feed pass.
"""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta, UnsetType

from tongbao_platform.http.operation_spec import PathParameter
from tongbao_platform.kernel.clock import Instant, format_instant, instant_of
from tongbao_platform.kernel.money import MAX_AMOUNT_MINOR
from tongbao_platform.kernel.money import Money as MoneyValue

END: Final = r"$(?!\n)"
_SUFFIX: Final = "_[0-7][0-9a-hjkmnp-tv-z]{25}"
_ID_SAMPLE: Final = "_01k8wq3v5rf1msx7r3p9v2c4ta"

Timestamp = Annotated[
    str, Meta(description="RFC 3339 in UTC with milliseconds.", extra_json_schema={"format": "date-time"})
]
BusinessDate = Annotated[
    str, Meta(description="The settlement day in Asia/Shanghai.", extra_json_schema={"format": "date"})
]
TimestampInput = Annotated[datetime, Meta(tz=True, description="RFC 3339 with its zone; read to the millisecond.")]

MerchantNo = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9_-]{1,64}" + END,
        description="The merchant's own number: unique per merchant for ever.",
    ),
]
MetadataKey = Annotated[str, Meta(pattern="^[A-Za-z0-9_.-]{1,40}" + END)]
MetadataValue = Annotated[str, Meta(max_length=500)]
Metadata = Annotated[
    dict[MetadataKey, MetadataValue],
    Meta(max_length=50, description="The caller's own notes: up to 50 keys, each value up to 500 code points."),
]
CurrencyCode = Annotated[str, Meta(pattern="^[A-Z]{3}" + END, description="ISO 4217 code, upper case.")]
Revision = Annotated[int, Meta(ge=1, description="Rises with each change; apply only what is greater.")]
Livemode = Annotated[bool, Meta(description="False in the sandbox.")]


def id_pattern(prefix: str) -> str:
    """Return the pattern of ids with ``prefix`` (TypeID: base32 of a UUIDv7)."""
    return f"^{prefix}{_SUFFIX}{END}"


def id_sample(prefix: str) -> str:
    """Return an id for examples."""
    return prefix + _ID_SAMPLE


def path_id(prefix: str, noun: str) -> dict[str, PathParameter]:
    """Describe the path parameter ``id`` of a resource."""
    return {"id": PathParameter(id_pattern(prefix), f"The id of the {noun}.", id_sample(prefix))}


PaymentId = Annotated[str, Meta(pattern=id_pattern("pay"))]
RefundId = Annotated[str, Meta(pattern=id_pattern("ref"))]
AccountId = Annotated[str, Meta(pattern=id_pattern("acc"))]
MerchantId = Annotated[str, Meta(pattern=id_pattern("mch"))]


class Amount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An amount to move: whole minor units of one currency (1999 CNY is 19.99 yuan)."""

    value: Annotated[int, Meta(ge=1, le=MAX_AMOUNT_MINOR, description="Minor units of the currency, 1 to 2^53-1.")]
    currency: CurrencyCode

    def to_money(self) -> MoneyValue:
        """Return the amount as the domain's money."""
        return MoneyValue(self.value, self.currency)


class Money(msgspec.Struct, frozen=True):
    """An amount: whole minor units of one currency (1999 CNY is 19.99 yuan)."""

    value: Annotated[
        int, Meta(ge=-MAX_AMOUNT_MINOR, le=MAX_AMOUNT_MINOR, description="Minor units; negative in transactions only.")
    ]
    currency: CurrencyCode


def shown(instant: Instant | None) -> str | None:
    """Render an optional instant."""
    return None if instant is None else format_instant(instant)


def id_or_none(position: tuple[int | str, ...] | None) -> str | None:
    """Read a cursor's position in a list that is ordered by id."""
    return None if position is None else str(position[0])


def instant_or_none(moment: datetime | UnsetType | None) -> Instant | None:
    """Convert an optional time of a request; what is finer than a millisecond is cut off."""
    return instant_of(moment) if isinstance(moment, datetime) else None
