"""Webhook URLs: what may be registered where, and that every refusal says why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.delivery.address_guard import AddressGuard
from tongbao_platform.delivery.url_rules import WebhookUrl, parse_url, refuse_url, url_errors

LIVE = AddressGuard()
SANDBOX = AddressGuard(loopback_allowed=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/hooks",
        "https://shop.example",
        "HTTPS://Shop.Example/Hooks?key=a%2Fb&x=1",
        "https://xn--fiqs8s.example:8443/",
        "https://shop.example:443/",
        "https://shop.example:1024/",
        "https://shop.example:65535/",
        "https://a-b.c1.example/hooks",
        "https://8.8.8.8/hooks",
        "https://[2606:4700:4700::1111]:8443/hooks",
        "https://shop.example/" + "a" * (2048 - 21),
    ],
)
def test_allowed_everywhere(url: str) -> None:
    assert url_errors(url, LIVE) == ()
    assert url_errors(url, SANDBOX) == ()
    assert refuse_url(url, LIVE) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/hooks",
        "http://127.0.0.1/hooks",
        "http://localhost:3000/",
        "http://LOCALHOST:3000/",
        "http://[::1]:3000/hooks",
        "http://127.1.2.3:49152/",
        "https://localhost:8443/",
        "https://127.0.0.1/hooks",
    ],
)
def test_plain_loopback_is_allowed_in_the_sandbox_alone(url: str) -> None:
    assert url_errors(url, SANDBOX) == ()
    refusal = refuse_url(url, LIVE)
    assert refusal is not None
    assert refusal.code == "webhook_url_not_allowed"
    assert {error.pointer for error in refusal.errors} == {"/url"}


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "required"),
        ("https://shop.example/" + "a" * (2049 - 21), "too_long"),
        ("shop.example/hooks", "bad_format"),
        ("//shop.example/hooks", "bad_format"),
        ("https:/shop.example", "bad_format"),
        ("https:///hooks", "bad_format"),
        ("https://shop.example/ hooks", "bad_format"),
        (" https://shop.example/", "bad_format"),
        ("https://shop.example/\n", "bad_format"),
        ("https://shop.example\\@10.0.0.1/", "bad_format"),
        ("https://shop.example/%zz", "bad_format"),
        ("https://商店.example/", "bad_format"),
        ("https://shop.example/é", "bad_format"),
        ("https://shop.example:/", "bad_format"),
        ("https://shop.example:0/", "bad_format"),
        ("https://shop.example:0443/", "bad_format"),
        ("https://shop.example:65536/", "bad_format"),
        ("https://shop.example:99999/", "bad_format"),
        ("https://shop..example/", "bad_format"),
        ("https://shop.example./", "bad_format"),
        ("https://.shop.example/", "bad_format"),
        ("https://-shop.example/", "bad_format"),
        ("https://shop_1.example/", "bad_format"),
        ("https://" + "a" * 64 + ".example/", "bad_format"),
        ("https://" + "a." * 124 + "example/", "bad_format"),
        ("https://%31%30.0.0.1/", "bad_format"),
        ("https://2130706433/", "bad_format"),
        ("https://0/", "bad_format"),
        ("https://0x7f.1/", "bad_format"),
        ("https://0x7f000001/", "bad_format"),
        ("https://017700000001/", "bad_format"),
        ("https://127.1/", "bad_format"),
        ("https://127.0.0.01/", "bad_format"),
        ("https://127.0.0.1./", "bad_format"),
        ("https://256.0.0.1/", "bad_format"),
        ("https://1.2.3.4.5/", "bad_format"),
        ("https://shop.0x1/", "bad_format"),
        ("https://[::1/", "bad_format"),
        ("https://[::1%25eth0]/", "bad_format"),
        ("https://[::g]/", "bad_format"),
        ("https://[127.0.0.1]/", "bad_format"),
        ("ftp://shop.example/", "not_allowed"),
        ("gopher://shop.example:70/", "not_allowed"),
        ("http://shop.example/hooks", "not_allowed"),
        ("https://user@shop.example/", "not_allowed"),
        ("https://user:pass@shop.example/", "not_allowed"),
        ("https://@shop.example/", "not_allowed"),
        ("https://shop.example/#top", "not_allowed"),
        ("https://shop.example/#", "not_allowed"),
        ("https://shop.example:22/", "not_allowed"),
        ("https://shop.example:25/", "not_allowed"),
        ("https://shop.example:80/", "not_allowed"),
        ("https://shop.example:1023/", "not_allowed"),
        ("https://shop.example:2375/", "not_allowed"),
        ("https://shop.example:3306/", "not_allowed"),
        ("https://shop.example:5432/", "not_allowed"),
        ("https://shop.example:6379/", "not_allowed"),
        ("https://shop.example:8500/", "not_allowed"),
        ("https://shop.example:9200/", "not_allowed"),
        ("https://shop.example:11211/", "not_allowed"),
        ("https://10.0.0.1/", "not_allowed"),
        ("https://169.254.169.254/latest/meta-data", "not_allowed"),
        ("https://[::ffff:127.0.0.1]/", "not_allowed"),
        ("https://[::ffff:7f00:1]/", "not_allowed"),
        ("https://[fd00:ec2::254]/", "not_allowed"),
        ("https://[0:0:0:0:0:0:0:1]/", "not_allowed"),
        ("https://0.0.0.0/", "not_allowed"),
        ("https://intranet/", "not_allowed"),
        ("https://metadata.google.internal/", "not_allowed"),
        ("https://printer.local/", "not_allowed"),
        ("https://foo.localhost/", "not_allowed"),
        ("http://127.0.0.1:6379/", "not_allowed"),
        ("http://127.0.0.1:22/", "not_allowed"),
        ("http://localhost:443/", "not_allowed"),
        ("http://localhost.example:8000/", "not_allowed"),
        ("http://127.0.0.1.nip.io:8000/", "not_allowed"),
        ("http://[::ffff:127.0.0.1]:8000/", "not_allowed"),
    ],
)
def test_refused_even_in_the_sandbox(url: str, code: str) -> None:
    for guard in (SANDBOX, LIVE):
        errors = url_errors(url, guard)
        assert {error.code for error in errors} == {code}
        assert all(error.pointer == "/url" and error.detail for error in errors)


def test_every_reason_is_told_at_once() -> None:
    refusal = refuse_url("ftp://user@shop.example/#x", LIVE)
    assert refusal is not None
    assert len(refusal.errors) == 3
    assert len(url_errors("http://10.0.0.1:22/", LIVE)) == 3
    assert {error.code for error in url_errors("file:///etc/passwd", LIVE)} == {"not_allowed", "bad_format"}


def test_the_parts() -> None:
    assert parse_url("https://Shop.Example/x") == WebhookUrl("https", "shop.example", 443)
    assert parse_url("http://[::1]") == WebhookUrl("http", "::1", 80)
    assert parse_url("https://[2606:4700::AB]:8443/?q") == WebhookUrl("https", "2606:4700::ab", 8443)


@given(st.text() | st.from_regex(r"https?://[\x21-\x7e]{1,40}", fullmatch=True))
def test_no_text_breaks_the_rules_and_every_refusal_has_a_reason(url: str) -> None:
    refusal = refuse_url(url, SANDBOX)
    assert (refusal is None) == (url_errors(url, SANDBOX) == ())
    assert refusal is None or refusal.errors
