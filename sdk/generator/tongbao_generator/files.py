"""Everything that is generated, as texts by path."""

from typing import Any, Final

from tongbao_generator.contract import Contract
from tongbao_generator.emit_errors import emit_errors
from tongbao_generator.emit_models import emit_events, emit_models, emit_params
from tongbao_generator.emit_pages import emit_pages
from tongbao_generator.emit_resources import emit_client, emit_resource
from tongbao_generator.format_python import format_python
from tongbao_generator.layout import HEADER
from tongbao_generator.read_contract import ContractReader

SDK: Final = "sdk/python/src/tongbao/generated"
PAGES: Final = "developer_portal/docs/reference"


def generate(document: dict[str, Any]) -> dict[str, str]:
    """Return the text of every generated file by its path in the repository."""
    contract = ContractReader(document).read()
    python = format_python({f"{SDK}/{name}": text for name, text in _python(contract).items()})
    pages = {f"{PAGES}/{name}": text for name, text in emit_pages(contract).items()}
    return {**python, **pages}


def _python(contract: Contract) -> dict[str, str]:
    found = {
        "__init__.py": f'{HEADER}"""What is generated from the API\'s document."""\n',
        "resources/__init__.py": f'{HEADER}"""The operations, by resource."""\n',
        "models.py": emit_models(contract),
        "params.py": emit_params(contract),
        "events.py": emit_events(contract),
        "errors.py": emit_errors(contract),
        "client.py": emit_client(contract),
    }
    for name in contract.resources:
        found[f"resources/{name}.py"] = emit_resource(contract, name)
    return found
