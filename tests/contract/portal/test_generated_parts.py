"""The generated parts of the portal say what the code says, and a page exists for whatever needs one."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tongbao_platform.domain.payments.states import PAYMENT_MOVES
from tongbao_platform.http.problems import CODES, FIELD_CODES, problem_page
from tongbao_platform.settings import Settings
from tongbao_portal import build, error_pages
from tongbao_portal.diagrams import payment_states
from tongbao_portal.error_texts import read_error_texts
from tongbao_portal.navigation import MarkerMissing, with_lists
from tongbao_portal.signing_example import VectorMissing, signing_example

ROOT = build.ROOT
VECTORS = (ROOT / build.VECTORS).read_bytes()


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "openapi" / "tongbao-v1.json").read_bytes())
    return found


def test_the_committed_files_are_what_would_be_written() -> None:
    assert build.differences(ROOT) == []


def test_a_difference_a_missing_file_and_a_stale_one_are_seen_and_repaired(tmp_path: Path) -> None:
    for name in (build.DOCS, "openapi/signature-vectors"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    errors = tmp_path / build.DOCS / "errors"
    with (errors / "not_found.md").open("a") as file:
        file.write("edited\n")
    (errors / "rate_limited.md").unlink()
    (errors / "no_longer.md").write_text("stale")
    stale = [f"{build.DOCS}/errors/{name}.md" for name in ("no_longer", "not_found", "rate_limited")]
    assert build.differences(tmp_path) == stale
    build.write(tmp_path)
    assert build.differences(tmp_path) == []
    assert not (errors / "no_longer.md").exists()


def test_code_document_texts_and_pages_have_the_same_error_codes() -> None:
    enum = document()["components"]["schemas"]["ErrorCode"]["enum"]
    pages = {path.stem for path in (ROOT / build.DOCS / "errors").glob("*.md")} - {"index"}
    assert set(CODES) == set(enum) == set(read_error_texts()) == pages


def test_the_field_codes_are_explained() -> None:
    enum = document()["components"]["schemas"]["FieldErrorCode"]["enum"]
    index = (ROOT / build.DOCS / "errors" / "index.md").read_text(encoding="utf-8")
    assert set(FIELD_CODES) == set(enum)
    assert [code for code in FIELD_CODES if f"| `{code}` |" not in index] == []


def test_a_code_without_words_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = read_error_texts()
    texts.pop("not_found")
    monkeypatch.setattr(error_pages, "read_error_texts", lambda: texts)
    with pytest.raises(KeyError, match="not_found"):
        error_pages.error_pages()


def test_a_problem_s_type_is_the_address_of_its_page() -> None:
    assert problem_page("https://docs.example", "not_found") == "https://docs.example/errors/not_found/"
    assert f"site_url: {Settings().portal_url}/\n" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")


def test_every_error_page_speaks_both_languages() -> None:
    pages = error_pages.error_pages()
    for code, text in read_error_texts().items():
        page = pages[f"errors/{code}.md"]
        assert text.cause in page
        assert text.fix_zh in page
        assert CODES[code].title in page


def test_every_setting_is_explained() -> None:
    page = (ROOT / build.SNIPPETS / "settings.md").read_text(encoding="utf-8")
    assert [name for name in Settings.__struct_fields__ if f"`TONGBAO_{name.upper()}`" not in page] == []


def test_the_diagram_draws_the_table_of_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {(source, target) for source, targets in PAYMENT_MOVES.items() for target in targets}
    assert payment_states.drawn_moves() == table
    less = {state: targets - {"expired"} for state, targets in PAYMENT_MOVES.items()}
    monkeypatch.setattr(payment_states, "PAYMENT_MOVES", less)
    with pytest.raises(ValueError, match="expired"):
        payment_states.payment_states("en")


def test_the_signing_example_is_refused_when_a_vector_contradicts_itself() -> None:
    with pytest.raises(ValueError, match="es256_create"):
        signing_example(VECTORS.replace(b"Two coffees", b"Two coffee5", 1))
    with pytest.raises(VectorMissing):
        signing_example(VECTORS.replace(b"es256_create", b"es256_gone"))


def test_navigation_without_its_marks_is_refused() -> None:
    with pytest.raises(MarkerMissing, match="reference"):
        with_lists("nav:\n", [])
