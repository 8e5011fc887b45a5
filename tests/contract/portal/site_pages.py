"""What a built page loads and links, read from its HTML."""

from html.parser import HTMLParser
from pathlib import Path

_LOADING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data", "use": "href"}


class Page(HTMLParser):
    """``loads`` is what a browser fetches by itself, ``alternates`` the language switch, by language."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language: str | None = None
        self.loads: list[str] = []
        self.alternates: dict[str, str] = {}
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = values.get("lang")
        if tag in _LOADING and values.get(_LOADING[tag]):
            self.loads.append(values[_LOADING[tag]])
        # What a canonical or alternate link names is for search engines; browsers do not fetch it.
        if tag == "link" and not {"canonical", "alternate", "prev", "next"} & set(values.get("rel", "").split()):
            self.loads.append(values["href"])
        if tag == "a" and "md-select__link" in values.get("class", "").split():
            self.alternates[values["hreflang"]] = values["href"]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def pages(site: Path) -> dict[str, Page]:
    """Return every page by its path from the site's root."""
    found = sorted(site.rglob("*.html"))
    return {path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8")) for path in found}


def is_elsewhere(address: str) -> bool:
    """Tell whether loading ``address`` would leave the site."""
    return address.startswith(("//", "http:", "https:"))
