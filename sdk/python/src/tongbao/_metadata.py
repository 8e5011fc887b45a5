"""Where the authorization server's endpoints are (RFC 8414)."""

from urllib.parse import urlsplit

import msgspec

from tongbao._config import Config
from tongbao._effects import Alone, Steps
from tongbao._errors import ConfigurationError
from tongbao._fetch import Fetch, fetch, read_document


class Endpoints(msgspec.Struct, frozen=True):
    """The two addresses a client needs."""

    token_endpoint: str
    jwks_uri: str


class Metadata:
    """Finds the endpoints once: from the configuration, else by discovery."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._found: Endpoints | None = None
        if config.token_endpoint is not None and config.jwks_uri is not None:
            self._found = Endpoints(config.token_endpoint, config.jwks_uri)

    def endpoints(self) -> Steps[Endpoints]:
        """Return the endpoints; ``ConfigurationError`` when the metadata is another issuer's (RFC 8414 section 3.3)."""
        if self._found is None:
            yield Alone("metadata", self._discover)
        if self._found is None:
            raise ConfigurationError("the authorization server's endpoints are not known")
        return self._found

    def _discover(self) -> Steps[None]:
        if self._found is not None:
            return
        config = self._config
        what = "the authorization server's metadata"
        reply = yield from fetch(config, Fetch(url=metadata_url(config.issuer), what=what))
        document = read_document(reply, what)
        if document.get("issuer") != config.issuer:
            raise ConfigurationError(
                f"{what} names the issuer {document.get('issuer')!r}, the client is configured for {config.issuer!r}"
            )
        found = {"token_endpoint": config.token_endpoint, "jwks_uri": config.jwks_uri}
        for name, given in found.items():
            value = given or document.get(name)
            if not isinstance(value, str):
                raise ConfigurationError(f"{what} has no {name}")
            found[name] = config.check_url(value, name)
        self._found = Endpoints(str(found["token_endpoint"]), str(found["jwks_uri"]))


def metadata_url(issuer: str) -> str:
    """Return the address of an issuer's metadata: the well-known part stands between host and path (section 3.1)."""
    parts = urlsplit(issuer)
    return f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{parts.path.rstrip('/')}"
