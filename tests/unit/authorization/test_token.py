"""POST /oauth/token: what a good request gets, and every rule C1 to C6 and T2, kept and broken."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from tests.unit.authorization.conftest import World
from tests.unit.authorization.token_client import ABSENT, FORM, ISSUER, form
from tests.unit.identity_state.registered import SCOPES, add_client, add_key
from tongbao_platform.authorization.token_checks import client_allowed
from tongbao_platform.authorization.token_checks.form import MAX_BODY_BYTES
from tongbao_platform.identity.authentication import Authenticated
from tongbao_platform.identity.clients import disable
from tongbao_platform.identity.clients.model import Client, client_id_from
from tongbao_platform.identity.jose.keys import generate_signing_key
from tongbao_platform.identity.keys import revoke
from tongbao_platform.identity.keys.model import ClientKey
from tongbao_platform.identity.tokens.model import AccessToken, is_access_token, token_id
from tongbao_platform.kernel.clock import SECOND_MS

NONE_HEADER = {"alg": "none"}


def demand_error(answer: httpx.Response, error: str, status: int = 400) -> str:
    """Assert RFC 6749 section 5.2 in full and return the description."""
    assert answer.status_code == status, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    assert body.keys() == {"error", "error_description"}
    assert body["error"] == error
    description: str = body["error_description"]
    assert description.isascii()
    assert '"' not in description
    assert "\\" not in description
    assert ("www-authenticate" in answer.headers) == (status == 401)
    return description


async def test_a_good_request_gets_a_token_that_authenticates_at_once(world: World) -> None:
    answer = await world.ask()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    body = answer.json()
    assert is_access_token(body.pop("access_token"))
    assert body == {"token_type": "Bearer", "expires_in": 3600, "scope": " ".join(SCOPES)}
    secret = answer.json()["access_token"]
    found = await world.authenticator().authenticate(f"Bearer {secret}")
    assert isinstance(found, Authenticated)
    assert found.caller.scopes == frozenset(SCOPES)
    stored = world.committer.all(AccessToken)
    assert [token.id for token in stored] == [token_id(secret)]
    assert stored[0].key_id == world.one.key.id
    use = world.services.key_uses.drain()
    assert use is not None
    assert use.uses == ((world.one.key.id, world.clock.now()),)


async def test_a_fresh_token_is_known_to_its_own_process_without_asking_the_database(world: World) -> None:
    authenticator = world.authenticator()
    for loads_expected in (1, 0):
        secret = (await world.ask()).json()["access_token"]
        loads = world.committer.loads
        assert isinstance(await authenticator.authenticate(f"Bearer {secret}"), Authenticated)
        # The very first look-up fills an empty cache.
        assert world.committer.loads - loads == loads_expected


@pytest.mark.parametrize("alg", ["ES256", "PS256", "Ed25519"])
@pytest.mark.parametrize("named", [True, False])
async def test_every_algorithm_with_and_without_kid(world: World, alg: str, named: bool) -> None:
    one = await add_key(world.committer, world.one.client, "key_2", alg)
    header = {"kid": one.key.kid if named else ABSENT}
    assert (await world.ask(world.assertion(key=one.private, header=header))).status_code == 200


async def test_eddsa_is_the_older_name_of_ed25519(world: World) -> None:
    one = await add_key(world.committer, world.one.client, "key_2", "Ed25519")
    assert (await world.ask(world.assertion(key=one.private, header={"alg": "EdDSA"}))).status_code == 200


# --- T2: the form -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", [FORM, f"{FORM};charset=UTF-8", f'{FORM} ; charset="utf-8"', FORM.upper()])
async def test_t2_the_form_in_every_lawful_spelling(world: World, content_type: str) -> None:
    assert (await world.post(form(world.assertion()), content_type)).status_code == 200


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", f"{FORM}; charset=gbk", ""]
)
async def test_t2_another_content_type_is_refused(world: World, content_type: str) -> None:
    demand_error(await world.post(form(world.assertion()), content_type), "invalid_request")


async def test_t2_a_json_body_is_refused(world: World) -> None:
    body = msgspec.json.encode({"grant_type": "client_credentials", "client_assertion": world.assertion()})
    demand_error(await world.post(body, "application/json"), "invalid_request")
    demand_error(await world.post(body), "invalid_request")


async def test_t2_an_encoded_body_is_refused(world: World) -> None:
    demand_error(await world.post(form(world.assertion()), **{"Content-Encoding": "gzip"}), "invalid_request")


async def test_t2_nothing_is_taken_from_the_query(world: World) -> None:
    query = form(world.assertion()).decode()
    demand_error(await world.http.post(f"/oauth/token?{query}", headers={"Content-Type": FORM}), "invalid_request")
    answer = await world.http.post(
        "/oauth/token?scope=x", content=form(world.assertion()), headers={"Content-Type": FORM}
    )
    demand_error(answer, "invalid_request")


@pytest.mark.parametrize("extra", [b"&grant_type=client_credentials", b"&unknown=1&unknown=2", b"&scope=&scope="])
async def test_t2_a_repeated_parameter_is_refused(world: World, extra: bytes) -> None:
    demand_error(await world.post(form(world.assertion()) + extra), "invalid_request")


@pytest.mark.parametrize("extra", [b"&unknown=1", b"&scope=", b"&client_secret="])
async def test_t2_unknown_and_empty_parameters_count_as_absent(world: World, extra: bytes) -> None:
    assert (await world.post(form(world.assertion()) + extra)).status_code == 200


@pytest.mark.parametrize(
    "extra", [b"&", b"&novalue", b"&x=%ff", "&x=é".encode(), b"&a=1" * 40, b"&x=" + b"y" * MAX_BODY_BYTES]
)
async def test_t2_what_is_no_form_is_refused(world: World, extra: bytes) -> None:
    demand_error(await world.post(form(world.assertion()) + extra), "invalid_request")


async def test_t2_the_grant_type_is_demanded(world: World) -> None:
    demand_error(await world.post(b""), "invalid_request")
    demand_error(await world.ask(grant_type=ABSENT), "invalid_request")
    demand_error(await world.ask(grant_type=""), "invalid_request")


@pytest.mark.parametrize("grant_type", ["password", "implicit", "authorization_code", "refresh_token", '"\\\n', "令牌"])
async def test_t2_other_grants_do_not_exist(world: World, grant_type: str) -> None:
    demand_error(await world.ask(grant_type=grant_type), "unsupported_grant_type")


async def test_t2_a_client_whose_profile_lacks_the_grant_is_not_authorized(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_allowed, "GRANTS_OF_PROFILE", {"merchant": ()})
    demand_error(await world.ask(), "unauthorized_client")


async def test_scopes_may_narrow_and_never_widen(world: World) -> None:
    narrowed = await world.ask(scope="refunds:write payments:read refunds:write")
    assert narrowed.json()["scope"] == "payments:read refunds:write"
    for scope in ("events:read", "payments:read nothing", "payments:read  refunds:write", " payments:read", '"'):
        demand_error(await world.ask(scope=scope), "invalid_scope")


# --- C1: only private_key_jwt -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "challenge"),
    [("Basic YTpi", "Basic "), ("Bearer x", "Bearer "), ("", "private_key_jwt "), ("é", "private")],
)
async def test_c1_an_authorization_header_is_refused_in_its_own_scheme(
    world: World, value: str, challenge: str
) -> None:
    answer = await world.http.post(
        "/oauth/token",
        content=form(world.assertion()),
        headers=[(b"Content-Type", FORM.encode()), (b"Authorization", value.encode())],
    )
    demand_error(answer, "invalid_client", 401)
    assert answer.headers["www-authenticate"].startswith(challenge)
    assert f'realm="{ISSUER}"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"client_secret": "s"},
        {"client_assertion": ABSENT},
        {"client_assertion_type": ABSENT},
        {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"},
        {"client_assertion": ABSENT, "client_assertion_type": ABSENT, "client_id": "a", "client_secret": "s"},
    ],
)
async def test_c1_secrets_and_missing_assertions_are_refused(world: World, parameters: dict[str, Any]) -> None:
    demand_error(await world.ask(**parameters), "invalid_client", 401)


# --- C2, C3: who it is from and for -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "aud", [[ISSUER], [ISSUER, "x"], f"{ISSUER}/oauth/token", f"{ISSUER}/", ISSUER.upper(), "", None, ABSENT]
)
async def test_c2_the_audience_is_the_issuer_as_a_string(world: World, aud: Any) -> None:
    demand_error(await world.ask(world.assertion(aud=aud)), "invalid_client", 401)


@pytest.mark.parametrize("name", ["iss", "sub", "exp", "jti"])
@pytest.mark.parametrize("value", [ABSENT, None, "", "somebody", ["x"]])
async def test_c3_claims_are_demanded(world: World, name: str, value: Any) -> None:
    if (name, value) == ("jti", "somebody"):
        value = "x" * 300
    demand_error(await world.ask(world.assertion(**{name: value})), "invalid_client", 401)


async def test_c3_the_client_id_parameter_may_repeat_the_client_and_not_contradict_it(world: World) -> None:
    assert (await world.ask(client_id=world.one.client.id)).status_code == 200
    demand_error(await world.ask(client_id="app_sandbox_other"), "invalid_client", 401)


async def test_c3_a_client_of_the_other_environment_is_not_looked_up(world: World) -> None:
    live = client_id_from("app_" + world.one.client.id.removeprefix("app_sandbox_"), livemode=True)
    loads = world.committer.loads
    description = demand_error(await world.ask(world.assertion(iss=live, sub=live)), "invalid_client", 401)
    assert "sandbox" in description
    assert world.committer.loads == loads


# --- C4: form and times -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spoil", ["{}=", " {}", "{}\n", "{}.x", "x.{}", "{}A", "{}%"])
async def test_c4_the_assertion_is_read_strictly(world: World, spoil: str) -> None:
    demand_error(await world.ask(spoil.format(world.assertion())), "invalid_client", 401)


@pytest.mark.parametrize("name", ["iat", "nbf"])
@pytest.mark.parametrize(("ahead", "status"), [(-3000, 200), (0, 200), (10, 200), (60, 200), (61, 401), (3600, 401)])
async def test_c4_a_clock_may_be_a_minute_ahead(world: World, name: str, ahead: int, status: int) -> None:
    now = world.clock.now() // SECOND_MS
    answer = await world.ask(world.assertion(**{name: now + ahead}))
    assert answer.status_code == status
    if status == 401:
        description = demand_error(answer, "invalid_client", 401)
        assert "server time" in description
        assert f"difference {ahead} s" in description


@pytest.mark.parametrize(("left", "status"), [(-1, 401), (0, 401), (1, 200), (3600, 200), (3661, 401)])
async def test_c4_the_assertion_must_not_have_expired(world: World, left: int, status: int) -> None:
    now = world.clock.now() // SECOND_MS
    answer = await world.ask(world.assertion(exp=now + left))
    assert answer.status_code == status
    if status == 401:
        assert "server time" in demand_error(answer, "invalid_client", 401)


# --- C5: once ---------------------------------------------------------------------------------------------------------


async def test_c5_an_assertion_is_used_once(world: World) -> None:
    assertion = world.assertion()
    assert (await world.ask(assertion)).status_code == 200
    assert "used before" in demand_error(await world.ask(assertion), "invalid_client", 401)
    assert len(world.committer.all(AccessToken)) == 1


async def test_c5_of_parallel_uses_one_succeeds(world: World) -> None:
    assertion = world.assertion()
    answers = await asyncio.gather(*(world.ask(assertion) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19


async def test_c5_a_refused_request_spends_nothing_and_clients_do_not_collide(world: World) -> None:
    assertion = world.assertion(jti="same")
    demand_error(await world.ask(assertion, scope="events:read"), "invalid_scope")
    assert (await world.ask(assertion)).status_code == 200
    two = await add_client(world.committer, world.clock, seed=2)
    other = msgspec.structs.replace(world, one=two)
    assert (await world.ask(other.assertion(jti="same"))).status_code == 200


# --- C6: the key ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "RS256"},
        {"alg": "PS256"},
        {"alg": "Ed25519"},
        {"alg": ABSENT},
        {"jwk": {"kty": "EC"}},
        {"jku": "https://x.test"},
        {"x5u": "https://x.test"},
        {"crit": ["exp"], "exp": 1},
        {"b64": False, "crit": ["b64"]},
        {"kid": "unknown"},
        {"kid": 7},
        {"typ": "payreq+jws"},
        {"typ": "dpop+jwt"},
    ],
)
async def test_c6_headers_that_do_not_fit_are_refused(world: World, header: dict[str, Any]) -> None:
    demand_error(await world.ask(world.assertion(header=header)), "invalid_client", 401)


async def test_c6_only_a_valid_key_of_the_client_counts(world: World) -> None:
    stranger = generate_signing_key("ES256")
    demand_error(await world.ask(world.assertion(key=stranger)), "invalid_client", 401)
    disguised = generate_signing_key("ES256", kid=world.one.key.kid)
    demand_error(await world.ask(world.assertion(key=disguised)), "invalid_client", 401)
    two = await add_client(world.committer, world.clock, seed=2)
    demand_error(await world.ask(world.assertion(key=two.private)), "invalid_client", 401)
    head, payload, signature = world.assertion().split(".")
    flipped = "A" if signature[0] != "A" else "B"
    demand_error(await world.ask(f"{head}.{payload}.{flipped}{signature[1:]}"), "invalid_client", 401)
    demand_error(await world.ask(f"{head}.{payload}."), "invalid_client", 401)


async def test_c6_keys_count_only_while_they_are_valid(world: World) -> None:
    now = world.clock.now()
    for change in ({"valid_from": now + 1}, {"valid_until": now}):
        key = msgspec.structs.replace(world.one.key, **change)
        world.committer.rows[(ClientKey, key.id)] = key
        world.committer.freshness.forget()
        demand_error(await world.ask(), "invalid_client", 401)


# --- ends -------------------------------------------------------------------------------------------------------------


async def test_a_revoked_key_gets_no_token_and_its_tokens_end(world: World) -> None:
    secret = (await world.ask()).json()["access_token"]
    await world.committer.done(revoke, revoke.RevokeKey(key_id=world.one.key.id))
    demand_error(await world.ask(), "invalid_client", 401)
    assert not isinstance(await world.authenticator().authenticate(f"Bearer {secret}"), Authenticated)


async def test_a_disabled_client_is_told_so_once_it_has_proved_itself(world: World) -> None:
    await world.committer.done(disable, disable.DisableClient(client_id=world.one.client.id))
    assert "disabled" in demand_error(await world.ask(), "invalid_client", 401)
    stranger = await world.ask(world.assertion(key=generate_signing_key("ES256")))
    assert "disabled" not in demand_error(stranger, "invalid_client", 401)


async def test_a_client_that_ends_between_check_and_commit_gets_nothing(world: World) -> None:
    await world.services.clients.get(world.one.client.id)
    client = world.committer.all(Client)[0]
    # Changed in another process: this one has not noticed yet.
    world.committer.rows[(Client, client.id)] = msgspec.structs.replace(client, status="disabled")
    demand_error(await world.ask(), "invalid_client", 401)
    assert world.committer.all(AccessToken) == []
