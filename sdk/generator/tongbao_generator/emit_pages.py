"""Writes the portal's reference pages: one a resource, one for the objects, one for the events, and an index."""

import json
from collections.abc import Iterator
from typing import Any, Final

from tongbao_generator.contract import Contract, Field, Operation, Parameter, Type
from tongbao_generator.emit_resources import number_field
from tongbao_generator.names import class_name
from tongbao_generator.samples import curl, python

_BASE_URL: Final = "https://api.tongbao.example"
_KNOWN_FACTS: Final = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "maxProperties": "at most {} members",
    "pattern": "`{}`",
}


def emit_pages(contract: Contract) -> dict[str, str]:
    """Return the Markdown of every page by file name."""
    pages = {f"{name}.md": _text(_resource(contract, name)) for name in contract.resources}
    pages["index.md"] = _text(_index(contract))
    pages["objects.md"] = _text(_objects(contract))
    pages["webhook-events.md"] = _text(_events(contract))
    return pages


def _text(lines: Iterator[str]) -> str:
    return "\n".join(["<!-- Generated from openapi/tongbao-v1.json. Do not edit. -->", "", *lines]).rstrip() + "\n"


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _index(contract: Contract) -> Iterator[str]:
    yield "# Reference"
    yield ""
    yield f"Every operation of the API, version {contract.version}. In Python all of them are methods of one client:"
    yield ""
    yield from _fence("python", 'from tongbao import Tongbao\n\nclient = Tongbao.from_sandbox("var/sandbox.json")')
    yield "| operation | method and path | what it does |"
    yield "| --- | --- | --- |"
    for operation in contract.operations:
        link = f"[`{operation.operation_id}`]({operation.resource}.md#{_anchor(operation)})"
        yield f"| {link} | `{operation.method} {operation.path}` | {_cell(operation.summary)} |"
    yield ""
    yield "See also the [objects](objects.md) and the [webhook events](webhook-events.md)."


def _resource(contract: Contract, name: str) -> Iterator[str]:
    operations = contract.resources[name]
    yield f"# {_title(name)}"
    yield ""
    yield "| operation | method and path |"
    yield "| --- | --- |"
    for operation in operations:
        yield f"| [`{operation.operation_id}`](#{_anchor(operation)}) | `{operation.method} {operation.path}` |"
    yield ""
    for operation in operations:
        yield from _operation(contract, operation)


def _anchor(operation: Operation) -> str:
    return operation.operation_id.replace(".", "-").replace("_", "-")


def _operation(contract: Contract, operation: Operation) -> Iterator[str]:
    yield f"## {operation.summary or operation.operation_id} {{ #{_anchor(operation)} }}"
    yield ""
    yield f"`{operation.method} {operation.path}` · `client.{operation.resource}.{operation.verb}(…)`"
    yield ""
    if operation.description:
        yield from (operation.description, "")
    yield from _notes(operation)
    yield from _parameters(contract, "Path parameters", operation.placed("path"))
    yield from _parameters(contract, "Query parameters", operation.placed("query"))
    yield from _parameters(contract, "Headers", operation.placed("header"))
    if operation.body is not None and operation.body.fields:
        yield from ("### Body", "")
        yield from _fields(contract, operation.body.fields)
    yield from ("### Example", "")
    yield from _tab("curl", "bash", curl(contract, operation, _BASE_URL))
    yield from _tab("Python", "python", python(contract, operation))
    yield from _answer(contract, operation)
    yield from _errors(operation)


def _notes(operation: Operation) -> Iterator[str]:
    scopes = ", ".join(f"`{scope}`" for scope in operation.scopes)
    yield f"- Scope: {scopes or 'any'}"
    if operation.idempotent:
        yield "- Idempotent by `Idempotency-Key`: repeating a request with the same key cannot do it twice."
    number = number_field(operation)
    if number is not None:
        yield f"- Unique by `{number}`: the same number with the same parameters gives the existing object (200)."
    if operation.item is not None:
        yield "- A list: the SDK fetches further pages while you iterate."
    if operation.deprecated:
        yield "- **Deprecated.**"
    yield ""


def _parameters(contract: Contract, title: str, parameters: list[Parameter]) -> Iterator[str]:
    if not parameters:
        return
    yield from (f"### {title}", "", "| name | type | | meaning |", "| --- | --- | --- | --- |")
    for parameter in parameters:
        need = "required" if parameter.required else ""
        about = _about(parameter.description, parameter.facts)
        name = (
            f"{parameter.name}.<key>" if parameter.place == "query" and parameter.type.kind == "map" else parameter.name
        )
        yield f"| `{name}` | {_type(contract, parameter.type)} | {need} | {about} |"
    yield ""


