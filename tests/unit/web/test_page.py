"""What every rendered page keeps: both languages, everything escaped, forms that can be trusted and used."""

import re
from html.parser import HTMLParser

import msgspec
import pytest

from tests.factories.checkout_views import (
    CHOICE,
    CONFIRM,
    LOGIN,
    ORDER,
    PATH,
    RETURN_URL,
    TOKEN,
    checkout_views,
    hostile_views,
)
from tongbao_platform.web.language import Language
from tongbao_platform.web.page import render, respond, security_headers, status_of
from tongbao_platform.web.static_files import find_static
from tongbao_platform.web.views import Amount, DeclineReason, Place, View, decline_reason

VIEWS = checkout_views()
ALL = VIEWS | hostile_views()
LANGUAGES: tuple[Language, ...] = ("zh", "en")
every_page = pytest.mark.parametrize(
    ("view", "language"),
    [pytest.param(view, language, id=f"{name}-{language}") for name, view in ALL.items() for language in LANGUAGES],
)

VOID = {"meta", "link", "input", "path", "circle", "rect"}


class Element(msgspec.Struct):
    tag: str
    attributes: dict[str, str | None]
    parents: tuple[int, ...]


class Document(HTMLParser):
    """A page taken apart; a wrongly nested or unclosed element fails at once."""

    def __init__(self, source: bytes) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.texts: list[tuple[int, str]] = []
        self._open: list[int] = []
        self.feed(source.decode())
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice on {tag}"
        self.elements.append(Element(tag, dict(attrs), tuple(self._open)))
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs), tuple(self._open)))

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self._open.pop()].tag == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open[-1] if self._open else -1, data))

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    def by_id(self, name: str) -> Element:
        (element,) = [element for element in self.elements if element.attributes.get("id") == name]
        return element

    def inside(self, outer: Element) -> list[Element]:
        index = self.elements.index(outer)
        return [element for element in self.elements if index in element.parents]

    def text_of(self, outer: Element) -> str:
        index = next(i for i, element in enumerate(self.elements) if element is outer)
        inner = {index} | {i for i, element in enumerate(self.elements) if index in element.parents}
        return " ".join("".join(data for owner, data in self.texts if owner in inner).split())


@every_page
def test_every_page_renders_in_both_languages_with_its_language_named(view: View, language: Language) -> None:
    page = Document(render(view, language))
    (html,) = page.all("html")
    assert html.attributes["lang"] == {"zh": "zh-CN", "en": "en"}[language]
    (title,) = page.all("title")
    assert page.text_of(title)
    assert len(page.all("h1")) == 1
    (main,) = page.all("main")
    assert main.attributes["data-view"]


@every_page
def test_no_script_no_inline_style_no_event_handler_no_foreign_host(view: View, language: Language) -> None:
    page = Document(render(view, language))
    assert {element.tag for element in page.elements}.isdisjoint({"script", "style", "iframe", "img", "base", "object"})
    for element in page.elements:
        for name, value in element.attributes.items():
            assert name != "style"
            assert not name.startswith("on")
            if name in ("src", "href", "action") and element.attributes.get("id") != "return-link":
                assert value is not None
                assert re.match(r"/[^/]|#|\?lang=(zh|en)$", value), value


@every_page
def test_ids_are_unique_and_every_reference_finds_its_element(view: View, language: Language) -> None:
    page = Document(render(view, language))
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(set(ids)) == len(ids)
    for element in page.elements:
        for name in ("aria-labelledby", "aria-describedby", "for"):
            for reference in (element.attributes.get(name) or "").split():
                assert reference in ids
        href = element.attributes.get("href") or ""
        if href.startswith("#"):
            assert href[1:] in ids


