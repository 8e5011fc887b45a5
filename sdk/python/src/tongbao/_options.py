"""What callers may say: about a client as a whole, and about one call."""

from collections.abc import Mapping
from typing import Required, TypedDict

import httpx

from tongbao._clock import Environment
from tongbao._keys import PrivateKey


class ReadOptions(TypedDict, total=False):
    """Options of one call.

    ``timeout_seconds`` bounds connecting and each wait for data of each attempt; ``max_retries`` counts repetitions
    after the first attempt; ``api_version`` is a date (``Api-Version``); ``on_behalf_of`` a merchant (``mch_…``) that
    has authorized this client; ``extra_headers`` may not name what the SDK itself sets; ``extra_query`` adds
    parameters this version of the SDK does not know.
    """

    timeout_seconds: float
    max_retries: int
    api_version: str
    on_behalf_of: str
    extra_headers: Mapping[str, str]
    extra_query: Mapping[str, str]


class RequestOptions(ReadOptions, total=False):
    """Options of one write: as ``ReadOptions``, and the ``idempotency_key`` (made up when it is not given)."""

    idempotency_key: str


class DefaultOptions(TypedDict, total=False):
    """Options that ``with_options`` sets for all calls of a client."""

    timeout_seconds: float
    max_retries: int
    api_version: str
    on_behalf_of: str


class OptionalSettings(DefaultOptions, total=False):
    """What may be said about a client and need not.

    ``key_id``: the ``kid``, where the key does not carry it. ``issuer``: the
    authorization server, by default ``base_url``; its ``token_endpoint`` and ``jwks_uri`` are discovered unless given.
    ``scope``: space-separated, by default all the client has. ``merchant_id``: for whom return results are verified.
    ``max_retry_after_seconds`` caps what ``Retry-After`` can ask for. ``allow_insecure_http`` permits ``http:`` to
    other hosts than this machine. ``environment``: clock and chance, for tests.
    """

    key_id: str
    issuer: str
    token_endpoint: str
    jwks_uri: str
    scope: str
    merchant_id: str
    max_retry_after_seconds: float
    allow_insecure_http: bool
    environment: Environment


class SharedSettings(OptionalSettings, total=False):
    """How a client is set up, blocking or not.

    ``base_url``: scheme, host and port of the API. ``client_id`` and ``private_key`` (a JWK, PEM text, the path of a
    file, or a ``Signer``): who calls.
    """

    base_url: Required[str]
    client_id: Required[str]
    private_key: Required[PrivateKey]


class SandboxSettings(OptionalSettings, total=False):
    """What may be said beside a sandbox's file; ``algorithm`` chooses the key: ES256 (default), PS256 or Ed25519."""

    algorithm: str
    http_client: httpx.Client


class AsyncSandboxSettings(OptionalSettings, total=False):
    """As ``SandboxSettings``, for ``AsyncTongbao``."""

    algorithm: str
    http_client: httpx.AsyncClient


class ClientSettings(SharedSettings, total=False):
    """Settings of ``Tongbao``; ``http_client`` is closed by whoever made it."""

    http_client: httpx.Client


class AsyncClientSettings(SharedSettings, total=False):
    """Settings of ``AsyncTongbao``; ``http_client`` is closed by whoever made it."""

    http_client: httpx.AsyncClient
