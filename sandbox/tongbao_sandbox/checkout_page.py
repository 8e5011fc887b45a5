"""A checkout page as a program reads it: its view, its forms by id, its links by id, what it complains about."""

from html.parser import HTMLParser
from typing import Final

import msgspec

_VOID: Final = frozenset("area base br col embed hr img input link meta source track wbr".split())


class PageForm(msgspec.Struct):
    """A form: where it goes, and its fields with the values that stand in them (a radio field: the chosen one)."""

    action: str
    fields: dict[str, str]


class CheckoutPage(msgspec.Struct):
    """One page. ``view`` is the empty string for anything that is no page of the checkout."""

    view: str
    language: str
    forms: dict[str, PageForm]
    links: dict[str, str]
    problems: list[str]


def read_page(html: str) -> CheckoutPage:
    """Read ``html``; the names that are looked for are those that ``tongbao_platform.web.page`` promises to keep."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = CheckoutPage(view="", language="", forms={}, links={}, problems=[])
        self._form: PageForm | None = None
        self._depth = 0
        self._problems_depth = 0
        self._in_item = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._depth += 1
        if given.get("id") == "problems":
            self._problems_depth = self._depth
        if tag == "html":
            self.page.language = given.get("lang", "")
        elif tag == "main":
            self.page.view = given.get("data-view", "")
        elif tag == "form":
            self._form = self.page.forms[given.get("id", "")] = PageForm(given.get("action", ""), {})
        elif tag == "a" and "id" in given:
            self.page.links[given["id"]] = given.get("href", "")
        elif tag == "input" and self._form is not None and "name" in given:
            self._take_input(self._form, given)
        elif tag == "li" and self._problems_depth:
            self._in_item = True
            self.page.problems.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "li":
            self._in_item = False
        if tag not in _VOID:
            if self._depth == self._problems_depth:
                self._problems_depth = 0
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._in_item:
            self.page.problems[-1] += data

    def _take_input(self, form: PageForm, given: dict[str, str]) -> None:
        name, value = given["name"], given.get("value", "")
        if given.get("type") != "radio" or "checked" in given or name not in form.fields:
            form.fields[name] = value
