"""``POST /oauth/token`` (RFC 6749 section 4.4, RFC 7523 section 2.2)."""

from typing import Any, Final

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.di import NamedDependency

from tongbao_platform.authorization.errors import OAuth2Error, from_refusal, problem_of
from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.authorization.token_checks.table import TOKEN_CHECKS
from tongbao_platform.authorization.token_request import TokenCase, TokenRequest
from tongbao_platform.execution.operation import Context
from tongbao_platform.identity.tokens import issue
from tongbao_platform.identity.tokens.model import AccessToken, new_access_token, token_id
from tongbao_platform.kernel.clock import SECOND_MS

TOKEN_PATH: Final = "/oauth/token"
# RFC 6749 section 5.1: neither tokens nor errors may be kept by anybody on the way.
_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class TokenAnswer(msgspec.Struct, frozen=True):
    """The successful answer (RFC 6749 section 5.1). ``expires_in`` in seconds; ``scope`` is always told."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


@post(TOKEN_PATH, status_code=200, include_in_schema=False)
async def token(request: Request[Any, Any, State], services: NamedDependency[AuthorizationServices]) -> Response[bytes]:
    """Issue an access token to a client that authenticates with ``private_key_jwt``."""
    try:
        answer = await issue_token(await _read(request, services), services)
    except OAuth2Error as error:
        problem = problem_of(error, services.issuer)
        headers = dict(_NO_STORE)
        if problem.challenge is not None:
            headers["WWW-Authenticate"] = problem.challenge
        return Response(problem.body, status_code=problem.status, media_type="application/json", headers=headers)
    return Response(msgspec.json.encode(answer), status_code=200, media_type="application/json", headers=_NO_STORE)


async def issue_token(request: TokenRequest, services: AuthorizationServices) -> TokenAnswer:
    """Return the answer to ``request``, or raise the ``OAuth2Error`` that says why not."""
    case = TokenCase(request=request)
    for check in TOKEN_CHECKS:
        case = await check(case, services)
    accepted, registered = case.proof(), case.client()
    secret = new_access_token()
    command = issue.IssueToken(
        token_id=token_id(secret),
        client_id=accepted.client_id,
        key_id=registered.key_ids[accepted.kid],
        scopes=case.scopes,
        lifetime_seconds=services.token_lifetime_seconds,
    )
    once = issue.assertion_once(accepted.client_id, accepted.jti, accepted.keep_until)
    outcome = await services.committer.run(issue, command, Context(actor=accepted.client_id, once=once))
    if outcome.refusal is not None:
        raise from_refusal(outcome.refusal)
    issued: AccessToken = outcome.result
    # Known here at once; other processes read it from the database when it first comes along.
    services.tokens.put(issued.id, issued)
    services.key_uses.note(issued.key_id, issued.issued_at)
    lifetime_seconds = (issued.expires_at - issued.issued_at) // SECOND_MS
    return TokenAnswer(secret, "Bearer", lifetime_seconds, " ".join(issued.scopes))


async def _read(request: Request[Any, Any, State], services: AuthorizationServices) -> TokenRequest:
    return TokenRequest(
        content_types=tuple(request.headers.getall("content-type", [])),
        content_encodings=tuple(request.headers.getall("content-encoding", [])),
        authorizations=tuple(request.headers.getall("authorization", [])),
        query=request.scope["query_string"],
        body=await request.body(),
        received_at=services.clock.now(),
    )
