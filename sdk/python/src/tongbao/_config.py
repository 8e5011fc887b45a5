"""The checked configuration of a client."""

from typing import Final
from urllib.parse import urlsplit

import msgspec

from tongbao._clock import SYSTEM, Environment
from tongbao._errors import ConfigurationError
from tongbao._keys import Signer, load_private_key
from tongbao._options import SharedSettings

TIMEOUT_SECONDS: Final = 30.0
MAX_RETRIES: Final = 2
MAX_RETRY_AFTER_SECONDS: Final = 60.0
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """A client's settings with every default filled in; see ``SharedSettings`` for their meaning."""

    base_url: str
    client_id: str
    signer: Signer
    issuer: str
    token_endpoint: str | None = None
    jwks_uri: str | None = None
    scope: str | None = None
    merchant_id: str | None = None
    timeout_seconds: float = TIMEOUT_SECONDS
    max_retries: int = MAX_RETRIES
    max_retry_after_seconds: float = MAX_RETRY_AFTER_SECONDS
    allow_insecure_http: bool = False
    environment: Environment = SYSTEM

    def check_url(self, url: str, what: str) -> str:
        """Return ``url`` if tokens and keys may travel to it, else ``ConfigurationError``."""
        return check_url(url, what, allow_insecure_http=self.allow_insecure_http)


def check_url(url: str, what: str, *, allow_insecure_http: bool = False) -> str:
    """Return ``url`` if it is https, or http to this machine; ``ConfigurationError`` names ``what`` otherwise."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise ConfigurationError(f"{what} is not a URL: {url!r}") from None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.fragment:
        raise ConfigurationError(f"{what} must be an https URL without user and fragment, not {url!r}")
    local = host in _THIS_MACHINE or host.endswith(".localhost") or host.startswith("127.")
    if parts.scheme == "http" and not (local or allow_insecure_http):
        raise ConfigurationError(f"{what} must use https: {url!r}")
    return url


def read_settings(settings: SharedSettings) -> Config:
    """Check the settings a caller gave; ``ConfigurationError`` names the first that is wrong."""
    insecure = settings.get("allow_insecure_http", False)
    base_url = check_url(settings["base_url"], "base_url", allow_insecure_http=insecure).rstrip("/")
    parts = urlsplit(base_url)
    if parts.path or parts.query:
        raise ConfigurationError(f"base_url is scheme, host and port only, without a path: {base_url!r}")
    client_id = settings["client_id"]
    if not client_id or not client_id.isascii() or not client_id.isprintable():
        raise ConfigurationError("client_id must be printable ASCII")
    if settings.get("max_retries", 0) < 0 or settings.get("timeout_seconds", 1) <= 0:
        raise ConfigurationError("max_retries must be 0 or more, timeout_seconds more than 0")
    for name in ("issuer", "token_endpoint", "jwks_uri"):
        if name in settings:
            check_url(str(settings[name]), name, allow_insecure_http=insecure)
    return Config(
        base_url=base_url,
        client_id=client_id,
        signer=load_private_key(settings["private_key"], settings.get("key_id")),
        issuer=settings.get("issuer", base_url),
        token_endpoint=settings.get("token_endpoint"),
        jwks_uri=settings.get("jwks_uri"),
        scope=settings.get("scope"),
        merchant_id=settings.get("merchant_id"),
        timeout_seconds=settings.get("timeout_seconds", TIMEOUT_SECONDS),
        max_retries=settings.get("max_retries", MAX_RETRIES),
        max_retry_after_seconds=settings.get("max_retry_after_seconds", MAX_RETRY_AFTER_SECONDS),
        allow_insecure_http=insecure,
        environment=settings.get("environment", SYSTEM),
    )
