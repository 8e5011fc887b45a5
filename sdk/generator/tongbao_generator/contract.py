"""The document as the emitters see it: values only."""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "str", "int", "float", "bool", "datetime", "date", "any", "none", "const", "list", "map", "ref", "enum", "union"
]


@dataclass(frozen=True)
class Type:
    """A type. ``name`` names a model, enumeration or union; ``inner`` is an item's type; ``values`` are constants."""

    kind: Kind
    name: str = ""
    inner: "Type | None" = None
    values: tuple[str, ...] = ()
    nullable: bool = False


@dataclass(frozen=True)
class Field:
    """A member of an object. ``facts`` are the schema's keywords, for the reference pages."""

    name: str
    type: Type
    required: bool
    description: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """An object schema."""

    name: str
    description: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Enumeration:
    """An open list of values; ``inline`` ones had no component of their own."""

    name: str
    values: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True)
class Union:
    """A choice of objects by the value of the member ``tag``."""

    name: str
    tag: str
    variants: tuple[tuple[str, str], ...]
    description: str = ""


@dataclass(frozen=True)
class Parameter:
    """A path, query or header parameter."""

    name: str
    python: str
    place: str
    type: Type
    required: bool
    description: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ErrorCode:
    """A code an operation may answer with."""

    status: int
    code: str


@dataclass(frozen=True)
class Operation:
    """One operation."""

    operation_id: str
    resource: str
    verb: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: Model | None
    body_required: bool
    body_example: Any
    response: Type | None
    response_status: tuple[int, ...]
    response_example: Any
    item: Type | None
    errors: tuple[ErrorCode, ...]
    scopes: tuple[str, ...]
    deprecated: bool

    @property
    def idempotent(self) -> bool:
        """Whether the operation takes an ``Idempotency-Key``."""
        return any(p.place == "header" and p.name.lower() == "idempotency-key" for p in self.parameters)

    def placed(self, place: str) -> list[Parameter]:
        """Return the parameters in the path, the query or the headers."""
        return [p for p in self.parameters if p.place == place]


@dataclass(frozen=True)
class Webhook:
    """An event type and the model of its body."""

    type: str
    model: str
    description: str = ""


@dataclass(frozen=True)
class Contract:
    """Everything the emitters need."""

    title: str
    version: str
    models: dict[str, Model]
    enums: dict[str, Enumeration]
    unions: dict[str, Union]
    operations: tuple[Operation, ...]
    webhooks: tuple[Webhook, ...]
    errors: dict[str, ErrorCode]

    @property
    def resources(self) -> dict[str, list[Operation]]:
        """The operations by resource, both in alphabetical order of the resource."""
        found: dict[str, list[Operation]] = {}
        for operation in self.operations:
            found.setdefault(operation.resource, []).append(operation)
        return dict(sorted(found.items()))
