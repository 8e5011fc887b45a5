"""What a customer does on a checkout page, over HTTP: log in, enter the PIN, pay or decline, go back to the shop."""

from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec

from tongbao_sandbox.checkout_page import CheckoutPage, PageForm, read_page

TIMEOUT_SECONDS: Final = 30.0
_MOST_PAGES: Final = 12
_MOST_REDIRECTS: Final = 5


class CheckoutStopped(Exception):
    """The walk ended on a page without a way back to the merchant; ``view`` names it, ``problems`` is what it says."""

    def __init__(self, view: str, problems: list[str]) -> None:
        told = "; ".join(" ".join(problem.split()) for problem in problems)
        super().__init__(f"stopped at the page {view!r}" + (f": {told}" if told else ""))
        self.view = view
        self.problems = problems


class Payer(msgspec.Struct, frozen=True):
    """What a customer knows: login name, password, payment PIN."""

    login: str
    password: str
    pin: str


class Landing(msgspec.Struct, frozen=True):
    """Where the browser lands at the merchant; ``view`` is the last page before (``succeeded``, ``expired`` …)."""

    view: str
    url: str


def approve(url: str, login: str, password: str, pin: str, *, decline: bool = False) -> str:
    """Pay (or decline) on the checkout page at ``url`` and return the URL at the merchant where the browser lands.

    A payment that cannot be paid (any more) lands at the merchant too: the ``result`` in the URL says how it stands.
    ``CheckoutStopped`` when there is no way back, e.g. with a wrong password; ``httpx.HTTPError`` when nobody answers.
    """
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
        return walk_checkout(client, url, Payer(login, password, pin), decline=decline).url


def walk_checkout(client: httpx.Client, url: str, payer: Payer, *, decline: bool = False) -> Landing:
    """Walk through the pages with ``client``, whose cookies become the payer's session."""
    return _Walk(client, url, payer, decline=decline).run()


class _Walk:
    """One customer's way; each form is sent once, so that a refused one ends the walk."""

    def __init__(self, client: httpx.Client, url: str, payer: Payer, *, decline: bool) -> None:
        self._client = client
        self._url = url
        self._payer = payer
        self._last_form = "decline-form" if decline else "confirm-form"
        self._sent: set[str] = set()

    def run(self) -> Landing:
        page = self._get(self._url)
        for _ in range(_MOST_PAGES):
            following = self._step(page)
            if following is None:
                break
            page = following
        link = page.links.get("return-link")
        if link is None or page.view in ("login", "confirm"):
            raise CheckoutStopped(page.view, page.problems)
        return Landing(page.view, link)

    def _step(self, page: CheckoutPage) -> CheckoutPage | None:
        """Do what a customer does on ``page``; ``None`` when that is to go back to the merchant."""
        payer = self._payer
        if page.view == "login":
            return self._send(page, "login-form", {"login": payer.login, "password": payer.password})
        if page.view == "confirm":
            return self._send(page, self._last_form, {} if self._last_form == "decline-form" else {"pin": payer.pin})
        if page.view == "declined" and self._last_form not in self._sent and "retry-link" in page.links:
            return self._get(urljoin(self._url, page.links["retry-link"]))
        if page.view == "processing" and "refresh-link" in page.links:
            return self._get(urljoin(self._url, page.links["refresh-link"]))
        return None

    def _send(self, page: CheckoutPage, form_id: str, typed: dict[str, str]) -> CheckoutPage:
        form: PageForm | None = page.forms.get(form_id)
        if form is None or form_id in self._sent:
            raise CheckoutStopped(page.view, page.problems)
        self._sent.add(form_id)
        return self._read(self._client.post(urljoin(self._url, form.action), data=form.fields | typed))

    def _get(self, url: str) -> CheckoutPage:
        return self._read(self._client.get(url, headers={"Accept": "text/html"}))

    def _read(self, answer: httpx.Response) -> CheckoutPage:
        """Follow the page's own redirects; one to elsewhere is not followed."""
        for _ in range(_MOST_REDIRECTS):
            if not answer.has_redirect_location:
                return read_page(answer.text)
            target = urljoin(self._url, answer.headers["Location"])
            if urlsplit(target)[:2] != urlsplit(self._url)[:2]:
                raise CheckoutStopped("redirect", ["The page redirects to another site."])
            answer = self._client.get(target, headers={"Accept": "text/html"})
        raise CheckoutStopped("redirect", ["The page redirects without end."])
