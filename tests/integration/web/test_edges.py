"""What is no visit: unknown tokens, odd requests, hostile texts; and what the log may know."""

import msgspec
import pytest
from sqlalchemy import select

from tests.factories.checkout_world import HTML, PASSWORD, PIN, WRONG_PIN, Options, World, checkout_world
from tongbao_platform.kernel.errors import OutcomeInDoubt, Overloaded
from tongbao_platform.processes.catalogue import metadata
from tongbao_platform.web.static_files import static_url

HOSTILE = "\"><script>alert(1)</script>{{7*7}}'"


@pytest.mark.parametrize("token", ["B" * 43, "short", "A" * 42, "A" * 44, "~" * 43, "A" * 5_000])
async def test_an_unknown_token_is_a_page_of_its_own(world: World, token: str) -> None:
    browser = world.browser()
    for answer in (
        await browser.http.get(f"/checkout/{token}?lang=en", headers=HTML),
        await browser.http.post(f"/checkout/{token}/confirm?lang=en", data={"pin": PIN}, headers=HTML),
        await browser.http.post(f"/checkout/{token}/login?lang=en", data={"login": "zhang"}, headers=HTML),
    ):
        assert answer.status_code == 404
        assert 'data-view="not_found"' in answer.text
        assert "We cannot find this payment" in answer.text
        assert "set-cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"


async def test_what_the_pipeline_refuses_is_a_page_for_browsers(world: World) -> None:
    path, _ = await world.order()
    http = world.browser().http
    wrong_method = await http.get(path + "/confirm", headers=HTML)
    assert (wrong_method.status_code, wrong_method.headers["Allow"]) == (405, "POST")
    assert 'data-view="problem"' in wrong_method.text
    assert "default-src 'none'" in wrong_method.headers["Content-Security-Policy"]
    assert wrong_method.headers["Request-Id"] in wrong_method.text
    for spelling in (path + "/", path.replace("checkout", "Checkout"), path.replace("checkout", "%63heckout"), "/"):
        answer = await http.get(spelling, headers=HTML)
        assert (answer.status_code, 'data-view="not_found"' in answer.text) == (404, True)
    too_large = await http.post(path + "/login", content=b"a=" + b"x" * 70_000, headers=HTML)
    assert (too_large.status_code, 'data-view="problem"' in too_large.text) == (413, True)
    misdirected = await http.get(path, headers=HTML | {"Host": "evil.example"})
    assert (misdirected.status_code, 'data-view="problem"' in misdirected.text) == (421, True)
    program = await http.get("/nowhere", headers={"Accept": "application/json"})
    assert (program.status_code, program.headers["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b'{"pin": "1"}', "application/json"),
        (b"pin=1&pin=2", "application/x-www-form-urlencoded"),
        (b"pin", "application/x-www-form-urlencoded"),
        (b"pin=%ff", "application/x-www-form-urlencoded"),
        ("pin=密".encode(), "application/x-www-form-urlencoded"),
        (b"&".join(b"f%d=1" % number for number in range(17)), "application/x-www-form-urlencoded"),
        (b"pin=1", ""),
    ],
)
async def test_what_is_no_form_of_ours_is_refused(world: World, content: bytes, content_type: str) -> None:
    path, payment_id = await world.order()
    browser = await world.confirm_page(path)
    headers = HTML | ({"Content-Type": content_type} if content_type else {})
    answer = await browser.http.post(path + "/confirm", content=content, headers=headers)
    assert (answer.status_code, 'data-view="problem"' in answer.text) == (400, True)
    assert (await world.payment(payment_id)).revision == 1


