"""Reads JSON Schemas (OpenAPI 3.1) into types, and collects the models, enumerations and unions they need."""

from typing import Any, Final

from tongbao_generator.contract import Enumeration, Field, Kind, Model, Type, Union
from tongbao_generator.names import class_name

_PREFIX: Final = "#/components/schemas/"
_SCALARS: Final[dict[str, Kind]] = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_FACTS: Final = (
    "minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength pattern format minItems maxItems "
    "minProperties maxProperties default examples deprecated"
).split()


class SchemaReader:
    """Reads the components of one document."""

    def __init__(self, components: dict[str, Any]) -> None:
        self._components = components
        self.models: dict[str, Model] = {}
        self.enums: dict[str, Enumeration] = {}
        self.unions: dict[str, Union] = {}
        self._union_of_members: dict[tuple[str, ...], str] = {}

    def component(self, name: str) -> dict[str, Any]:
        """Return the raw schema of a component."""
        found: dict[str, Any] = self._components[name]
        return found

    def read_all(self) -> None:
        """Read every component; unions that are components first, so that inline copies of them take their names."""
        named = sorted(self._components)
        for name in named:
            if _alternatives(self._components[name]) is not None:
                self._named(name)
        for name in named:
            self._named(name)

    def read(self, schema: dict[str, Any], hint: str) -> Type:
        """Return the type of ``schema``; ``hint`` names it if it needs a name and has none."""
        if "$ref" in schema:
            return self._named(str(schema["$ref"]).removeprefix(_PREFIX))
        combined = schema.get("allOf")
        if isinstance(combined, list) and len(combined) == 1:
            return self.read(combined[0], hint)
        alternatives = _alternatives(schema)
        if alternatives is not None:
            return self._choice(schema, alternatives, hint)
        kind = schema.get("type")
        if isinstance(kind, list):
            rest = [item for item in kind if item != "null"]
            narrowed = {**schema, "type": rest[0] if len(rest) == 1 else rest}
            inner = Type("any") if len(rest) != 1 else self.read(narrowed, hint)
            return _or_null(inner, nullable="null" in kind)
        if "const" in schema:
            return Type("const", values=(str(schema["const"]),)) if isinstance(schema["const"], str) else Type("any")
        if "enum" in schema:
            return self._enumeration(schema, hint)
        return self._plain(schema, kind, hint)

    def _plain(self, schema: dict[str, Any], kind: object, hint: str) -> Type:
        if kind == "array":
            return Type("list", inner=self.read(schema.get("items") or {}, f"{hint}Item"))
        if kind == "null":
            return Type("none")
        if kind == "object" or "properties" in schema:
            if schema.get("properties"):
                return self._object(schema, hint)
            values = schema.get("additionalProperties")
            inner = self.read(values, f"{hint}Value") if isinstance(values, dict) else Type("any")
            return Type("map", inner=inner)
        if kind == "string" and schema.get("format") in ("date-time", "date"):
            return Type("datetime" if schema["format"] == "date-time" else "date")
        scalar = _SCALARS.get(str(kind))
        return Type(scalar) if scalar else Type("any")

    def _named(self, component: str) -> Type:
        schema = self._components[component]
        name = class_name(component)
        if name in self.models:
            return Type("ref", name)
        if name in self.unions:
            return Type("union", name)
        if name in self.enums:
            return Type("enum", name, values=self.enums[name].values)
        if "enum" in schema:
            return self._enumeration(schema, name, component=True)
        return self.read(schema, name)

    def _object(self, schema: dict[str, Any], hint: str) -> Type:
        name = self._free_name(hint)
        # Entered before its fields are read, so that a model may contain itself.
        self.models[name] = Model(name, "", ())
        required = set(schema.get("required", ()))
        fields = tuple(
            Field(
                name=key,
                type=self.read(value, name + class_name(key)),
                required=key in required,
                description=str(value.get("description", "")),
                facts=facts_of(value),
            )
            for key, value in schema["properties"].items()
        )
        self.models[name] = Model(name, str(schema.get("description", "")), fields)
        return Type("ref", name)

    def _enumeration(self, schema: dict[str, Any], hint: str, *, component: bool = False) -> Type:
        values = [value for value in schema["enum"] if value is not None]
        nullable = len(values) != len(schema["enum"])
        if not values or not all(isinstance(value, str) for value in values):
            return _or_null(Type(_SCALARS.get(str(schema.get("type")), "any")), nullable=nullable)
        if len(values) == 1 and not component:
            return Type("const", values=(values[0],), nullable=nullable)
        name = hint
        known = self.enums.get(name)
        if known is None or known.values != tuple(values):
            name = self._free_name(hint)
            self.enums[name] = Enumeration(name, tuple(values), str(schema.get("description", "")))
        return Type("enum", name, values=tuple(values), nullable=nullable)

    def _choice(self, schema: dict[str, Any], alternatives: list[dict[str, Any]], hint: str) -> Type:
        members, nullable = _flatten(alternatives)
        if len(members) == 1 and "discriminator" not in schema:
            return _or_null(self.read({**members[0]}, hint), nullable=nullable)
        types = [self.read(member, f"{hint}{number}") for number, member in enumerate(members, 1)]
        if not all(one.kind == "ref" for one in types):
            return Type("any", nullable=nullable)
        names = tuple(sorted(one.name for one in types))
        if names not in self._union_of_members:
            tag, variants = self._variants(schema, alternatives, [one.name for one in types])
            if not variants:
                return Type("any", nullable=nullable)
            name = self._free_name(hint)
            self.unions[name] = Union(name, tag, variants, str(schema.get("description", "")))
            self._union_of_members[names] = name
        return Type("union", self._union_of_members[names], nullable=nullable)

    def _variants(
        self, schema: dict[str, Any], alternatives: list[dict[str, Any]], names: list[str]
    ) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Return the tag and (value, model) pairs, from the discriminator or from the members' constants."""
        nested = [inner["discriminator"] for inner in (schema, *alternatives) if "discriminator" in inner]
        tag = str(nested[0]["propertyName"]) if nested else "type"
        mapping = nested[0].get("mapping") if nested else None
        if isinstance(mapping, dict):
            return tag, tuple(sorted((value, class_name(ref.removeprefix(_PREFIX))) for value, ref in mapping.items()))
        pairs = []
        for name in names:
            constant = next((f.type for f in self.models[name].fields if f.name == tag), None)
            if constant is None or constant.kind not in ("const", "enum"):
                return tag, ()
            pairs += [(value, name) for value in constant.values]
        return tag, tuple(sorted(pairs))

    def _free_name(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self.models or name in self.enums or name in self.unions:
            number += 1
            name = f"{wanted}{number}"
        return name


def facts_of(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the keywords of a schema that a reader of the reference wants to know, also from inside a nullable."""
    found = {name: schema[name] for name in _FACTS if name in schema and schema[name] is not None}
    for inner in _alternatives(schema) or []:
        for name, value in facts_of(inner).items():
            found.setdefault(name, value)
    return found


def _alternatives(schema: dict[str, Any]) -> list[dict[str, Any]] | None:
    found = schema.get("anyOf") or schema.get("oneOf")
    return found if isinstance(found, list) else None


def _flatten(alternatives: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], bool]:
    members: list[dict[str, Any]] = []
    nullable = False
    for alternative in alternatives:
        inner = _alternatives(alternative)
        if alternative.get("type") == "null":
            nullable = True
        elif inner is not None:
            more, null = _flatten(inner)
            members, nullable = members + more, nullable or null
        else:
            members.append(alternative)
    return members, nullable


def _or_null(inner: Type, *, nullable: bool) -> Type:
    return Type(inner.kind, inner.name, inner.inner, inner.values, nullable=inner.nullable or nullable)
