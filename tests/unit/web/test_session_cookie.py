"""The session cookie as written and as read back."""

import pytest

from tongbao_platform.web.session_cookie import clear_cookie, read_cookie, set_cookie

VALUE = "v" * 43


def test_cookies_exactly() -> None:
    assert set_cookie(VALUE, secure=True, max_age_seconds=900) == (
        f"__Host-tongbao_session={VALUE}; Path=/; Max-Age=900; HttpOnly; SameSite=Lax; Secure"
    )
    assert set_cookie(VALUE, secure=False, max_age_seconds=900) == (
        f"tongbao_session={VALUE}; Path=/; Max-Age=900; HttpOnly; SameSite=Lax"
    )
    assert clear_cookie(secure=True) == "__Host-tongbao_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"


@pytest.mark.parametrize("value", ["", "short", "v" * 129, "v" * 42 + ";", "v" * 42 + "\n", "値" * 43])
def test_a_value_that_is_not_plain_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        set_cookie(value, secure=True, max_age_seconds=1)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (None, None),
        ("", None),
        (f"__Host-tongbao_session={VALUE}", VALUE),
        (f"a=b; __Host-tongbao_session={VALUE}; c", VALUE),
        (f"__Host-tongbao_session={VALUE}; __Host-tongbao_session={VALUE}", VALUE),
        (f"__Host-tongbao_session={VALUE}; __Host-tongbao_session={'w' * 43}", None),
        (f"tongbao_session={VALUE}", None),
        (f"__host-tongbao_session={VALUE}", None),
        ("__Host-tongbao_session=short", None),
        ("__Host-tongbao_session", None),
    ],
)
def test_reading(header: str | None, value: str | None) -> None:
    assert read_cookie(header, secure=True) == value