async def test_an_empty_form_shows_the_page_again(world: World) -> None:
    path, _ = await world.order()
    browser = await world.confirm_page(path)
    headers = HTML | {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await browser.http.post(path + "/confirm", content=b"", headers=headers)
    assert (answer.status_code, 'data-view="confirm"' in answer.text) == (422, True)


async def test_hostile_texts_stay_texts(database_url: str) -> None:
    async with checkout_world(database_url, Options(merchant_name=HOSTILE)) as world:
        path, _ = await world.order(description=HOSTILE + "\u202e")
        browser = world.browser()
        for answer in (
            await browser.http.get(f"{path}?lang={HOSTILE}&again={HOSTILE}&x=1&x=2", headers=HTML),
            await browser.http.get(path, headers=HTML | {"Accept-Language": '"><script>'}),
            await browser.http.get(path, headers=HTML | {"Cookie": f"__Host-tongbao_session={HOSTILE}; a"}),
        ):
            assert answer.status_code == 200
            assert "<script" not in answer.text
            assert "49" not in answer.text.partition("<dd>")[2].partition("</dd>")[0]
        await browser.open(path)
        await browser.log_in()
        assert browser.page.view == "confirm"
        assert "<script" not in browser.answer.text
        answer = await browser.post("confirm-form", pin=HOSTILE, account_id=HOSTILE, attempt=HOSTILE)
        assert (answer.status_code, "<script" in answer.text) == (422, False)


async def test_the_pages_headers_let_nothing_leak(world: World) -> None:
    path, _ = await world.order()
    browser = world.browser()
    await browser.open(path)
    redirect = await browser.post("login-form", login="zhang", password=PASSWORD)
    assert redirect.status_code == 303
    assert redirect.headers["Location"].startswith("/checkout/")
    for answer in (browser.answer, redirect):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Request-Id"].startswith("req_")


async def test_static_files_are_served_and_others_are_not(world: World) -> None:
    http = world.browser().http
    style = await http.get(static_url("checkout.css"))
    assert (style.status_code, style.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in style.headers["Cache-Control"]
    for name in ("checkout.css", "..%2fpage.py", "lock.svg", "x"):
        assert (await http.get(f"/static/{name}")).status_code == 404


async def test_neither_log_nor_events_know_a_secret(world: World) -> None:
    path, _ = await world.order()
    browser = world.browser()
    await browser.open(path + "?lang=en")
    visitor = browser.http.cookies["__Host-tongbao_session"]
    await browser.log_in("zhang", "a wrong password")
    await browser.log_in()
    fields = browser.page.forms["confirm-form"].fields
    session = browser.http.cookies["__Host-tongbao_session"]
    await browser.confirm(WRONG_PIN)
    await browser.confirm()
    assert browser.page.view == "succeeded"
    assert len(world.log) >= 7
    assert {record.route for record in world.log} == {
        "/checkout/{token}",
        "/checkout/{token}/login",
        "/checkout/{token}/confirm",
    }
    written = msgspec.json.encode(world.log).decode()
    stored = repr(await _everything(world))
    secrets = [
        path.removeprefix("/checkout/"),
        visitor,
        session,
        fields["csrf_token"],
        PASSWORD,
        PIN,
        WRONG_PIN,
        "a wrong password",
    ]
    for secret in (*secrets, "zhang"):
        assert secret not in written
    for secret in secrets:
        assert secret not in stored


async def _everything(world: World) -> list[object]:
    """Return every row of every table."""
    rows: list[object] = []
    for table in metadata().sorted_tables:
        rows += await world.running.reader.rows(select(table))
    return rows


@pytest.mark.parametrize(("fault", "view", "status"), [("doubt", "processing", 200), ("busy", "problem", 503)])
async def test_a_fault_while_confirming_never_says_that_nothing_was_charged(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: str, view: str, status: int
) -> None:
    path, payment_id = await world.order()
    browser = await world.confirm_page(path)
    form = browser.page
    run = world.running.committer.run

    async def failing(operation: object, command: object, context: object) -> object:
        if type(command).__name__ != "ConfirmPayment":
            return await run(operation, command, context)  # type: ignore[arg-type]  # passed through
        if fault == "busy":
            raise Overloaded("full")
        await run(operation, command, context)  # type: ignore[arg-type]  # it happened, and nobody was told
        raise OutcomeInDoubt("gone")

    monkeypatch.setattr(world.running.committer, "run", failing)
    page = await browser.confirm()
    assert (page.view, browser.answer.status_code) == (view, status)
    assert "not charged" not in browser.answer.text.lower()
    assert "nothing was charged" not in browser.answer.text.lower()
    if fault == "busy":
        assert "Retry-After" in browser.answer.headers
    monkeypatch.undo()
    if fault == "doubt":
        assert (await browser.open(page.links["refresh-link"])).view == "succeeded"
    else:
        browser.page = form
        assert (await browser.confirm()).view == "succeeded"
    assert (await world.payment(payment_id)).amount_captured_minor == 1_999
