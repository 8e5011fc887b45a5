"""The SDK's own signer as a ``requests`` authenticator: it sees the octets that go out, after all serialization."""

import re
import secrets
from typing import Final

from requests import PreparedRequest
from requests.auth import AuthBase

from tongbao import RequestSigner, SignedRequest

_GOOD_KEY: Final = re.compile(r"[!-~]{1,200}")


class Signing(AuthBase):
    """Puts the token and a fresh signature on every request."""

    def __init__(self, signer: RequestSigner, token: str) -> None:
        self._signer = signer
        self._token = token

    def __call__(self, prepared: PreparedRequest) -> PreparedRequest:
        """Sign ``prepared``."""
        key = prepared.headers.get("Idempotency-Key")
        if key is not None and _GOOD_KEY.fullmatch(_text(key)) is not None:
            # One key for two requests is refused, rightly; of a good one its length and alphabet are the example.
            prepared.headers["Idempotency-Key"] = _text(key) + secrets.token_urlsafe(16)
        body = prepared.body or b""
        content = body.encode() if isinstance(body, str) else body
        if not isinstance(content, bytes):
            raise TypeError("a body that is a stream cannot be signed before it is sent")
        # What cannot be signed (api.md: visible ASCII) goes out uncovered and is refused for that.
        headers = [(name, _text(value)) for name, value in prepared.headers.items() if _text(value).isascii()]
        request = SignedRequest.of(prepared.method or "", prepared.path_url, headers, content)
        prepared.headers["JWS-Signature"] = self._signer.sign(request, self._token)
        prepared.headers["Authorization"] = f"Bearer {self._token}"
        return prepared


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
