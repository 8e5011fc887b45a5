"""Views in, finished pages out: rendering and the headers that go with it. No request, no database, no state.

How a handler uses it::

    language = choose_language(query=request_lang, accept_language=request_header)  # language.py
    view = Login(order=..., place=Place(path="/checkout/" + token, return_url=link), csrf_token=...)  # views.py
    page = respond(view, language)  # status, headers, body; add Set-Cookie from session_cookie.py

Routes the pages lead to, all below ``place.path``, each with ``?lang=zh|en`` (kept from page to page):

=======================  ==========================================================================================
``GET  path``            the page for the payment's present state (``again=1``: the form, although the last try failed)
``POST path/login``      fields ``csrf_token, login, password``
``POST path/confirm``    fields ``csrf_token, attempt, account_id, pin``; the same ``attempt`` twice is one attempt
``POST path/decline``    field ``csrf_token``: the payer does not want to pay
``POST path/logout``     field ``csrf_token``
``GET  /static/{name}``  ``static_files.find_static``
=======================  ==========================================================================================

A POST that went well answers 303 to ``place.path`` with the language kept; one with wrong fields answers
``respond(view with problems)``. Tokens: ``csrf.make_token(secret, nonce, form="login", page=place.path)`` for each form
(``confirm`` has three: confirm, decline, logout); a token that does not match shows the form again with the problem
``form_expired``. Before the token, ``csrf.came_from_our_page`` judges the browser's own word.

Programs that walk through the pages find their way by attributes that stay: ``data-view`` on ``<main>`` names the view
(``login``, ``confirm``, ``succeeded`` …), the forms have the ids ``login-form``, ``confirm-form``, ``decline-form`` and
``logout-form``, the link back to the merchant has the id ``return-link``, the link for another try ``retry-link``.
"""

import re
from collections.abc import Sequence
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tongbao_platform.web.amount_text import amount_parts, amount_text
from tongbao_platform.web.csrf import FIELD_NAME
from tongbao_platform.web.language import LANGUAGE_TAGS, Language
from tongbao_platform.web.static_files import static_source, static_url
from tongbao_platform.web.texts import text
from tongbao_platform.web.time_text import machine_time, time_text
from tongbao_platform.web.views import (
    AlreadyPaid,
    Authorized,
    Canceled,
    Confirm,
    Declined,
    Expired,
    Login,
    NotFound,
    OwnedByAnother,
    PinLocked,
    Problem,
    Processing,
    Succeeded,
    TooManyRequests,
    View,
)

_OK: Final = 200
_UNPROCESSABLE: Final = 422
_PROBLEM_STATUS: Final = {"bad_request": 400, "internal": 500, "unavailable": 503}
_UNAVAILABLE_RETRY_SECONDS: Final = 5

_DENIED_FEATURES: Final = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "microphone",
    "payment",
    "publickey-credentials-get",
    "usb",
)

# A view's name (``data-view``, and the prefix of its wording) and its template.
_PAGES: Final[dict[type[View], tuple[str, str]]] = {
    Login: ("login", "login.html"),
    Confirm: ("confirm", "confirm.html"),
    PinLocked: ("pin_locked", "result.html"),
    Authorized: ("authorized", "result.html"),
    Succeeded: ("succeeded", "result.html"),
    Processing: ("processing", "result.html"),
    Declined: ("declined", "result.html"),
    Expired: ("expired", "result.html"),
    AlreadyPaid: ("already_paid", "result.html"),
    Canceled: ("canceled", "result.html"),
    OwnedByAnother: ("owned_by_another", "result.html"),
    NotFound: ("not_found", "no_order.html"),
    Problem: ("problem", "no_order.html"),
    TooManyRequests: ("too_many_requests", "no_order.html"),
}

# A CSP host-source of our own stricter form: scheme, ASCII host name or IPv4 address, optional port.
_ORIGIN: Final = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?", re.ASCII)
_IPV6_ORIGIN: Final = re.compile(r"https?://\[[0-9a-f:.]{2,45}\](?::[0-9]{1,5})?", re.ASCII)
# Characters no reader can see: controls (tab and line feed apart), and those that turn the writing direction, with
# which a name could reorder the words around it (Unicode TR 36 §2.5 and TR 9 §2).
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)+", re.ASCII)


