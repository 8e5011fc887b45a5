"""A form's token fits its session, form and page, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.web.csrf import FormName, came_from_our_page, check_token, make_token

SECRET, NONCE, PAGE = bytes(range(32)), bytes(range(16)), "/checkout/abc"
TOKEN = make_token(SECRET, NONCE, form="confirm", page=PAGE)


def test_a_token_is_stable_and_of_known_form() -> None:
    # Computed apart with `openssl dgst -sha256 -mac HMAC` over the length-prefixed parts.
    assert TOKEN == "AAECAwQFBgcICQoLDA0ODw.P-Bd7Xz7jnatnvm2Q1P_0QPwxPAUt-WBMCKpbcA2WMM"
    assert check_token(TOKEN, SECRET, form="confirm", page=PAGE)


@pytest.mark.parametrize(
    ("secret", "form", "page"),
    [
        (bytes(32), "confirm", PAGE),
        (SECRET, "decline", PAGE),
        (SECRET, "confirm", "/checkout/abd"),
        (SECRET, "confirm", PAGE + "/"),
        (SECRET[:-1], "confirm", PAGE),
        (b"", "confirm", PAGE),
    ],
)
def test_a_token_fits_nothing_else(secret: bytes, form: FormName, page: str) -> None:
    assert not check_token(TOKEN, secret, form=form, page=page)


@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="utf-8"))
def test_any_other_character_anywhere_breaks_it(position: int, character: str) -> None:
    changed = TOKEN[:position] + character + TOKEN[position + 1 :]
    assert check_token(changed, SECRET, form="confirm", page=PAGE) == (changed == TOKEN)


def test_another_spelling_of_the_same_nonce_is_another_token() -> None:
    assert TOKEN[21] == "w"  # the last character of 16 bytes carries two bits; the other four must be zero
    assert not check_token(TOKEN[:21] + "x" + TOKEN[22:], SECRET, form="confirm", page=PAGE)


@pytest.mark.parametrize("token", ["", ".", "x", TOKEN + "=", TOKEN + "\n", " " + TOKEN, TOKEN * 2, TOKEN[:-1]])
def test_a_malformed_token_is_refused(token: str) -> None:
    assert not check_token(token, SECRET, form="confirm", page=PAGE)


def test_each_rendering_has_another_token() -> None:
    other = make_token(SECRET, bytes(16), form="confirm", page=PAGE)
    assert other != TOKEN
    assert other.partition(".")[2] != TOKEN.partition(".")[2]
    assert check_token(other, SECRET, form="confirm", page=PAGE)


@pytest.mark.parametrize(("secret", "nonce"), [(b"short", NONCE), (SECRET, b""), (SECRET * 2, NONCE)])
def test_weak_material_is_refused(secret: bytes, nonce: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        make_token(secret, nonce, form="login", page=PAGE)


@pytest.mark.parametrize(
    ("site", "origin", "ours"),
    [
        ("same-origin", "null", True),
        ("same-origin", None, True),
        ("same-site", "https://pay.example", False),
        ("cross-site", "https://pay.example", False),
        ("none", None, False),
        ("", None, False),
        (None, None, True),
        (None, "null", True),
        (None, "https://pay.example", True),
        (None, "https://pay.example.evil.example", False),
        (None, "http://pay.example", False),
        (None, "", False),
    ],
)
def test_the_browsers_word_on_where_a_form_came_from(site: str | None, origin: str | None, ours: bool) -> None:
    assert came_from_our_page(sec_fetch_site=site, origin=origin, own_origin="https://pay.example") is ours
