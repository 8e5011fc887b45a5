"""One request and its answer on the way through the pipeline: everything is in memory, nothing is streamed."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from tongbao_platform.http.operation_spec import OperationSpec
from tongbao_platform.http.problems import (
    PROBLEM_MEDIA_TYPE,
    Occurrence,
    SignatureFacts,
    encode_problem,
    problem_of,
)
from tongbao_platform.kernel.caller import Caller
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.execution.operation import Evidence

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
    ``operation`` and ``path_values`` (route), ``caller``, ``token_hash`` and ``merchant_id`` (authenticate, authorize),
    ``evidence`` and ``proof`` (verify_signature), ``api_version``.
    """

    __slots__ = (
        "api_version",
        "body",
        "caller",
        "client_ip",
        "evidence",
        "extra_headers",
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
        "scope",
        "target",
        "zone",
    )

    def __init__(self, scope: Scope, receive: Receive, portal: str) -> None:
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        mark = path.find(b"?")
        if mark >= 0:
            path = path[:mark]
        query: bytes = scope["query_string"]
        self.scope = scope
        self.receive = receive
        self.portal = portal
        self.method: str = scope["method"]
        self.path: str = path.decode("latin-1")
        self.query: str = query.decode("latin-1")
        self.target: bytes = path + b"?" + query if query else path
        self.headers: list[tuple[bytes, bytes]] = scope["headers"]
        client = scope.get("client")
        self.client_ip: str = client[0] if client else ""
        self.zone = ""
        self.body = b""
        self.request_id = ""
        self.operation: OperationSpec | None = None
        self.path_values: dict[str, str] = {}
        self.caller: Caller | None = None
        self.identity: Any = None
        self.evidence: Evidence | None = None
        self.proof: bytes | None = None
        self.api_version = ""
        self.extra_headers: HeaderList = []
        self.response: Response | None = None

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

    def refuse(self, refusal: Refusal, headers: HeaderList | None = None, facts: SignatureFacts | None = None) -> Response:
        """Return the problem answer for ``refusal``, with ``headers`` added."""
        problem = problem_of(refusal, self.occurrence(), facts)
        all_headers: HeaderList = [("Content-Type", PROBLEM_MEDIA_TYPE)]
        if headers:
            all_headers += headers
        return Response(problem.status, all_headers, encode_problem(problem))


Proceed = Callable[[Exchange], Awaitable[Response]]
Step = Callable[[Exchange, Proceed], Awaitable[Response]]
