"""Component schemas: what msgspec says of the wire structs, made ready for generators.

msgspec's own output is right on closed objects, constraints and discriminators. Here enums get names and types, unions
get names, nullable scalars get their short form, and what exists for Python's regular expressions only goes.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

Schema = dict[str, Any]
REF: Final = "#/components/schemas/"
_PYTHON_END: Final = r"(?!\n)"

# Unions by the names of their members; a union of one is open for the members that later releases bring.
UNION_NAMES: Final[dict[frozenset[str], str]] = {
    frozenset({"H5MethodInput", "AccountMethodInput"}): "PaymentMethodInput",
    frozenset({"H5Method", "AccountMethod"}): "PaymentMethod",
    frozenset({"RedirectToUrl"}): "NextAction",
    frozenset({"ClearingHoldOpened", "ClearingPosted", "ClearingHoldReleased", "ClearingNotified"}): "ClearingStep",
}


def component_schemas(types: Iterable[type[Any]]) -> dict[str, Schema]:
    """Return the schema of every struct in ``types`` and of what they refer to, by name, sorted."""
    _, raw = msgspec.json.schema_components(list(types), ref_template=REF + "{name}")
    components: dict[str, Schema] = {}
    for schema in raw.values():
        name = schema["title"]
        components[name] = _finished(schema, components, root=True)
    _name_single_unions(components)
    return dict(sorted(components.items()))


def parameter_schemas(struct: type[Any], components: dict[str, Schema]) -> dict[str, tuple[Schema, bool]]:
    """Return each member of a query struct with its schema and whether it is required."""
    _, raw = msgspec.json.schema_components([struct], ref_template=REF + "{name}")
    schema = next(candidate for candidate in raw.values() if candidate["title"] == struct.__name__)
    required = schema.get("required", [])
    found: dict[str, tuple[Schema, bool]] = {}
    for name, member in schema["properties"].items():
        kept = {key: value for key, value in member.items() if not (key == "default" and value is None)}
        found[name] = (_finished(_without_null(kept), components), name in required)
    return found


def _without_null(schema: Schema) -> Schema:
    options = [option for option in schema.get("anyOf", []) if option != {"type": "null"}]
    if len(options) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**options[0], **rest}


def _finished(node: Any, components: dict[str, Schema], *, root: bool = False) -> Any:  # noqa: ANN401 - JSON
    if isinstance(node, list):
        return [_finished(item, components) for item in node]
    if not isinstance(node, dict):
        return node
    schema = {key: _finished(value, components) for key, value in node.items()}
    if isinstance(schema.get("pattern"), str):
        schema["pattern"] = schema["pattern"].replace(_PYTHON_END, "")
    if "enum" in schema and isinstance(schema["enum"], list):
        return _named_enum(schema, components)
    if isinstance(schema.get("anyOf"), list):
        schema = _named_union(_nullable(schema), components)
    if root and "title" in schema:
        del schema["title"]
    return schema


def _named_enum(schema: Schema, components: dict[str, Schema]) -> Schema:
    """Give an enum its type; one with a title becomes a component of that name."""
    values = schema.pop("enum")
    kind = "string" if all(isinstance(value, str) for value in values) else "integer"
    title = schema.pop("title", None)
    default = {"default": schema.pop("default")} if "default" in schema else {}
    if title is None:
        only = {"const": values[0]} if len(values) == 1 else {"enum": values}
        return {"type": kind, **only, **schema, **default}
    components.setdefault(title, {"type": kind, **schema, "enum": values})
    return {"$ref": REF + title, **default}


def _nullable(schema: Schema) -> Schema:
    options = schema["anyOf"]
    others = [option for option in options if option != {"type": "null"}]
    if len(others) != len(options) - 1 or len(others) != 1:
        return schema
    (only,) = others
    outer = {key: value for key, value in schema.items() if key != "anyOf"}
    if isinstance(only.get("type"), str) and "const" not in only:
        return {**only, "type": [only["type"], "null"], **outer}
    if "$ref" in only and "description" in only:
        outer["description"] = only["description"]
        only = {"$ref": only["$ref"]}
    return {"anyOf": [only, {"type": "null"}], **outer}


def _named_union(schema: Schema, components: dict[str, Schema]) -> Schema:
    options = schema.get("anyOf")
    if options is None or "discriminator" not in schema:
        return schema
    refs = [option["$ref"] for option in options if "$ref" in option]
    name = UNION_NAMES[frozenset(ref.removeprefix(REF) for ref in refs)]
    discriminator = schema["discriminator"]
    mapping = dict(sorted(discriminator["mapping"].items()))
    components.setdefault(
        name,
        {
            "oneOf": [{"$ref": ref} for ref in sorted(refs)],
            "discriminator": {"propertyName": discriminator["propertyName"], "mapping": mapping},
        },
    )
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "discriminator")}
    if len(refs) < len(options):
        return {"anyOf": [{"$ref": REF + name}, {"type": "null"}], **rest}
    return {"$ref": REF + name, **rest}


def _name_single_unions(components: dict[str, Schema]) -> None:
    """Put the named union in the place of its only member, wherever that is referred to."""
    for members, name in UNION_NAMES.items():
        if len(members) != 1:
            continue
        (member,) = members
        if member not in components:
            continue
        for key, schema in list(components.items()):
            components[key] = _redirected(schema, REF + member, REF + name)
        tag = components[member]["properties"]["type"]["const"]
        components[name] = {
            "oneOf": [{"$ref": REF + member}],
            "discriminator": {"propertyName": "type", "mapping": {tag: REF + member}},
        }


def _redirected(node: Any, old: str, new: str) -> Any:  # noqa: ANN401 - JSON
    if isinstance(node, list):
        return [_redirected(item, old, new) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: new if key == "$ref" and value == old else _redirected(value, old, new) for key, value in node.items()}
