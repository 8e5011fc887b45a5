"""Writes resources/<name>.py and client.py: the methods that callers use."""

from collections.abc import Iterator

from tongbao_generator.contract import Contract, Field, Operation, Parameter
from tongbao_generator.layout import doc, module
from tongbao_generator.names import argument_name, class_name
from tongbao_generator.python_types import argument_type, attribute_type

_IMPORTS = """
from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final, Literal, Unpack, cast

from msgspec import UNSET, UnsetType

from tongbao._operation import Call, Operation
from tongbao._options import ReadOptions, RequestOptions
from tongbao._page import AsyncList, Page, as_async_raw_list
from tongbao._raw_response import as_async_raw, as_raw
from tongbao._resource import AsyncResource, Resource
from tongbao.generated import models, params
"""


def emit_resource(contract: Contract, name: str) -> str:
    """Return resources/<name>.py."""
    operations = contract.resources[name]
    body: list[str] = []
    for operation in operations:
        body += [*_constant(contract, operation), ""]
    kind = class_name(name)
    for is_async in (False, True):
        own = f"Async{kind}" if is_async else kind
        body += [f"class {own}({'AsyncResource' if is_async else 'Resource'}):"]
        body += [*doc(f"Operations of `{name}`"), "", *_raw_property(own)]
        for operation in operations:
            body += ["", *_method(contract, operation, is_async=is_async)]
        body += ["", *_raw_class(own, operations, is_async=is_async), ""]
    return module(f"Operations of `{name}`.", _IMPORTS, body)


def _raw_property(own: str) -> Iterator[str]:
    yield "    @cached_property"
    yield f"    def with_raw_response(self) -> {own}WithRawResponse:"
    yield '        """The same operations, giving status, headers and octets beside the object."""'
    yield f"        return {own}WithRawResponse({own}(self._link, raw=True))"


def _raw_class(own: str, operations: list[Operation], *, is_async: bool) -> Iterator[str]:
    yield f"class {own}WithRawResponse:"
    yield from doc(f"The operations of {own}, giving a RawResponse")
    yield ""
    yield f"    def __init__(self, resource: {own}) -> None:"
    for operation in operations:
        wrapper = "as_raw"
        if is_async:
            wrapper = "as_async_raw_list" if operation.item is not None else "as_async_raw"
        yield f"        self.{operation.verb} = {wrapper}(resource.{operation.verb})"


def constant_of(operation: Operation) -> str:
    """Return the name of an operation's constant."""
    return f"_{operation.verb.upper().rstrip('_')}"


def _constant(contract: Contract, operation: Operation) -> Iterator[str]:
    yield f"{constant_of(operation)}: Final = Operation("
    yield f'    operation_id="{operation.operation_id}",'
    yield f'    method="{operation.method}",'
    yield f'    path="{operation.path}",'
    if operation.idempotent:
        yield "    idempotent=True,"
    if operation.body is not None:
        yield "    has_body=True,"
    number = number_field(operation)
    if number is not None:
        yield f'    number_field="{number}",'
    resolver = _resolver(contract, operation, number)
    if resolver is not None and operation.method != "GET":
        yield f'    resolve_with="{resolver[0]}",'
        yield f'    resolve_argument="{resolver[1]}",'
    yield ")"


def number_field(operation: Operation) -> str | None:
    """Return the body's field with the merchant's own number, if it has one."""
    fields = operation.body.fields if operation.body is not None else ()
    return next((f.name for f in fields if f.name.startswith("merchant_") and f.name.endswith("_no")), None)


def _resolver(contract: Contract, operation: Operation, number: str | None) -> tuple[str, str] | None:
    """Return the operation that tells what became of a write, and which of its arguments to ask with."""
    siblings = {sibling.verb: sibling for sibling in contract.resources[operation.resource]}
    if number is not None and f"get_by_{number}" in siblings:
        return f"{operation.resource}.get_by_{number}", number
    places = operation.placed("path")
    if len(places) == 1 and "get" in siblings and len(siblings["get"].placed("path")) == 1:
        return f"{operation.resource}.get", places[0].name
    return None


def _method(contract: Contract, operation: Operation, *, is_async: bool) -> Iterator[str]:
    result = _result(operation, is_async=is_async)
    is_list = operation.item is not None
    yield f"    {'async ' if is_async and not is_list else ''}def {operation.verb}("
    yield "        self,"
    places = operation.placed("path")
    for parameter in places:
        yield f"        {parameter.python}: str,"
    keywords = list(_keywords(contract, operation))
    if keywords:
        yield "        *,"
        yield from (f"        {keyword}," for keyword in keywords)
    options = "RequestOptions" if operation.idempotent else "ReadOptions"
    yield f"        **options: Unpack[{options}],"
    yield f"    ) -> {result}:"
    yield from doc(_docstring(operation), "        ")
    yield from _body(operation, is_async=is_async)


