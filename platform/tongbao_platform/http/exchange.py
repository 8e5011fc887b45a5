"""One request and its answer on the way through the pipeline: everything is in memory, nothing is streamed."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from tongbao_platform.execution.operation import Evidence
from tongbao_platform.http.operation_spec import OperationSpec
from tongbao_platform.http.problems import (
    PROBLEM_MEDIA_TYPE,
    Occurrence,
    SignatureFacts,
    encode_problem,
    problem_of,
)
from tongbao_platform.identity.authentication import Authenticated
from tongbao_platform.kernel.caller import Caller
from tongbao_platform.kernel.errors import Refusal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

HeaderList = list[tuple[str, str]]
EXCHANGE_KEY: Final = "tongbao.exchange"


class Response:
    """An answer: status, headers in canonical spelling and in order, body bytes."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: HeaderList, body: bytes = b"") -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def header(self, name: str) -> str | None:
        """Return the first value of a header, by its name in any case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class Exchange:
    """What the steps know of one request.

    ``target`` is the request target as it came on the wire (path and query, bytes), ``headers`` the raw list with
    lower-case names, ``body`` the whole body once the size step has read it. What a step finds out it writes here:
    ``operation`` and ``path_values`` (route), ``caller`` and ``identity`` (authenticate), ``evidence`` and ``proof``
    (verify_signature), ``caller`` again with the merchant it acts for (authorize), ``api_version``. A handler behind
    Litestar leaves its answer in ``response`` or what it raised in ``fault``; ``code`` is the problem's, for the log.
    """

    __slots__ = (
        "api_version",
        "body",
        "caller",
        "client_ip",
        "code",
        "evidence",
        "fault",
        "headers",
        "identity",
        "method",
        "operation",
        "path",
        "path_values",
        "portal",
        "proof",
        "query",
        "receive",
        "request_id",
        "response",
        "route",
        "scope",
        "target",
        "zone",
    )

    def __init__(self, scope: Scope, receive: Receive, portal: str, zone: str) -> None:
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        # Some servers put the query into raw_path as well.
        mark = path.find(b"?")
        if mark >= 0:
            path = path[:mark]
        query: bytes = scope["query_string"]
        client = scope.get("client")
        self.scope = scope
        self.receive = receive
        self.portal = portal
        self.zone = zone
        self.method: str = scope["method"]
        self.path: str = path.decode("latin-1")
        self.query: str = query.decode("latin-1")
        self.target: bytes = path + b"?" + query if query else path
        self.headers: list[tuple[bytes, bytes]] = scope["headers"]
        self.client_ip: str = client[0] if client else ""
        self.body = b""
        self.request_id = ""
        self.operation: OperationSpec | None = None
        self.route: str | None = None
        self.path_values: dict[str, str] = {}
        self.caller: Caller | None = None
        self.identity: Authenticated | None = None
        self.evidence: Evidence | None = None
        self.proof: str | None = None
        self.api_version = ""
        self.code: str | None = None
        self.response: Response | None = None
        self.fault: Exception | None = None

    def header_values(self, name: bytes) -> list[bytes]:
        """Return every value of the header ``name`` (lower case), in order."""
        return [value for key, value in self.headers if key == name]

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of the header ``name`` (lower case)."""
        for key, value in self.headers:
            if key == name:
                return value
        return None

    def occurrence(self) -> Occurrence:
        """Return where a problem of this request occurred."""
        return Occurrence(self.portal, self.path, self.request_id)

    def require_caller(self) -> Caller:
        """Return the caller; asking before the authenticate step is our own mistake."""
        if self.caller is None:
            raise RuntimeError("the caller is known only behind the authenticate step")
        return self.caller

    def refuse(
        self, refusal: Refusal, headers: HeaderList | None = None, facts: SignatureFacts | None = None
    ) -> Response:
        """Return the problem answer for ``refusal``, with ``headers`` added."""
        problem = problem_of(refusal, self.occurrence(), facts)
        self.code = refusal.code
        all_headers: HeaderList = [("Content-Type", PROBLEM_MEDIA_TYPE)]
        if headers:
            all_headers += headers
        return Response(problem.status, all_headers, encode_problem(problem))


Proceed = Callable[[Exchange], Awaitable[Response]]
Step = Callable[[Exchange, Proceed], Awaitable[Response]]