def _fields(contract: Contract, fields: tuple[Field, ...]) -> Iterator[str]:
    yield from ("| field | type | | meaning |", "| --- | --- | --- | --- |")
    for field in fields:
        need = "required" if field.required else ""
        yield f"| `{field.name}` | {_type(contract, field.type)} | {need} | {_about(field.description, field.facts)} |"
    yield ""


def _about(description: str, facts: dict[str, Any]) -> str:
    limits = [text.format(facts[name]) for name, text in _KNOWN_FACTS.items() if name in facts]
    if "default" in facts:
        limits.append(f"default `{json.dumps(facts['default'], ensure_ascii=False)}`")
    parts = [description.strip().rstrip(".") + "." if description.strip() else "", "; ".join(limits)]
    return _cell(" ".join(part for part in parts if part))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _type(contract: Contract, kind: Type) -> str:
    suffix = " or null" if kind.nullable else ""
    if kind.kind == "list" and kind.inner is not None:
        return f"list of {_type(contract, kind.inner)}{suffix}"
    if kind.kind == "map" and kind.inner is not None:
        return f"object, values: {_type(contract, kind.inner)}{suffix}"
    if kind.kind in ("ref", "union", "enum"):
        return f"[{kind.name}](objects.md#{kind.name.lower()}){suffix}"
    if kind.kind == "const":
        return " or ".join(f'`"{value}"`' for value in kind.values) + suffix
    names = {"str": "string", "int": "integer", "bool": "boolean", "float": "number", "datetime": "time"}
    return names.get(kind.kind, kind.kind) + suffix


def _tab(label: str, language: str, text: str) -> Iterator[str]:
    yield f'=== "{label}"'
    yield ""
    yield f"    ```{language}"
    yield from (f"    {line}".rstrip() for line in text.splitlines())
    yield "    ```"
    yield ""


def _fence(language: str, text: str) -> Iterator[str]:
    yield from (f"```{language}", *text.splitlines(), "```", "")


def _answer(contract: Contract, operation: Operation) -> Iterator[str]:
    statuses = " or ".join(str(status) for status in operation.response_status)
    yield from ("### Response", "")
    if operation.response is None:
        yield from (f"{statuses}, without a body.", "")
        return
    yield from (f"{statuses}: {_type(contract, operation.response)}.", "")
    if operation.response_example is not None:
        yield from _fence("json", json.dumps(operation.response_example, indent=2, ensure_ascii=False))


def _errors(operation: Operation) -> Iterator[str]:
    if not operation.errors:
        return
    yield from ("### Errors", "", "| status | codes |", "| --- | --- |")
    by_status: dict[int, list[str]] = {}
    for error in operation.errors:
        by_status.setdefault(error.status, []).append(f"[`{error.code}`](../errors/{error.code}.md)")
    for status, links in sorted(by_status.items()):
        yield f"| {status or ''} | {', '.join(links)} |"
    yield ""


def _objects(contract: Contract) -> Iterator[str]:
    yield from ("# Objects", "", "Fields may be added; ignore what you do not know.", "")
    for name in sorted({**contract.models, **contract.unions, **contract.enums}):
        yield from (f"## {name} {{ #{name.lower()} }}", "")
        if name in contract.models:
            model = contract.models[name]
            yield from ((model.description, "") if model.description else ())
            yield from _fields(contract, model.fields)
        elif name in contract.unions:
            yield from _union(contract, name)
        else:
            enumeration = contract.enums[name]
            yield from ((enumeration.description, "") if enumeration.description else ())
            yield ", ".join(f"`{value}`" for value in enumeration.values) + "."
            yield ""


def _union(contract: Contract, name: str) -> Iterator[str]:
    union = contract.unions[name]
    yield from ((union.description, "") if union.description else ())
    yield from (
        f"One of these, by `{union.tag}`; more may be added.",
        "",
        f"| `{union.tag}` | object |",
        "| --- | --- |",
    )
    for value, model in union.variants:
        yield f"| `{value}` | [{model}](#{model.lower()}) |"
    yield ""


def _events(contract: Contract) -> Iterator[str]:
    yield from ("# Webhook events", "", "Verified and typed by `client.webhooks.unwrap(body, headers, secrets)`.", "")
    yield from ("| type | body | meaning |", "| --- | --- | --- |")
    for webhook in contract.webhooks:
        link = f"[{webhook.model}](objects.md#{class_name(webhook.model).lower()})"
        yield f"| `{webhook.type}` | {link} | {_cell(webhook.description)} |"