@every_page
def test_each_form_posts_to_us_with_a_csrf_token_and_labeled_fields(view: View, language: Language) -> None:
    page = Document(render(view, language))
    labeled = {element.attributes["for"] for element in page.all("label")}
    for form in page.all("form"):
        assert form.attributes["method"] == "post"
        assert re.fullmatch(rf"{PATH}/(login|confirm|decline|logout)\?lang={language}", form.attributes["action"] or "")
        inputs = [element for element in page.inside(form) if element.tag == "input"]
        tokens = [element.attributes["value"] for element in inputs if element.attributes["name"] == "csrf_token"]
        assert tokens == [TOKEN]
        for element in inputs:
            assert element.attributes["type"] == "hidden" or element.attributes["id"] in labeled
        (button,) = [element for element in page.inside(form) if element.tag == "button"]
        assert button.attributes["type"] == "submit"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_problem_is_announced_and_the_links_lead_to_fields_that_say_so(language: Language) -> None:
    linked = 0
    for name, view in VIEWS.items():
        problems = getattr(view, "problems", ())
        page = Document(render(view, language))
        (title,) = page.all("title")
        marked = page.text_of(title).startswith({"zh": "有错误：", "en": "Error: "}[language])
        assert marked == bool(problems), name
        if not problems:
            assert all(element.attributes.get("role") != "alert" for element in page.elements)
            continue
        summary = page.by_id("problems")
        assert (summary.attributes["role"], summary.attributes["tabindex"]) == ("alert", "-1")
        assert "autofocus" in summary.attributes
        assert len([element for element in page.inside(summary) if element.tag == "li"]) == len(problems)
        for link in (element for element in page.inside(summary) if element.tag == "a"):
            linked += 1
            target = page.by_id((link.attributes["href"] or "")[1:])
            owners = [target, *(page.elements[i] for i in target.parents if page.elements[i].tag == "fieldset")]
            (invalid,) = [element for element in owners if element.attributes.get("aria-invalid") == "true"]
            described = (invalid.attributes["aria-describedby"] or "").split()
            assert page.text_of(link) in " ".join(page.text_of(page.by_id(part)) for part in described)
    assert linked == 11


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_texts_are_shown_as_text(language: Language) -> None:
    page = Document(render(hostile_views()["hostile_login"], language))
    shown = [page.text_of(element) for element in page.all("bdi")]
    assert '"><script>alert(1)</script>' + "W" * 80 in shown
    assert any(text.startswith("<img src=x onerror=alert(2)> {{ 7*7 }} {merchant} 99.1") for text in shown)
    assert page.by_id("login").attributes["value"] == '" onfocus=alert(4) x="'
    assert page.by_id("return-link").attributes["href"] == (
        'https://m.shop.example/"><script>alert(3)</script>?a=1&b=2'
    )


def test_characters_that_turn_the_writing_direction_are_left_out() -> None:
    turning = "\u202e\u2066\u2067\u2068\u2069\u202a\u202b\u202c\u202d\u200e\u200f\u061c\x00\x1b\x85"
    order = msgspec.structs.replace(ORDER, merchant_name=f"A{turning}B", description="tab\tline\nend")
    source = render(msgspec.structs.replace(LOGIN, order=order), "zh").decode()
    assert ">AB<" in source
    assert "tab\tline\nend" in source
    assert not set(turning) & set(source)


def test_text_that_is_no_unicode_does_not_break_the_page() -> None:
    assert b'value="a?b"' in render(msgspec.structs.replace(LOGIN, login_name="a\ud800b"), "en")


def test_the_amount_stands_on_the_page_and_on_the_button() -> None:
    page = Document(render(CONFIRM, "en"))
    (amount,) = [element for element in page.all("p") if (element.attributes.get("class") or "").startswith("amount")]
    assert page.text_of(amount) == "Amount ¥19.99 CNY"
    (form,) = [element for element in page.all("form") if element.attributes["id"] == "confirm-form"]
    (button,) = [element for element in page.inside(form) if element.tag == "button"]
    assert page.text_of(button) == "Pay ¥19.99"


@pytest.mark.parametrize(("value", "size"), [(9_999_99, ""), (1_000_000_00, "long"), (2**53 - 1, "very-long")])
def test_a_long_amount_is_set_smaller(value: int, size: str) -> None:
    order = msgspec.structs.replace(ORDER, amount=Amount(value_minor=value, currency="CNY", exponent=2))
    source = render(msgspec.structs.replace(LOGIN, order=order), "zh").decode()
    assert f'class="{" ".join(filter(None, ("amount", size)))}"' in source


def test_one_account_is_stated_and_several_are_chosen_from() -> None:
    single, choice = Document(render(CONFIRM, "zh")), Document(render(CHOICE, "zh"))
    assert [e.attributes["type"] for e in single.all("input") if e.attributes["name"] == "account_id"] == ["hidden"]
    radios = [e for e in choice.all("input") if e.attributes["name"] == "account_id"]
    assert [e.attributes["type"] for e in radios] == ["radio", "radio"]
    assert ["checked" in e.attributes for e in radios] == [True, False]
    assert "可用余额 ¥8.50 余额不足" in choice.text_of(choice.all("fieldset")[0])


def test_the_browser_is_never_given_a_secret_to_show_again() -> None:
    for view in ALL.values():
        for element in Document(render(view, "en")).all("input"):
            if element.attributes["type"] == "password":
                assert "value" not in element.attributes


def test_pin_field_asks_for_digits_and_forbids_nothing_a_password_manager_needs() -> None:
    pin = Document(render(CONFIRM, "en")).by_id("pin").attributes
    assert (pin["type"], pin["inputmode"], pin["maxlength"]) == ("password", "numeric", "6")
    login = Document(render(LOGIN, "en"))
    assert login.by_id("login").attributes["autocomplete"] == "username"
    assert login.by_id("password").attributes["autocomplete"] == "current-password"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_state_with_a_place_leads_back_to_the_merchant(language: Language) -> None:
    for name, view in VIEWS.items():
        place = getattr(view, "place", None)
        links = [e for e in Document(render(view, language)).elements if e.attributes.get("id") == "return-link"]
        if place is None or place.return_url is None or name.startswith("confirm"):
            assert links == [], name
        else:
            assert [link.attributes["href"] for link in links] == [RETURN_URL], name
            assert links[0].attributes["rel"] == "noreferrer"


