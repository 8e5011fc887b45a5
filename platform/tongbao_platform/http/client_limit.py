"""Step ``client_limit``: a quota per client and class of operation, told to the client on every answer."""

from collections.abc import Mapping

from tongbao_platform.http.exchange import Exchange, Proceed, Response, Step
from tongbao_platform.http.operation_spec import LimitClass
from tongbao_platform.http.rate_limit import Limiter, Policy, limit_headers
from tongbao_platform.kernel.errors import Refusal


def client_limit(limiter: Limiter | None, policies: Mapping[LimitClass, Policy]) -> Step:
    """Return the step; without a limiter everything passes and nothing is told."""

    async def step(exchange: Exchange, proceed: Proceed) -> Response:
        operation = exchange.operation
        if limiter is None or operation is None:
            return await proceed(exchange)
        policy = policies[operation.limit_class]
        verdict = await limiter.take(exchange.require_caller().client_id, policy)
        headers = limit_headers(policy, verdict)
        if not verdict.allowed:
            refusal = Refusal(code="rate_limited", detail=f"More than {policy.quota} {policy.name} requests.")
            return exchange.refuse(refusal, [("Retry-After", str(verdict.retry_after_seconds)), *headers])
        response = await proceed(exchange)
        response.headers += headers
        return response

    return step
