"""The OpenAPI document: valid, complete, in step with the code, and equal to the committed file."""

from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from openapi_spec_validator import validate

from tongbao_platform.api.document.build import build_document
from tongbao_platform.api.document.examples import EXAMPLES
from tongbao_platform.api.v1.event_types import EVENT_TYPES, EventChoice
from tongbao_platform.api.v1.operations import OPERATIONS
from tongbao_platform.domain.events import catalogue
from tongbao_platform.http.api_version import VERSIONS
from tongbao_platform.http.operation_spec import OperationSpec
from tongbao_platform.identity.scopes import SUPPORTED_SCOPES
from tongbao_platform.processes import currencies, openapi

FILE = Path(__file__).resolve().parents[3] / "openapi" / "tongbao-v1.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return build_document(OPERATIONS)


def nodes(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in nodes(item)]
    if not isinstance(node, dict):
        return []
    return [node, *(found for value in node.values() for found in nodes(value))]


def test_it_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_the_committed_file_is_what_the_code_says(tmp_path: Path) -> None:
    assert openapi.main(["--check"]) == 0
    other = tmp_path / "other.json"
    assert openapi.main(["--check", "--file", str(other)]) == 1
    openapi.main(["--write", "--file", str(other)])
    assert other.read_bytes() == FILE.read_bytes()


def test_the_currency_table_is_what_iso_4217_says() -> None:
    assert currencies.main(["--check"]) == 0


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = {node["$ref"] for node in nodes(document) if isinstance(node.get("$ref"), str)}
    assert len(references) > 50
    for reference in references:
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]


def test_every_component_is_used(document: dict[str, Any]) -> None:
    references = {node["$ref"] for node in nodes(document) if isinstance(node.get("$ref"), str)}
    mapped = {value for node in nodes(document) for value in node.get("mapping", {}).values() if "mapping" in node}
    unused = {
        name for name in document["components"]["schemas"] if f"#/components/schemas/{name}" not in references | mapped
    }
    assert unused == set()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.operation_id)
def test_every_operation_is_described(document: dict[str, Any], operation: OperationSpec) -> None:
    entry = document["paths"][operation.path][operation.method.lower()]
    assert entry["operationId"] == operation.operation_id
    assert entry["summary"]
    assert entry["tags"] == [operation.tag]
    assert {"401", "422", "429", "500", "503"} <= set(entry["responses"])
    names = {parameter.get("name") or parameter["$ref"].rpartition("/")[2] for parameter in entry["parameters"]}
    assert ("IdempotencyKey" in names) == (operation.method == "POST")
    assert set(operation.path_parameters) <= names
    assert operation.scope is None or operation.scope in SUPPORTED_SCOPES
    for status in operation.statuses:
        answer = entry["responses"][str(status)]
        assert ("content" in answer) == (status != 204)
        if status != 204:
            assert answer["content"]["application/json"]["examples"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.operation_id)
def test_examples_are_what_they_are_examples_of(operation: OperationSpec) -> None:
    examples = EXAMPLES.get(operation.operation_id, {})
    assert ("request" in examples) == (operation.body is not None)
    assert ("response" in examples) == (operation.result is not None)
    for side, struct in (("request", operation.body), ("response", operation.result)):
        for example in examples.get(side, {}).values():
            decoded = msgspec.json.decode(msgspec.json.encode(example["value"]), type=struct)
            if side == "response":
                # Answers send every member.
                assert msgspec.json.decode(msgspec.json.encode(decoded)) == example["value"]


def test_requests_are_closed_and_answers_send_every_member(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        if schema.get("type") != "object" or name in ("Problem", "FieldError"):
            continue
        if name.endswith(("Create", "Update", "Input")) or name == "Amount":
            assert schema["additionalProperties"] is False, name
        else:
            assert "additionalProperties" not in schema, name
            assert set(schema["required"]) == set(schema["properties"]), name


def test_no_schema_carries_what_only_python_understands(document: dict[str, Any]) -> None:
    for node in nodes(document):
        if isinstance(node.get("pattern"), str):
            assert "(?" not in node["pattern"]
        assert node.get("enum") is None or "type" in node
        assert "``" not in str(node.get("description", ""))


def test_the_choice_of_events_is_the_catalogue(document: dict[str, Any]) -> None:
    (literal, *_) = get_args(EventChoice)
    assert {"*", *catalogue.EVENT_TYPES} == set(get_args(literal)) | {"webhook_endpoint.test"} & set(
        catalogue.EVENT_TYPES
    )
    assert set(catalogue.EVENT_TYPES) <= set(EVENT_TYPES) == set(document["webhooks"])


def test_versions_are_dates_in_order() -> None:
    assert list(VERSIONS) == sorted(VERSIONS)