def test_another_try_is_offered_only_where_it_may_help() -> None:
    offered = {
        name
        for name, view in VIEWS.items()
        if any(e.attributes.get("id") == "retry-link" for e in Document(render(view, "en")).elements)
    }
    assert offered == {"declined_funds", "declined_account", "declined_by_payer", "declined_by_bank"}
    retry = Document(render(VIEWS["declined_funds"], "en")).by_id("retry-link")
    assert retry.attributes["href"] == f"{PATH}?lang=en&again=1"


def test_sandbox_says_that_no_money_moves_and_live_does_not() -> None:
    assert "不会动用真实资金" in render(VIEWS["login_sandbox"], "zh").decode()
    assert "不会动用真实资金" not in render(LOGIN, "zh").decode()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "/relative", "data:text/html,x", ""])
def test_a_way_back_that_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="absolute http"):
        render(msgspec.structs.replace(LOGIN, place=Place(path=PATH, return_url=url)), "en")


@pytest.mark.parametrize("path", ["", "checkout/x", "/checkout/x?y=1", "//evil.example/x", "/a/../b c", "/x\n"])
def test_a_path_that_is_not_plain_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="plain segments"):
        render(msgspec.structs.replace(LOGIN, place=Place(path=path)), "en")


def test_languages_switch_by_links_that_keep_the_page() -> None:
    page = Document(render(VIEWS["login_wrong"], "en"))
    (nav,) = page.all("nav")
    links = [element.attributes for element in page.inside(nav) if element.tag == "a"]
    assert [(link["href"], link["lang"], link.get("aria-current")) for link in links] == [
        (f"{PATH}?lang=zh", "zh-CN", None),
        (f"{PATH}?lang=en", "en", "true"),
    ]


def test_every_served_file_a_page_names_exists() -> None:
    for element in Document(render(LOGIN, "en")).all("link"):
        assert find_static((element.attributes["href"] or "").removeprefix("/static/")) is not None


def test_statuses() -> None:
    statuses = {name: status_of(view) for name, view in VIEWS.items()}
    unusual = {name: status for name, status in statuses.items() if status != 200}
    problems = {name: 422 for name, view in VIEWS.items() if getattr(view, "problems", ())}
    assert unusual == problems | {
        "not_found": 404,
        "bad_request": 400,
        "internal": 500,
        "unavailable": 503,
        "too_many_requests": 429,
        "too_many_requests_short": 429,
    }
    assert len(problems) == 12


def test_headers_exactly() -> None:
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' https://m.shop.example "
        "http://127.0.0.1:8080; frame-ancestors 'none'; base-uri 'none'"
    )
    features = (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), "
        "payment=(), publickey-credentials-get=(), usb=()"
    )
    assert security_headers(["https://m.shop.example", "http://127.0.0.1:8080", "https://m.shop.example"]) == [
        ("Content-Security-Policy", policy),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("X-Robots-Tag", "noindex, nofollow"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", features),
    ]


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example; script-src *",
        "https://shop.example/",
        "https://shop.example\r\nX: y",
        "https://*",
        "*",
        "'unsafe-inline'",
        "https://SHOP.example",
        "ftp://shop.example",
        "https://shop.example,https://x.example",
        "https://user@shop.example",
        "https://店.example",
        "",
    ],
)
def test_what_is_no_origin_never_gets_into_the_policy(origin: str) -> None:
    with pytest.raises(ValueError, match="not an origin"):
        security_headers([origin])


def test_an_ipv6_origin_which_the_policy_cannot_name_is_left_out() -> None:
    assert "form-action 'self'; " in security_headers(["http://[::1]:8080"])[0][1]


def test_response_carries_type_language_and_the_time_to_wait() -> None:
    busy = respond(VIEWS["too_many_requests"], "zh")
    assert busy.status == 429
    assert busy.headers[:2] == [("Content-Type", "text/html; charset=utf-8"), ("Content-Language", "zh-CN")]
    assert busy.headers[2:] == [*security_headers(), ("Retry-After", "30")]
    assert ("Retry-After", "5") in respond(VIEWS["unavailable"], "en").headers
    assert "Retry-After" not in dict(respond(VIEWS["internal"], "en").headers)
    policy = dict(respond(LOGIN, "en", form_action_origins=["https://a.example"]).headers)["Content-Security-Policy"]
    assert "form-action 'self' https://a.example;" in policy


@pytest.mark.parametrize(
    ("code", "reason"),
    [("insufficient_funds", "insufficient_funds"), ("risk_score_91", "refused_by_bank"), ("", "refused_by_bank")],
)
def test_a_payer_reads_only_listed_reasons(code: str, reason: DeclineReason) -> None:
    assert decline_reason(code) == reason
