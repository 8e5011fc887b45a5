"""Reads the OpenAPI 3.1 document into a ``Contract``."""

import re
from typing import Any, Final

from tongbao_generator.contract import Contract, ErrorCode, Model, Operation, Parameter, Type, Webhook
from tongbao_generator.names import argument_name, class_name, python_name, singular
from tongbao_generator.schemas import SchemaReader, facts_of

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_ID_PARAMETER: Final = frozenset({"id", "no"})
# `metadata.<key>`, `metadata.{key}`, `metadata.*`: one argument that takes a mapping.
_FAMILY: Final = re.compile(r"([A-Za-z_]+)\.[<{*].*")
_LIST_MEMBERS: Final = frozenset({"data", "has_more", "next_cursor"})


class ContractReader:
    """Reads one document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._components: dict[str, Any] = document.get("components", {})
        self._schemas = SchemaReader(self._components.get("schemas", {}))
        self._statuses = self._read_statuses()

    def read(self) -> Contract:
        """Return the contract."""
        self._schemas.read_all()
        operations = [
            self._operation(path, method, item[method], item.get("parameters", []))
            for path, item in self._document.get("paths", {}).items()
            for method in _METHODS
            if method in item and "." in str(item[method].get("operationId", ""))
        ]
        operations.sort(key=lambda operation: (operation.resource, _rank(operation.verb), operation.operation_id))
        webhooks = self._webhooks()
        return Contract(
            title=self._document["info"]["title"],
            version=self._document["info"]["version"],
            models=dict(sorted(self._schemas.models.items())),
            enums=dict(sorted(self._schemas.enums.items())),
            unions=dict(sorted(self._schemas.unions.items())),
            operations=tuple(operations),
            webhooks=tuple(webhooks),
            errors=self._errors(operations),
        )

    def _deref(self, value: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in value:
            found: Any = self._document
            for step in str(value["$ref"]).removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            value = found
        return value

    def _operation(self, path: str, method: str, raw: dict[str, Any], shared: list[dict[str, Any]]) -> Operation:
        operation_id = str(raw["operationId"])
        resource, _, verb = operation_id.rpartition(".")
        hint = class_name(operation_id)
        body, body_required, body_example = self._body(raw, hint)
        response, statuses, example = self._response(raw, hint)
        return Operation(
            operation_id=operation_id,
            resource=python_name(resource),
            verb=python_name(verb),
            method=method.upper(),
            path=path,
            summary=str(raw.get("summary", "")),
            description=str(raw.get("description", "")),
            parameters=self._parameters([*shared, *raw.get("parameters", [])], python_name(resource), hint),
            body=body,
            body_required=body_required,
            body_example=body_example,
            response=response,
            response_status=statuses,
            response_example=example,
            item=self._item(response),
            errors=self._operation_errors(raw),
            scopes=_scopes(raw, self._document),
            deprecated=bool(raw.get("deprecated", False)),
        )

    def _parameters(self, raw: list[dict[str, Any]], resource: str, hint: str) -> tuple[Parameter, ...]:
        found = []
        for parameter in map(self._deref, raw):
            name, place = str(parameter["name"]), str(parameter["in"])
            family = _FAMILY.fullmatch(name)
            schema = parameter.get("schema", {})
            kind = self._schemas.read(schema, hint + class_name(name))
            if family is not None and kind.kind != "map":
                name, kind = family[1], Type("map", inner=kind)
            python = (
                f"{singular(resource)}_{name}"
                if name in _ID_PARAMETER and place == "path"
                else argument_name(resource, name)
            )
            found.append(
                Parameter(
                    name=name,
                    python=python,
                    place=place,
                    type=kind,
                    required=bool(parameter.get("required", False)),
                    description=str(parameter.get("description") or schema.get("description") or ""),
                    facts=facts_of(schema),
                )
            )
        return tuple(found)

    def _body(self, raw: dict[str, Any], hint: str) -> tuple[Model | None, bool, Any]:
        body = self._deref(raw.get("requestBody", {}))
        media = body.get("content", {}).get("application/json")
        if media is None:
            return None, False, None
        kind = self._schemas.read(media.get("schema", {}), f"{hint}Body")
        model = self._schemas.models.get(kind.name)
        if model is None:
            model = Model(f"{hint}Body", "", ())
        return model, bool(body.get("required", False)), example_of(media)

    def _response(self, raw: dict[str, Any], hint: str) -> tuple[Type | None, tuple[int, ...], Any]:
        statuses = sorted(int(status) for status in raw.get("responses", {}) if status.startswith("2"))
        for status in statuses:
            media = self._deref(raw["responses"][str(status)]).get("content", {}).get("application/json")
            if media is not None:
                return self._schemas.read(media.get("schema", {}), f"{hint}Answer"), tuple(statuses), example_of(media)
        return None, tuple(statuses), None

    def _item(self, response: Type | None) -> Type | None:
        model = self._schemas.models.get(response.name) if response is not None else None
        if model is None or not {field.name for field in model.fields} >= _LIST_MEMBERS:
            return None
        data = next(field.type for field in model.fields if field.name == "data")
        return data.inner if data.kind == "list" else None

    def _operation_errors(self, raw: dict[str, Any]) -> tuple[ErrorCode, ...]:
        """Return the codes of an operation: those it lists itself, else those its problem responses show."""
        listed = raw.get("x-error-codes")
        if isinstance(listed, list):
            found = {(self._statuses.get(str(code), 0), str(code)) for code in listed}
        else:
            found = {
                (int(status), code)
                for status, value in raw.get("responses", {}).items()
                if status.isdecimal() and int(status) >= 400
                for code in _codes(self._deref(value))
            }
        return tuple(ErrorCode(status, code) for status, code in sorted(found))

    def _read_statuses(self) -> dict[str, int]:
        """Return the status of every code that a shared problem response shows, and 0 for what is only listed."""
        found: dict[str, int] = {}
        for name, response in sorted(self._components.get("responses", {}).items()):
            status = re.search(r"[45]\d\d", name)
            if status is not None:
                found |= {code: int(status[0]) for code in _codes(self._deref(response))}
        for code in self._problem_codes():
            found.setdefault(code, 0)
        return found

    def _errors(self, operations: list[Operation]) -> dict[str, ErrorCode]:
        """Return every code of the document with its status."""
        found = {error.code: error for operation in operations for error in operation.errors}
        for code, status in self._statuses.items():
            found.setdefault(code, ErrorCode(status, code))
        return dict(sorted(found.items()))

    def _problem_codes(self) -> list[str]:
        schema = self._components.get("schemas", {}).get("Problem", {})
        code = self._deref(schema.get("properties", {}).get("code", {}))
        return [str(value) for value in code.get("enum", [])]

    def _webhooks(self) -> list[Webhook]:
        found: dict[str, Webhook] = {}
        for name, item in self._document.get("webhooks", {}).items():
            post = self._deref(item).get("post", {})
            media = self._deref(post.get("requestBody", {})).get("content", {}).get("application/json", {})
            kind = self._schemas.read(media.get("schema", {}), f"{class_name(name)}Event")
            about = str(post.get("summary") or post.get("description") or "")
            for tag, model in self._event_types(name, kind):
                found[tag] = Webhook(tag, model, about)
        return [found[name] for name in sorted(found)]

    def _event_types(self, name: str, kind: Type) -> list[tuple[str, str]]:
        """Return (event type, model): the entry's name, or what the body's ``type`` says where that is more exact."""
        if kind.kind == "union":
            pairs = list(self._schemas.unions[kind.name].variants)
            return [pair for pair in pairs if pair[0] == name] or pairs
        if kind.kind != "ref":
            return []
        values = [v for f in self._schemas.models[kind.name].fields if f.name == "type" for v in f.type.values]
        return [(name, kind.name)] if name in values or not values else [(value, kind.name) for value in values]


def example_of(media: dict[str, Any]) -> Any:  # noqa: ANN401 - parsed JSON
    """Return the first example of a media type."""
    if "example" in media:
        return media["example"]
    for example in media.get("examples", {}).values():
        if isinstance(example, dict) and "value" in example:
            return example["value"]
    return next(iter(media.get("schema", {}).get("examples", [])), None)


def _codes(response: dict[str, Any]) -> list[str]:
    """Return the codes that a problem response shows in its examples."""
    found = []
    for media in response.get("content", {}).values():
        examples = [media.get("example"), *(example.get("value") for example in media.get("examples", {}).values())]
        found += [str(example["code"]) for example in examples if isinstance(example, dict) and "code" in example]
    return found


def _scopes(raw: dict[str, Any], document: dict[str, Any]) -> tuple[str, ...]:
    found: set[str] = set()
    for requirement in raw.get("security", document.get("security", [])):
        for scopes in requirement.values():
            found |= set(scopes)
    return tuple(sorted(found))


def _rank(verb: str) -> int:
    order = ("create", "list", "get")
    return order.index(verb) if verb in order else len(order)