class PageResponse(msgspec.Struct, frozen=True):
    """What a handler sends."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def respond(view: View, language: Language, *, form_action_origins: Sequence[str] = ()) -> PageResponse:
    """Render ``view`` and put status and all headers with it (see ``render`` and ``security_headers``)."""
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Language", LANGUAGE_TAGS[language]),
        *security_headers(form_action_origins),
    ]
    if isinstance(view, TooManyRequests):
        headers.append(("Retry-After", str(view.retry_after_seconds)))
    if isinstance(view, Problem) and view.kind == "unavailable":
        headers.append(("Retry-After", str(_UNAVAILABLE_RETRY_SECONDS)))
    return PageResponse(status_of(view), headers, render(view, language))


def status_of(view: View) -> int:
    """Return the HTTP status of a page: a payment's state is 200 whatever it is, a form with problems is 422."""
    match view:
        case NotFound():
            return 404
        case TooManyRequests():
            return 429
        case Problem(kind=kind):
            return _PROBLEM_STATUS[kind]
        case Login(problems=problems) | Confirm(problems=problems) if problems:
            return _UNPROCESSABLE
        case _:
            return _OK


def render(view: View, language: Language) -> bytes:
    """Render ``view`` as one UTF-8 HTML document without any script or inline style, every value escaped.

    Raises ``ValueError`` for a ``place`` whose path is not a plain path or whose return URL is not absolute http(s):
    such a value would come from our own mistake, never from a visitor.
    """
    name, template = _PAGES[type(view)]
    path = "" if isinstance(view, NotFound | Problem | TooManyRequests) else _checked_path(view)
    document = _TEMPLATES.get_template(template).render(
        view=view,
        view_name=name,
        language=language,
        language_tag=LANGUAGE_TAGS[language],
        language_tags=LANGUAGE_TAGS,
        path=path,
        t=partial(text, language),
        time=partial(time_text, language=language),
    )
    return document.encode("utf-8", "replace")


def security_headers(form_action_origins: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return the headers that every page carries.

    ``form_action_origins`` are the merchant's registered return origins (lower case, no path), needed only where a
    POST answers with a redirect to the merchant, because ``form-action`` also judges redirects. An origin that is not
    one raises ``ValueError``; an IPv6 literal is left out, for a CSP source cannot name it (CSP 3, host-source).
    """
    targets = ["'self'"]
    for origin in form_action_origins:
        if _IPV6_ORIGIN.fullmatch(origin):
            continue
        if _ORIGIN.fullmatch(origin) is None:
            raise ValueError("not an origin")
        if origin not in targets:
            targets.append(origin)
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        f"form-action {' '.join(targets)}; frame-ancestors 'none'; base-uri 'none'"
    )
    return [
        ("Content-Security-Policy", policy),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("X-Robots-Tag", "noindex, nofollow"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", ", ".join(f"{feature}=()" for feature in _DENIED_FEATURES)),
    ]


def _checked_path(view: View) -> str:
    place = view.place  # type: ignore[union-attr]  # the three views without a place never come here
    if _PATH.fullmatch(place.path) is None:
        raise ValueError("a page's path consists of plain segments")
    if place.return_url is not None:
        parts = urlsplit(place.return_url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError("the way back is an absolute http or https URL")
    return str(place.path)


def _seen(value: object) -> object:
    return _UNSEEN.sub("", value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _icon(name: str) -> Markup:
    # Drawings of our own, part of the package: the one thing written into a page without escaping.
    return Markup(static_source(f"{name}.svg").decode())  # noqa: S704 - our own package data


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tongbao_platform.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_seen,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    icons = ("mark", "coin", "check", "clock", "cross", "lock", "info", "alert", "shield")
    environment.globals.update(
        amount_parts=amount_parts,
        amount_text=amount_text,
        csrf_field=FIELD_NAME,
        icons={name: _icon(name) for name in icons},
        machine_time=machine_time,
        static_url=static_url,
    )
    return environment


_TEMPLATES: Final = _environment()
