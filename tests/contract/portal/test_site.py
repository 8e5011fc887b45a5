"""The built site: complete, without warnings, and nothing on it is fetched from elsewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest

from tests.contract.portal.site_pages import Page, is_elsewhere, pages
from tongbao_platform.http.problems import CODES
from tongbao_portal.build import ROOT

TRANSLATED = (
    "index.html",
    "quickstart/index.html",
    "signing/index.html",
    "webhooks/index.html",
    "captures/index.html",
    "errors/index.html",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    assert "WARNING" not in built.stderr
    return folder


@pytest.fixture(scope="module")
def built(site: Path) -> dict[str, Page]:
    return pages(site)


def test_nothing_is_loaded_from_another_host(built: dict[str, Page]) -> None:
    assert len(built) > len(CODES)
    assert [(name, address) for name, page in built.items() for address in page.loads if is_elsewhere(address)] == []


def test_style_sheets_load_nothing_from_another_host(site: Path) -> None:
    sheets = list(site.rglob("*.css"))
    assert sheets
    outside = re.compile(r"(?:@import|url\()\s*[\"']?(?:https?:)?//")
    assert [path.name for path in sheets if outside.search(path.read_text(encoding="utf-8"))] == []


def test_nothing_wakes_the_theme_s_loaders_of_foreign_scripts(site: Path) -> None:
    # The theme's script knows a host to get mermaid from when a page has such a diagram; none may have one.
    found = [path for path in site.rglob("*.html") if 'class="mermaid"' in path.read_text(encoding="utf-8")]
    assert found == []


def test_the_check_sees_what_is_loaded_and_lets_links_pass() -> None:
    page = Page(
        '<link rel="stylesheet" href="https://cdn.example/a.css"><script src="//cdn.example/b.js"></script>'
        '<img src="c.svg"><a href="https://www.rfc-editor.org/">x</a><link rel="canonical" href="https://docs.example/">'
    )
    assert [address for address in page.loads if is_elsewhere(address)] == [
        "https://cdn.example/a.css",
        "//cdn.example/b.js",
    ]


def test_every_error_code_has_its_page_where_problems_point(built: dict[str, Page]) -> None:
    assert [code for code in CODES if f"errors/{code}/index.html" not in built] == []


def test_every_snippet_was_included(built: dict[str, Page]) -> None:
    assert [name for name, page in built.items() if re.search(r"--8\s?<", "".join(page.text))] == []


def test_working_files_stay_out(site: Path) -> None:
    assert not (site / "snippets").exists()
    assert list(site.rglob("*.pyc")) == []
    assert (site / "samples" / "merchant.py").is_file()


@pytest.mark.parametrize("name", TRANSLATED)
def test_translated_pages_lead_to_each_other(built: dict[str, Page], name: str) -> None:
    english, chinese = built[name], built[f"zh/{name}"]
    assert (english.language, chinese.language) == ("en", "zh")
    for here, page in ((name, english), (f"zh/{name}", chinese)):
        assert {tongue: landing(here, href) for tongue, href in page.alternates.items()} == {
            "en": name,
            "zh": f"zh/{name}",
        }


def test_untranslated_pages_lead_to_the_chinese_front_page(built: dict[str, Page]) -> None:
    assert landing("concepts/index.html", built["concepts/index.html"].alternates["zh"]) == "zh/index.html"


def landing(page: str, href: str) -> str:
    """Return the page that ``href`` on ``page`` leads to."""
    target = normpath(join(dirname(page), href))
    return target if target.endswith(".html") else normpath(join(target, "index.html"))
