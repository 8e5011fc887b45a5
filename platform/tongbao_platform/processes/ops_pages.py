"""``/livez``, ``/readyz`` and ``/metrics``: for probes and Prometheus, outside the versioned API."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.types import ControllerRouterHandler

from tongbao_platform.processes.metrics import Metrics

Probe = Callable[[], Awaitable[bool]]

_NO_STORE: Final = {"Cache-Control": "no-store"}
_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class OpsPages(msgspec.Struct, frozen=True, kw_only=True):
    """What the pages show: ``ready`` has one probe per thing that must work; ``metrics_token`` guards the metrics."""

    ready: dict[str, Probe]
    metrics: Metrics
    metrics_token: str | None = None

    def handlers(self) -> list[ControllerRouterHandler]:
        """Return the three handlers."""

        @get("/livez", include_in_schema=False)
        async def livez() -> Response[bytes]:
            """Answer 200 while the process runs; it looks at nothing else."""
            return _json(200, {"status": "ok"})

        @get("/readyz", include_in_schema=False)
        async def readyz() -> Response[bytes]:
            """Answer 200 when every probe succeeds, else 503; the body names each."""
            results = {name: await probe() for name, probe in self.ready.items()}
            ok = all(results.values())
            return _json(200 if ok else 503, {"status": "ok" if ok else "unavailable", "checks": results})

        @get("/metrics", include_in_schema=False)
        async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
            """Show the metrics, where a token is set only to who brings it."""
            if self.metrics_token is not None:
                given = request.headers.get("authorization", "")
                if not hmac.compare_digest(given.encode(), f"Bearer {self.metrics_token}".encode()):
                    return _json(401, {"status": "a token is needed"})
            return Response(self.metrics.render(), media_type=_METRICS_TYPE, headers=_NO_STORE)

        return [livez, readyz, metrics]


def _json(status: int, body: dict[str, object]) -> Response[bytes]:
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json", headers=_NO_STORE)
