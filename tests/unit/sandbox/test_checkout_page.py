"""A program finds its way on every page of the checkout."""

import pytest

from tests.factories.checkout_views import PLACE, TOKEN, checkout_views, hostile_views
from tongbao_platform.web.page import render
from tongbao_sandbox.checkout_page import read_page

VIEWS = checkout_views() | hostile_views()


@pytest.mark.parametrize("name", VIEWS)
def test_every_page_names_its_view_and_the_way_back(name: str) -> None:
    view = VIEWS[name]
    page = read_page(render(view, "en").decode())
    assert page.view
    assert page.language == "en"
    place = getattr(view, "place", None)
    if place is None or place.return_url is None or page.view == "confirm":
        assert "return-link" not in page.links
    else:
        assert page.links["return-link"] == place.return_url
    assert len(page.problems) == len(getattr(view, "problems", ()))


def test_forms_carry_what_stands_in_their_fields() -> None:
    page = read_page(render(VIEWS["confirm_choice"], "zh").decode())
    assert set(page.forms) == {"confirm-form", "decline-form", "logout-form"}
    form = page.forms["confirm-form"]
    assert form.action == f"{PLACE.path}/confirm?lang=zh"
    assert form.fields == {
        "csrf_token": TOKEN,
        "attempt": "3q2-7w",
        "account_id": VIEWS["confirm_choice"].accounts[0].account_id,  # type: ignore[union-attr]  # this is a Confirm
        "pin": "",
    }
    assert page.forms["logout-form"].fields == {"csrf_token": TOKEN}
    assert read_page(render(VIEWS["declined_funds"], "en").decode()).links["retry-link"].endswith("?lang=en&again=1")


def test_what_is_no_page_of_ours_has_no_view() -> None:
    assert read_page("<p>It works!</p>").view == ""
    assert read_page("").forms == {}
