"""Speaks HTTP itself and signs with the SDK's signer, so that a test can send what the SDK never would."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

import httpx
import msgspec

from tests.factories.servers import RETURN_ORIGIN, Party, WiredServer
from tongbao import RequestSigner, SignedRequest, load_private_key
from tongbao._effects import Reply
from tongbao._response_signature import Expectation, read_signature, verify_response

UNSIGNED: Final = "unsigned"
SIGNATURE: Final = "jws-signature"


class SignedCaller:
    """One client of the API at the level of single requests; ``caller_of`` makes one with a token."""

    def __init__(self, server: WiredServer, party: Party, token: str) -> None:
        self._server = server
        self._sdk = server.client(party)
        self.party = party
        self.token = token
        self.signer = RequestSigner(
            signer=load_private_key(party.private_jwk), client_id=party.client_id, audience=server.address.base_url
        )

    async def call(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str | None] | None = None,
        **options: Any,
    ) -> httpx.Response:
        """Send a signed request; ``headers`` are added or (``None``) left out, ``sign`` replaces the signature."""
        content = b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
        fields: dict[str, str | None] = {}
        if body is not None:
            fields["Content-Type"] = "application/json"
        if method == "POST":
            fields["Idempotency-Key"] = key or secrets.token_urlsafe(16)
        fields |= headers or {}
        sent = {name: value for name, value in fields.items() if value is not None}
        signature = options.get("sign") or self.sign(method, target, sent, content)
        return await self.send(method, target, sent, content, signature=signature, **options)

    async def send(
        self, method: str, target: str, headers: Mapping[str, str], content: bytes, *, signature: str, **options: Any
    ) -> httpx.Response:
        """Send exactly this; a signed answer must be signed for this very request, 401, 429 and 5xx must not be."""
        fields = {"Authorization": f"Bearer {options.get('token', self.token)}", **headers}
        if signature != UNSIGNED:
            fields["JWS-Signature"] = signature
        url = self._server.address.base_url + target
        answer = await self._server.http.request(method, url, content=content, headers=fields)
        if SIGNATURE in answer.headers:
            await self.check_signature(answer, signature)
        return answer

    def sign(self, method: str, target: str, headers: Mapping[str, str], content: bytes) -> str:
        """Return a fresh signature that covers all it must."""
        request = SignedRequest.of(method, target, list(headers.items()), content)
        return self.signer.sign(request, self.token)

    async def check_signature(self, answer: httpx.Response, proof: str) -> None:
        """Raise unless the platform signed this answer to the request with the signature ``proof``."""
        fields = [(name.decode().lower(), value.decode("latin-1")) for name, value in answer.headers.raw]
        reply = Reply(status=answer.status_code, fields=fields, body=answer.content)
        signed = read_signature(reply)
        link = self._sdk._link
        key = await link.driver.run(link.engine.keys.find(signed.protected["kid"]))
        expected = Expectation(
            issuer=self._server.address.issuer,
            client_id=self.party.client_id,
            request_signature=proof,
            now=self.signer.environment.now(),
        )
        verify_response(reply, signed, key, expected)


async def caller_of(server: WiredServer, party: Party) -> SignedCaller:
    """Return a caller with a token of its own."""
    return SignedCaller(server, party, await server.client(party).access_token())


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """Return a problem's status and code; what every problem promises is checked on the way."""
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["request-id"]
    assert problem["type"].endswith(f"/errors/{problem['code']}/")
    return answer.status_code, str(problem["code"])


def account_payment(server: WiredServer, number: str, value: int = 1_000, **changes: Any) -> dict[str, Any]:
    """Return the body of a payment from the buyer's account to the shop's."""
    parties = server.parties
    return {
        "merchant_order_no": number,
        "amount": {"value": value, "currency": "CNY"},
        "method": {
            "type": "account",
            "source_account_id": parties.buyer.account_id,
            "payee_account_id": parties.shop.account_id,
        },
    } | changes


def h5_payment(number: str, value: int = 1_999, **changes: Any) -> dict[str, Any]:
    """Return the body of a payment that waits for its payer."""
    return {
        "merchant_order_no": number,
        "amount": {"value": value, "currency": "CNY"},
        "description": "Two coffees",
        "method": {"type": "h5", "return_url": f"{RETURN_ORIGIN}/done"},
    } | changes
