"""Step ``client_address``: whom the request comes from, when a proxy of ours stands in between.

``X-Forwarded-For`` is believed only from configured proxies, and read from its right end: what stands further left was
written by whoever sent the request.
"""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from tongbao_platform.http.exchange import Exchange, Proceed, Response, Step


def client_address(trusted_proxies: Sequence[str]) -> Step:
    """Return the step; ``trusted_proxies`` are networks (``10.0.0.0/8``) or single addresses."""
    networks = tuple(ip_network(each) for each in trusted_proxies)

    def is_ours(address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in networks)

    async def step(exchange: Exchange, proceed: Proceed) -> Response:
        if networks and is_ours(exchange.client_ip):
            told = b",".join(exchange.header_values(b"x-forwarded-for")).decode("latin-1")
            hops = [hop.strip() for hop in told.split(",") if hop.strip()]
            while hops and is_ours(exchange.client_ip):
                exchange.client_ip = hops.pop()
        return await proceed(exchange)

    return step
