"""Types that stay open: a newer server may send values this version of the SDK has never heard of.

Unknown enum values, unknown members of a union and unknown fields never raise; what is known stays typed.
"""

import enum
from collections.abc import Mapping
from typing import Any, ClassVar, Final, TypeVar, cast

import msgspec

T = TypeVar("T")


class OpenEnum(enum.StrEnum):
    """An enumeration that keeps values it does not know: ``PaymentStatus("new")`` is equal to the text ``"new"``."""

    @classmethod
    def _missing_(cls, value: object) -> "OpenEnum | None":
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = "UNKNOWN"
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether this version of the SDK has a name for the value."""
        return self._name_ in type(self).__members__


class UnknownVariant(msgspec.Struct, frozen=True, kw_only=True):
    """A member of a union that this version of the SDK does not know: its ``type`` and all its fields as ``raw``."""

    type: str
    raw: dict[str, Any]


class _OpenUnionMeta(type):
    """Makes ``isinstance(value, SomeUnion)`` mean "one of its members"; msgspec asks that after decoding."""

    def __instancecheck__(cls, instance: object) -> bool:
        members = cast("type[OpenUnion]", cls).variants
        return isinstance(instance, (*members.values(), UnknownVariant))


class OpenUnion(metaclass=_OpenUnionMeta):
    """Base of the run-time form of a union; ``variants`` maps the value of the member ``tag`` to a class."""

    tag: ClassVar[str] = "type"
    variants: ClassVar[Mapping[str, type[msgspec.Struct]]] = {}


def _open_union_hook(expected: type, value: object) -> object:
    """Decode one member of an open union (msgspec's ``dec_hook``)."""
    if not (isinstance(expected, _OpenUnionMeta) and issubclass(expected, OpenUnion)):
        raise NotImplementedError(f"no way to decode {expected!r}")
    if not isinstance(value, dict):
        raise msgspec.ValidationError(f"Expected `object`, got `{type(value).__name__}`")
    tag = value.get(expected.tag)
    if not isinstance(tag, str):
        raise msgspec.ValidationError(f"Object missing required field `{expected.tag}`")
    variant = expected.variants.get(tag)
    if variant is None:
        return UnknownVariant(type=tag, raw=value)
    return msgspec.convert(value, variant, dec_hook=_open_union_hook)


_DECODERS: Final[dict[Any, msgspec.json.Decoder[Any]]] = {}


def decode_json(body: bytes, expected: type[T]) -> T:
    """Decode ``body`` as ``expected``; ``msgspec.MsgspecError`` when a known field has another form."""
    decoder = _DECODERS.get(expected)
    if decoder is None:
        decoder = _DECODERS[expected] = msgspec.json.Decoder(expected, dec_hook=_open_union_hook)
    return cast("T", decoder.decode(body))


def convert(value: object, expected: type[T]) -> T:
    """Give parsed JSON the type ``expected``; ``msgspec.ValidationError`` when a known field has another form."""
    return msgspec.convert(value, expected, dec_hook=_open_union_hook)
