"""The pipeline is one list in one order, and the tables behind it are complete."""

import re
from pathlib import Path
from typing import Any, cast

import pytest

import tongbao_platform
from tongbao_platform.api.document.problem_schema import problem_schemas
from tongbao_platform.api.document.responses import STATUS_TITLES, error_codes
from tongbao_platform.api.v1.operations import OPERATIONS
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.http.pipeline import ZONES, PipelineParts, Row, compose, pipeline
from tongbao_platform.http.problems import CODES, FIELD_CODES
from tongbao_platform.http.route_table import RouteTable
from tongbao_platform.http.zones import zone_of

ORDER = (
    "request_id access_log problem admission client_address ip_limit host route size_limit in_flight authenticate "
    "client_limit verify_signature sign_response authorize api_version idempotency_key handler"
).split()
NOWHERE = cast("Any", None)


def parts() -> PipelineParts:
    return PipelineParts(
        table=RouteTable([]),
        application=NOWHERE,
        authenticator=NOWHERE,
        active_key=NOWHERE,
        key_uses=NOWHERE,
        clock=NOWHERE,
        ids=NOWHERE,
        base_url="https://api.test",
        issuer="https://api.test",
        portal="https://portal.test",
        livemode=True,
        authorities=(),
    )


def test_the_steps_stand_in_their_order() -> None:
    assert [row.name for row in pipeline(parts())] == ORDER


def test_the_api_passes_every_step_and_the_others_no_tokens() -> None:
    rows = pipeline(parts())
    assert all("api" in row.zones for row in rows)
    for zone in ZONES:
        names = [row.name for row in rows if zone in row.zones]
        assert names[:3] == ORDER[:3]
        assert names[-1] == "handler"
        assert ("authenticate" in names) == ("verify_signature" in names) == (zone == "api")
        # Probes and metrics are answered however busy the process is.
        assert ("admission" in names) == ("in_flight" in names) == (zone != "ops")


async def test_composed_steps_run_outermost_first_and_only_in_their_zone() -> None:
    seen: list[str] = []

    def named(name: str) -> Any:
        async def step(exchange: Exchange, proceed: Any) -> Response:
            seen.append(name)
            answer: Response = await proceed(exchange)
            return answer

        return step

    async def last(exchange: Exchange, proceed: Any) -> Response:
        return Response(204, [])

    rows = (
        Row("a", named("a"), frozenset(ZONES)),
        Row("b", named("b"), frozenset({"web"})),
        Row("c", named("c"), frozenset({"api"})),
        Row("last", last, frozenset(ZONES)),
    )
    await compose(rows, "api")(NOWHERE)
    assert seen == ["a", "c"]


@pytest.mark.parametrize(
    ("path", "zone"),
    [
        (b"/v1/payments", "api"),
        (b"/v1", "api"),
        (b"/v1x", "web"),
        (b"/oauth/token", "oauth"),
        (b"/.well-known/jwks.json", "oauth"),
        (b"/checkout/x", "web"),
        (b"/", "web"),
        (b"/livez", "ops"),
        (b"/metrics", "ops"),
        (b"/openapi.json", "open"),
    ],
)
def test_zones_follow_from_the_path(path: bytes, zone: str) -> None:
    assert zone_of(path) == zone


def test_fixed_segments_win_over_variable_ones_and_rests_stay_inside() -> None:
    table = RouteTable(
        [
            ("GET", "/v1/things/{id}", None),
            ("GET", "/v1/things/all", None),
            ("GET", "/v1/things/{id}/parts", None),
            ("GET", "/static/{file_path:path}", None),
            ("POST", "/v1/things/{id}", None),
        ]
    )

    def template(path: str) -> str | None:
        found = table.find(path)
        return None if found is None else found[0].template

    assert template("/v1/things/all") == "/v1/things/all"
    assert template("/v1/things/1") == "/v1/things/{id}"
    assert template("/static/a/b.css") == "/static/{file_path:path}"
    for path in ("/v1/things/", "/v1/things//parts", "/static/", "/static/../x", "/static/a//b", "/v1/things/%31"):
        assert template(path) is None, path
    found = table.find("/v1/things/1")
    assert found is not None
    assert (found[0].allow, found[1]) == ("GET, POST", {"id": "1"})


def test_every_code_has_a_status_that_the_document_explains() -> None:
    assert {entry.status for entry in CODES.values()} - {405, 408} == set(STATUS_TITLES) - {405, 408}
    assert all(re.fullmatch(r"[a-z_]+", code) for code in CODES)
    assert problem_schemas()["ErrorCode"]["enum"] == list(CODES)
    assert problem_schemas()["FieldErrorCode"]["enum"] == list(FIELD_CODES)
    for operation in OPERATIONS:
        assert set(operation.refusals) <= set(CODES), operation.operation_id
        assert error_codes(operation)


def test_every_refusal_that_an_api_operation_can_make_is_in_the_table() -> None:
    root = Path(tongbao_platform.__file__).parent
    api_rooms = ("payments", "refunds", "accounts", "webhook_endpoints", "webhook_deliveries")
    files = [path for room in api_rooms for path in (root / "domain" / room).glob("*.py")]
    files += [*(root / "http").glob("*.py"), *(root / "api").rglob("*.py")]
    only_on_pages = {"checkout_owned_by_another", "account_unknown"}
    used = {
        code for path in files for code in re.findall(r'Refusal\(\s*code="([a-z_]+)"', path.read_text(encoding="utf-8"))
    }
    only_for_operators = {
        "account_invalid_state",
        "account_not_empty",
        "amount_too_large",
        "amount_too_small",
        "reference_used",
        "wrong_account_kind",
        "wrong_account_owner",
    }
    assert used - only_on_pages - only_for_operators <= set(CODES)
    assert len(used) > 20
