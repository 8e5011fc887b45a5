"""A RowSet ties a model class to its table: which columns, how values are encoded, whose a row is.

Model fields and table columns have the same names, so that a row is a model and back without a mapping by hand.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, Generic, TypedDict, TypeVar, Unpack, cast

import msgspec
from sqlalchemy import Boolean, Table

from tongbao_platform.storage.types import Json

T = TypeVar("T")
_ENCODER = msgspec.json.Encoder()
_astuple = cast("Callable[[Any], tuple[Any, ...]]", msgspec.structs.astuple)


def _encode_json(value: Any) -> str | None:
    return None if value is None else _ENCODER.encode(value).decode()


def _decode_bool(value: Any) -> bool | None:
    return None if value is None else bool(value)


class RowSetOptions(TypedDict, Generic[T], total=False):
    """Optional settings of a ``RowSet``."""

    key: tuple[str, ...]
    order: tuple[str, ...]
    mutable: tuple[str, ...]
    tenants: Callable[[T], Iterable[str | None]]
    cached: bool


class RowSet(Generic[T]):
    """The rows of one table as values of ``model``.

    ``key`` are the columns of the primary key; ``order`` is the order in which rows are locked (default: by key).
    ``mutable`` limits which columns an
    update writes (default: all but the key). ``tenants`` gives the owners of a row: a caller of another tenant never
    sees it; without it every row is the platform's own and only system operations load it. ``cached`` rows are kept in
    versioned caches: changing one tells every process to forget.
    """

    def __init__(self, model: type[T], table: Table, **options: Unpack[RowSetOptions[T]]) -> None:
        self.model = model
        self.table = table
        key = options.get("key", ("id",))
        self.key = key
        self.order = options.get("order", key)
        self.tenants = options.get("tenants")
        self.cached = options.get("cached", False)
        self.columns: tuple[str, ...] = tuple(
            field.name for field in msgspec.structs.fields(cast("type[msgspec.Struct]", model))
        )
        if set(self.columns) != {column.name for column in table.columns}:
            raise TypeError(f"{model.__name__} and table {table.name} differ in their fields")
        self.mutable = options.get("mutable", tuple(c for c in self.columns if c not in key))
        self._getters = {name: attrgetter(name) for name in self.columns}
        self._encoders: dict[str, Callable[[Any], Any]] = {}
        self._decoders: list[tuple[str, Callable[[Any], Any]]] = []
        for name in self.columns:
            self._add_codec(name, table.columns[name].type)
        self._encoded_at = tuple(i for i, name in enumerate(self.columns) if name in self._encoders)

    def _add_codec(self, name: str, column_type: Any) -> None:
        if isinstance(column_type, Json):
            decoder = column_type.decoder
            self._encoders[name] = _encode_json
            self._decoders.append((name, lambda text: None if text is None else decoder.decode(text)))
        elif isinstance(column_type, Boolean):
            self._decoders.append((name, _decode_bool))

    def key_of(self, row: T) -> tuple[Any, ...]:
        """Return the primary key of ``row``."""
        return tuple(self._getters[name](row) for name in self.key)

    def column_values(self, name: str, rows: Sequence[T]) -> list[Any]:
        """Return one column of ``rows``, encoded for the driver."""
        values = list(map(self._getters[name], rows))
        encode = self._encoders.get(name)
        return values if encode is None else list(map(encode, values))

    def records(self, rows: Iterable[T]) -> Iterator[Sequence[Any]]:
        """Return ``rows`` as sequences in the order of ``columns``, encoded for the driver."""
        if not self._encoded_at:
            return map(_astuple, rows)
        return map(self._encoded, rows)

    def _encoded(self, row: T) -> Sequence[Any]:
        values = list(_astuple(row))
        for place in self._encoded_at:
            values[place] = _encode_json(values[place])
        return values

    def from_driver(self, raw: Sequence[Any]) -> T:
        """Build a model from raw driver values in the order of ``columns``."""
        fields = dict(zip(self.columns, raw, strict=True))
        for name, decode in self._decoders:
            fields[name] = decode(fields[name])
        return self.model(**fields)

    def visible_to(self, row: T, tenant: str | None) -> bool:
        """Tell whether ``tenant`` may see ``row``; no tenant means the platform itself, which sees all."""
        return tenant is None or (self.tenants is not None and tenant in self.tenants(row))
