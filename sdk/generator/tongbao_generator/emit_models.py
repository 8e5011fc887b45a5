"""Writes models.py (what is received), params.py (the same as dictionaries, to send) and events.py."""

from collections.abc import Iterator

from tongbao_generator.contract import Contract, Enumeration, Field, Model, Type, Union
from tongbao_generator.layout import doc, module
from tongbao_generator.names import constant_name, python_name
from tongbao_generator.python_types import argument_type, attribute_type

_MODEL_IMPORTS = """
from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

import msgspec

from tongbao._event import EventBase
from tongbao._open import OpenEnum, OpenUnion, UnknownVariant
"""
_PARAM_IMPORTS = """
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, NotRequired, TypedDict

from tongbao.generated import models
"""
_EVENT_IMPORTS = """
from collections.abc import Mapping
from typing import Final, TypeAlias

from tongbao._event import EventBase, UnknownEvent
from tongbao.generated import models
"""


def emit_models(contract: Contract) -> str:
    """Return models.py."""
    events = {webhook.model for webhook in contract.webhooks}
    body: list[str] = []
    for enumeration in contract.enums.values():
        body += [*_enumeration(enumeration), ""]
    for model in contract.models.values():
        body += [*_model(model, event=model.name in events), ""]
    for union in contract.unions.values():
        body += [*_union(union), ""]
    return module(
        "The API's objects. Fields, values and variants this version does not know never raise.", _MODEL_IMPORTS, body
    )


def _enumeration(enumeration: Enumeration) -> Iterator[str]:
    yield f"class {enumeration.name}(OpenEnum):"
    yield from doc(enumeration.description or f"Known values of {enumeration.name}; others are kept as they come.")
    yield ""
    for value in enumeration.values:
        yield f'    {constant_name(value)} = "{value}"'


def _model(model: Model, *, event: bool) -> Iterator[str]:
    base = "EventBase" if event else "msgspec.Struct"
    yield f"class {model.name}({base}, frozen=True, kw_only=True):"
    yield from doc(model.description or f"A {model.name}.")
    yield ""
    for field in model.fields:
        yield _attribute(field)
        if field.description:
            yield from doc(field.description)


def _attribute(field: Field) -> str:
    name = python_name(field.name)
    kind = field.type
    annotation = attribute_type(kind)
    default = None
    if kind.kind == "const" and not kind.nullable:
        default = f'"{kind.values[0]}"'
    elif not field.required:
        default = "None"
        annotation = annotation if kind.nullable or kind.kind == "any" else f"{annotation} | None"
    renamed = f'msgspec.field(name="{field.name}"' if name != field.name else None
    if renamed is not None:
        default = f"{renamed}, default={default})" if default is not None else f"{renamed})"
    return f"    {name}: {annotation}" + (f" = {default}" if default is not None else "")


def _union(union: Union) -> Iterator[str]:
    names = sorted({name for _, name in union.variants})
    yield "if TYPE_CHECKING:"
    yield f"    {union.name}: TypeAlias = {' | '.join([*names, 'UnknownVariant'])}"
    yield "else:"
    yield ""
    yield f"    class {union.name}(OpenUnion):"
    yield from doc(union.description or f"One of {', '.join(names)}, or an UnknownVariant.", "        ")
    yield ""
    yield f'        tag: ClassVar[str] = "{union.tag}"'
    pairs = ", ".join(f'"{value}": {name}' for value, name in union.variants)
    yield f"        variants: ClassVar[dict[str, type[msgspec.Struct]]] = {{{pairs}}}"


def emit_params(contract: Contract) -> str:
    """Return params.py: a TypedDict for every object that a request can hold."""
    body: list[str] = []
    for name in sorted(sent_models(contract)):
        model = contract.models[name]
        body.append(f"class {name}Param(TypedDict):")
        body += [*doc(model.description or f"A {name}."), ""]
        for field in model.fields:
            annotation = argument_type(contract, field.type, "")
            body.append(f"    {field.name}: " + (annotation if field.required else f"NotRequired[{annotation}]"))
        body.append("")
    return module("Dictionaries that can be sent wherever a model can.", _PARAM_IMPORTS, body)


def sent_models(contract: Contract) -> set[str]:
    """Return the names of the models that a request body can hold, not counting the bodies themselves."""
    found: set[str] = set()

    def visit(kind: Type) -> None:
        names = [name for _, name in contract.unions[kind.name].variants] if kind.kind == "union" else []
        names += [kind.name] if kind.kind == "ref" else []
        for name in names:
            if name not in found:
                found.add(name)
                for field in contract.models[name].fields:
                    visit(field.type)
        if kind.inner is not None:
            visit(kind.inner)

    for operation in contract.operations:
        for field in operation.body.fields if operation.body is not None else ():
            visit(field.type)
    return found


def emit_events(contract: Contract) -> str:
    """Return events.py: the model of every event type."""
    names = sorted({webhook.model for webhook in contract.webhooks})
    body = [f"WebhookEvent: TypeAlias = {' | '.join([*(f'models.{name}' for name in names), 'UnknownEvent'])}"]
    body.append("# By the event's type.")
    body.append("EVENTS: Final[Mapping[str, type[EventBase]]] = {")
    body += [f'    "{webhook.type}": models.{webhook.model},' for webhook in contract.webhooks]
    body.append("}")
    return module("What webhooks bring.", _EVENT_IMPORTS, body)