def _keywords(contract: Contract, operation: Operation) -> Iterator[str]:
    for field in _sorted_fields(operation):
        annotation = argument_type(contract, field.type)
        yield _keyword(argument_name(operation.resource, field.name), annotation, required=field.required)
    for parameter in _query(operation):
        annotation = argument_type(contract, parameter.type)
        yield _keyword(parameter.python, annotation, required=parameter.required)


def _keyword(name: str, annotation: str, *, required: bool) -> str:
    if required:
        return f"{name}: {annotation}"
    plain = annotation.removesuffix(" | None")
    return f"{name}: {plain} | UnsetType{annotation[len(plain) :]} = UNSET"


def _sorted_fields(operation: Operation) -> list[Field]:
    fields = operation.body.fields if operation.body is not None else ()
    return sorted(fields, key=lambda field: not field.required)


def _query(operation: Operation) -> list[Parameter]:
    return operation.placed("query")


def _result(operation: Operation, *, is_async: bool) -> str:
    if operation.item is not None:
        return f"{'AsyncList' if is_async else 'Page'}[{attribute_type(operation.item, 'models.')}]"
    return "None" if operation.response is None else attribute_type(operation.response, "models.")


def _body(operation: Operation, *, is_async: bool) -> Iterator[str]:
    yield "        call = Call("
    yield f"            operation={constant_of(operation)},"
    places = operation.placed("path")
    if places:
        yield "            path_values={" + ", ".join(f'"{p.name}": {p.python}' for p in places) + "},"
    if _query(operation):
        yield "            query={" + ", ".join(f'"{p.name}": {p.python}' for p in _query(operation)) + "},"
    fields = _sorted_fields(operation)
    if fields:
        pairs = [f'"{f.name}": {argument_name(operation.resource, f.name)}' for f in fields]
        yield "            body={" + ", ".join(pairs) + "},"
    yield "            options=options,"
    yield "        )"
    wait = "await " if is_async else ""
    if operation.item is not None and operation.response is not None:
        yield f"        return self._list(call, models.{operation.response.name})"
    elif operation.response is None:
        yield f"        {'await ' if is_async else ''}self._perform(call, type(None))"
    elif operation.response.kind == "ref" and not operation.response.nullable:
        yield f"        return {wait}self._perform(call, models.{operation.response.name})"
    else:
        name = attribute_type(operation.response, "models.")
        yield f'        return {wait}self._perform(call, cast("builtins.type[{name}]", {name}))'


def _docstring(operation: Operation) -> str:
    parts = [operation.summary or operation.operation_id, operation.description]
    described = [(p.python, p.description) for p in operation.parameters if p.place in ("path", "query")]
    described += [(argument_name(operation.resource, f.name), f.description) for f in _sorted_fields(operation)]
    arguments = "; ".join(f"``{name}``: {text.strip().rstrip('.')}" for name, text in described if text)
    if arguments:
        parts.append(f"{arguments}.")
    own = [e.code for e in operation.errors if e.status in (404, 409, 422) or e.status == 0]
    if own:
        parts.append(f"Error codes: {', '.join(own)}.")
    return "\n\n".join(part for part in parts if part)


def emit_client(contract: Contract) -> str:
    """Return client.py: the resources as attributes of the clients."""
    body: list[str] = []
    for own, driver, prefix in (("SyncResources", "BlockingDriver", ""), ("AsyncResources", "AsyncDriver", "Async")):
        body += [f"class {own}(ClientBase[{driver}]):", *doc("The API's resources"), ""]
        for name in contract.resources:
            kind = f"{prefix}{class_name(name)}"
            body += ["    @cached_property", f"    def {name}(self) -> {kind}:"]
            body += [*doc(f"Operations of `{name}`", "        "), f"        return {kind}(self._link)", ""]
    imports = ["from functools import cached_property", "", "from tongbao._http import AsyncDriver, BlockingDriver"]
    imports.append("from tongbao._resource import ClientBase")
    for name in contract.resources:
        kind = class_name(name)
        imports.append(f"from tongbao.generated.resources.{name} import Async{kind}, {kind}")
    return module("The resources of both clients.", "\n".join(imports), body)
