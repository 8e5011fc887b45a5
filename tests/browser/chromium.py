"""How the tests start the browser."""

from typing import Final

from playwright.sync_api import Browser, BrowserType

ARGUMENTS: Final = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch(chromium: BrowserType) -> Browser:
    """Start the distribution's Chromium without a window."""
    return chromium.launch(executable_path="/usr/bin/chromium", args=list(ARGUMENTS))
