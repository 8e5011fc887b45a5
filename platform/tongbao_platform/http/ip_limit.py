"""Step ``ip_limit``: a ceiling per network address, before anything expensive is done for a stranger."""

from ipaddress import IPv6Address, ip_address

from tongbao_platform.http.exchange import Exchange, Proceed, Response, Step
from tongbao_platform.http.rate_limit import Limiter, Policy, limit_headers
from tongbao_platform.kernel.errors import Refusal


def ip_limit(limiter: Limiter | None, policy: Policy) -> Step:
    """Return the step; without a limiter everything passes."""

    async def step(exchange: Exchange, proceed: Proceed) -> Response:
        if limiter is None:
            return await proceed(exchange)
        verdict = await limiter.take(network_of(exchange.client_ip), policy)
        if verdict.allowed:
            return await proceed(exchange)
        refusal = Refusal(code="rate_limited", detail="Too many requests from this network address.", retryable=True)
        headers = [("Retry-After", str(verdict.retry_after_seconds)), *limit_headers(policy, verdict)]
        return exchange.refuse(refusal, headers)

    return step


def network_of(address: str) -> str:
    """Return what is counted as one: an IPv4 address, or the /64 that an IPv6 subscriber commonly holds."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return address
