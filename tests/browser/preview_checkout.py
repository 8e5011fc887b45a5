"""Writes a picture of every checkout page: ``python -m tests.browser.preview_checkout FOLDER [NAME ...]``."""

import sys
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from tests.browser.chromium import launch
from tests.browser.page_server import served
from tests.factories.checkout_views import checkout_views, hostile_views

SIZES: Final[dict[str, ViewportSize]] = {
    "phone": {"width": 390, "height": 844},
    "desktop": {"width": 1280, "height": 800},
}
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")


def main(folder: Path, names: list[str]) -> None:
    """Take each named page (all when none is named) in both sizes, languages and color schemes."""
    folder.mkdir(parents=True, exist_ok=True)
    views = checkout_views() | hostile_views()
    with served(views) as server, sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        for name in names or views:
            for language in ("zh", "en"):
                _take(browser, f"{server.url}/{name}?lang={language}", folder / f"{name}.{language}")
        browser.close()


def _take(browser: Browser, url: str, target: Path) -> None:
    for size, viewport in SIZES.items():
        for scheme in SCHEMES:
            page = browser.new_page(viewport=viewport, color_scheme=scheme, java_script_enabled=False)
            page.goto(url)
            page.screenshot(path=target.with_name(f"{target.name}.{size}.{scheme}.png"), full_page=True)
            page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
