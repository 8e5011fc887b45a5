"""Makes example requests: a body for every operation, shown as curl and as Python."""

import json
from typing import Any

from tongbao_generator.contract import Contract, Model, Operation, Type
from tongbao_generator.names import argument_name, python_name

_ID = "01k8wq3v5rf1msx7r3p9v2c4ta"
_TEXT = {"datetime": "2026-11-22T10:30:00.000Z", "date": "2026-11-22", "str": "text"}


def sample_body(contract: Contract, operation: Operation) -> dict[str, Any]:
    """Return the document's example, else one made from the required fields."""
    if isinstance(operation.body_example, dict):
        return operation.body_example
    return _sample_model(contract, operation.body) if operation.body is not None else {}


def _sample_model(contract: Contract, model: Model) -> dict[str, Any]:
    return {field.name: _sample(contract, field.type, field.name) for field in model.fields if field.required}


def _sample(contract: Contract, kind: Type, name: str) -> Any:  # noqa: ANN401 - JSON
    if kind.kind == "ref":
        return _sample_model(contract, contract.models[kind.name])
    if kind.kind == "union":
        return _sample_model(contract, contract.models[contract.unions[kind.name].variants[0][1]])
    if kind.kind == "list" and kind.inner is not None:
        return [_sample(contract, kind.inner, name)]
    if kind.values:
        return kind.values[0]
    known = {"int": 1, "bool": True, "float": "0.5", "map": {}, "any": {}, "none": None}
    if kind.kind in known:
        return known[kind.kind]
    return sample_id(name) if name.endswith("_id") else _TEXT.get(kind.kind, "text")


def sample_id(name: str) -> str:
    """Return an id as it could stand for a parameter."""
    prefixes = {"payment": "pay", "refund": "ref", "account": "acc", "webhook_endpoint": "whe", "event": "evt"}
    prefixes |= {"webhook_delivery": "dlv", "merchant": "mch", "endpoint": "whe"}
    stem = name.removesuffix("_id")
    if stem.endswith("_no") or name.endswith("_no"):
        return "20261122-0001"
    return f"{prefixes.get(stem, stem[:3])}_{_ID}"


def curl(contract: Contract, operation: Operation, base_url: str) -> str:
    """Return the request as curl; token, signature and key stand as shell variables."""
    path = operation.path
    for parameter in operation.placed("path"):
        path = path.replace("{" + parameter.name + "}", sample_id(parameter.python))
    lines = [f"curl {'' if operation.method == 'GET' else f'-X {operation.method} '}{base_url}{path}"]
    lines.append('-H "Authorization: Bearer $ACCESS_TOKEN"')
    lines.append('-H "JWS-Signature: $JWS_SIGNATURE"')
    if operation.idempotent:
        lines.append('-H "Idempotency-Key: $IDEMPOTENCY_KEY"')
    if operation.body is not None:
        lines.append('-H "Content-Type: application/json"')
        text = json.dumps(sample_body(contract, operation), indent=2, ensure_ascii=False)
        lines.append("--data-binary '" + text.replace("'", "'\\''") + "'")
    return " \\\n  ".join(lines)


def python(contract: Contract, operation: Operation) -> str:
    """Return the call as Python."""
    arguments = [json.dumps(sample_id(parameter.python)) for parameter in operation.placed("path")]
    if operation.body is not None:
        body = sample_body(contract, operation)
        arguments += [f"{argument_name(operation.resource, name)}={_literal(value, 1)}" for name, value in body.items()]
    call = f"client.{operation.resource}.{operation.verb}"
    name = python_name(operation.response.name) if operation.response is not None else ""
    if operation.item is not None:
        item = python_name(operation.item.name or "item")
        return f"for {item} in {call}({', '.join(arguments)}):\n    print({item})"
    target = f"{name} = " if name else ""
    if operation.body is None:
        return f"{target}{call}({', '.join(arguments)})"
    return "\n".join([f"{target}{call}(", *(f"    {argument}," for argument in arguments), ")"])


def _literal(value: Any, depth: int) -> str:  # noqa: ANN401 - JSON
    """Return JSON as a Python literal that fits the page."""
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(key)}: {_literal(item, depth + 1)}" for key, item in value.items())
        if len(inner) < 70:
            return "{" + inner + "}"
        pad = "    " * (depth + 1)
        lines = [f"{pad}{json.dumps(key)}: {_literal(item, depth + 1)}," for key, item in value.items()]
        return "\n".join(["{", *lines, "    " * depth + "}"])
    if isinstance(value, list):
        return "[" + ", ".join(_literal(item, depth + 1) for item in value) + "]"
    if value is None or isinstance(value, bool):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)
