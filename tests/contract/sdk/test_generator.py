"""The generator: tolerant of the document's spellings, deterministic, and in step with what is committed."""

import ast
import importlib
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import generate
import tongbao
from tongbao._errors import BY_STATUS
from tongbao._open import decode_json
from tongbao._options import RequestOptions
from tongbao_generator.contract import Contract
from tongbao_generator.emit_errors import STATUS_CLASSES
from tongbao_generator.files import PAGES, SDK
from tongbao_generator.files import generate as generate_files
from tongbao_generator.names import OPTIONS, class_name
from tongbao_generator.read_contract import ContractReader
from tongbao_generator.samples import python as python_sample

ROOT = Path(__file__).resolve().parents[3]
FIXTURE = Path(__file__).with_name("fixture.json")
PUBLISHED = ROOT / "openapi" / "tongbao-v1.json"


def load(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """Return everything generated from the fixture."""
    return generate_files(load(FIXTURE))


@pytest.fixture(scope="module")
def contract() -> Contract:
    """Return the fixture as the emitters see it."""
    return ContractReader(load(FIXTURE)).read()


def test_what_is_committed_is_what_the_document_says() -> None:
    assert generate.main(["--check"]) == 0


def test_a_changed_document_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--write", "--document", str(FIXTURE), "--root", str(tmp_path)]) == 0
    assert generate.main(["--check", "--document", str(FIXTURE), "--root", str(tmp_path)]) == 0
    (tmp_path / SDK / "models.py").write_text("# edited\n")
    (tmp_path / PAGES / "stale.md").write_text("old\n")
    assert generate.main(["--check", "--document", str(FIXTURE), "--root", str(tmp_path)]) == 1
    errors = capsys.readouterr().err
    assert "models.py" in errors
    assert "stale.md" in errors
    assert generate.main(["--write", "--document", str(FIXTURE), "--root", str(tmp_path)]) == 0
    assert not (tmp_path / PAGES / "stale.md").exists()


def test_the_output_does_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    for seed in ("0", "7"):
        command = [sys.executable, "sdk/generator/generate.py", "--write", "--document", str(FIXTURE)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([*command, "--root", str(tmp_path / seed)], cwd=ROOT, env=environment, check=True)
    first, second = (
        {path.relative_to(tmp_path / seed): path.read_bytes() for path in (tmp_path / seed).rglob("*.*")}
        for seed in ("0", "7")
    )
    assert first == second


def test_the_generator_needs_the_standard_library_only() -> None:
    code = "import sys; sys.path.insert(0, 'sdk/generator'); import generate; print(sorted(sys.modules))"
    found = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert "msgspec" not in found.stdout


def test_nullable_is_understood_in_every_spelling(contract: Contract) -> None:
    kinds = {field.name: field.type for field in contract.models["Payment"].fields}
    assert {name for name, kind in kinds.items() if kind.nullable} == {
        "next_action",
        "mood",
        "note",
        "parent",
        "business_date",
    }
    assert kinds["mood"].kind == "enum"
    assert kinds["tags"].inner is not None
    assert kinds["tags"].inner.nullable
    assert kinds["either"].kind == "any"
    assert kinds["parent"].name == "Payment"
    assert kinds["payParams"].kind == "ref"


def test_unions_are_named_once_and_stay_open(contract: Contract, files: dict[str, str]) -> None:
    assert set(contract.unions) == {"Method", "NextAction", "AnyEvent"}
    assert contract.unions["Method"].variants == (("account", "Account"), ("h5", "H5"))
    assert contract.unions["NextAction"].variants == (("redirect", "Redirect"),)
    assert "NextAction: TypeAlias = Redirect | UnknownVariant" in files[f"{SDK}/models.py"]


def test_operations_become_methods(contract: Contract, files: dict[str, str]) -> None:
    assert {operation.operation_id for operation in contract.operations} == {
        "payments.create",
        "payments.list",
        "payments.get",
        "payments.delete",
        "things.import",
    }
    text = files[f"{SDK}/resources/payments.py"]
    assert "def delete(" in text
    assert "self._perform(call, type(None))" in text
    assert "def import_(" in files[f"{SDK}/resources/things.py"]
    assert "class_: str | UnsetType = UNSET" in text
    assert '"class": class_' in text
    assert "from_: datetime | str | UnsetType = UNSET" in text
    assert "metadata: Mapping[str, str] | UnsetType = UNSET" in text
    assert "amount: models.Amount | models.Money | params.AmountParam" in text
    assert "models.PaymentCreateCapture" in text
    assert 'Literal["automatic", "manual"]' in text
    assert "note: str | UnsetType | None = UNSET" in text


def test_errors_know_their_status(contract: Contract, files: dict[str, str]) -> None:
    text = files[f"{SDK}/errors.py"]
    assert "class PaymentGoneError(ConflictError)" in text
    assert "class UnlistedError(APIStatusError)" in text
    assert '"conflict": ConflictError' in text
    get = next(operation for operation in contract.operations if operation.operation_id == "payments.get")
    assert [(error.status, error.code) for error in get.errors] == [(0, "unlisted"), (409, "payment_gone")]


def test_events_know_their_types(contract: Contract) -> None:
    assert [(webhook.type, webhook.model) for webhook in contract.webhooks] == [
        ("payment.failed", "FailedEvent"),
        ("payment.odd", "OddEvent"),
        ("payment.succeeded", "SucceededEvent"),
    ]


def test_the_fixtures_code_is_typed_and_imports(tmp_path: Path, files: dict[str, str]) -> None:
    package = tmp_path / "tongbao"
    source = ROOT / "sdk" / "python" / "src" / "tongbao"
    for path in source.glob("*.py"):
        (package / path.name).parent.mkdir(parents=True, exist_ok=True)
        (package / path.name).write_bytes(path.read_bytes())
    (package / "py.typed").touch()
    for name, text in files.items():
        if name.startswith(SDK):
            target = package / "generated" / Path(name).relative_to(SDK)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    code = "\n".join(
        (
            "import tongbao",
            "from tongbao._open import decode_json",
            f"body = {SAMPLE!r}",
            "payment = decode_json(body, tongbao.models.Payment)",
            "assert payment.pay_params.app_id == 'wx'",
            "assert payment.method.raw == {'type': 'x', 'y': 1}",
            "assert payment.status == 'odd' and payment.parent is None",
        )
    )
    subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, env={**os.environ, "PYTHONPATH": str(tmp_path)}
    )


SAMPLE = (
    b'{"id":"p","object":"payment","status":"odd","amount":{"value":1,"currency":"CNY"},"method":{"type":"x","y":1},'
    b'"next_action":null,"created_at":"2026-11-22T10:00:00.000Z","payParams":{"appId":"wx"}}'
)


def test_the_generators_table_of_statuses_is_the_sdks() -> None:
    assert {status: kind.__name__ for status, kind in BY_STATUS.items()} == STATUS_CLASSES


def test_the_generators_list_of_options_is_the_sdks() -> None:
    assert RequestOptions.__optional_keys__ == OPTIONS


def test_every_component_has_a_type_and_every_operation_a_method() -> None:
    document = load(PUBLISHED)
    for name, schema in document["components"]["schemas"].items():
        if schema.get("properties") or "enum" in schema or "oneOf" in schema:
            assert hasattr(tongbao.models, name), name
    key = json.loads((ROOT / "openapi" / "signature-vectors" / "keys.json").read_text(encoding="utf-8"))["keys"][0]
    client = tongbao.Tongbao(base_url="https://api.test", client_id="c", private_key=key["private_jwk"])
    for item in document["paths"].values():
        for operation in item.values():
            target: Any = client
            for part in operation["operationId"].split("."):
                target = getattr(target, part)
            assert callable(target)


def test_every_example_decodes() -> None:
    contract = ContractReader(load(PUBLISHED)).read()
    seen = 0
    for operation in contract.operations:
        if operation.response_example is not None and operation.response is not None:
            body = json.dumps(operation.response_example).encode()
            found: Any = decode_json(body, getattr(tongbao.models, operation.response.name))
            assert isinstance(found, getattr(tongbao.models, operation.response.name))
            seen += 1
    assert seen > 10


def test_every_python_sample_compiles_and_names_real_arguments() -> None:
    contract = ContractReader(load(PUBLISHED)).read()
    for operation in contract.operations:
        tree = ast.parse(python_sample(contract, operation))
        call = next(
            node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node).startswith("client")
        )
        resource = importlib.import_module(f"tongbao.generated.resources.{operation.resource}")
        method = getattr(getattr(resource, class_name(operation.resource)), operation.verb)
        inspect.signature(method).bind(None, *call.args, **{str(word.arg): word.value for word in call.keywords})


def test_every_resource_has_a_page_with_every_operation() -> None:
    for operation in ContractReader(load(PUBLISHED)).read().operations:
        page = (ROOT / PAGES / f"{operation.resource}.md").read_text(encoding="utf-8")
        assert f"`{operation.method} {operation.path}`" in page
        assert f"client.{operation.resource}.{operation.verb}(" in page
        for error in operation.errors:
            assert f"(../errors/{error.code}.md)" in page
