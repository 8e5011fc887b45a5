"""Typed settings from environment variables ``TONGBAO_*``, read once by ``processes/``.

An unknown ``TONGBAO_`` variable is refused: a misspelled limit must not silently mean "no limit".
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec

from tongbao_platform.http.admission import DEFAULT_IN_FLIGHT
from tongbao_platform.storage.stamp import Kind

PREFIX: Final = "TONGBAO_"


class SettingsRefused(Exception):
    """A setting is missing or makes no sense; the message names its variable."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a process is told from outside. Times and sizes carry their unit in the name.

    ``kind`` must be the stamp of the database. ``base_url`` is the API's origin as clients spell it (scheme, host and
    port, no path): it is the audience of request signatures. ``issuer`` names the authorization server,
    ``checkout_url`` the origin of the hosted pages, ``portal_url`` the documentation that problem types point into.
    """

    kind: Kind = "sandbox"
    database_url: str = "sqlite:///var/tongbao.db"
    base_url: str = "http://127.0.0.1:8080"
    issuer: str = ""
    checkout_url: str = ""
    portal_url: str = "https://docs.tongbao.example"
    host: str = "127.0.0.1"
    port: int = 8080
    keyring_file: Path | None = None
    redis_url: str | None = None
    rate_limit: bool = True
    trusted_proxies: tuple[str, ...] = ()
    webhook_denied_networks: tuple[str, ...] = ()
    metrics_token: str | None = None
    chain_anchor_file: Path | None = None
    max_in_flight: Annotated[int, msgspec.Meta(ge=2)] = DEFAULT_IN_FLIGHT
    drain_seconds: int = 25

    @property
    def livemode(self) -> bool:
        """Whether money is real."""
        return self.kind == "live"


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings; ``SettingsRefused`` names the variable that is wrong."""
    known = {field.name for field in msgspec.structs.fields(Settings)}
    given: dict[str, object] = {}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX) or variable == "TONGBAO_KEYRING":
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in known:
            raise SettingsRefused(f"{variable} is no setting; see the operations guide")
        given[name] = _parts(text) if name in {"trusted_proxies", "webhook_denied_networks"} else text
    try:
        settings = msgspec.convert(given, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise SettingsRefused(f"a {PREFIX} variable is wrong: {error}") from error
    return _complete(settings)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _path(wanted: type, value: object) -> Path:
    if wanted is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(f"no such setting type: {wanted}")


def _complete(settings: Settings) -> Settings:
    """Fill what follows from the rest, and refuse what would be unsafe with real money."""
    if settings.base_url.endswith("/") or settings.base_url.count("/") != len("//"):
        raise SettingsRefused("TONGBAO_BASE_URL is scheme, host and port only, without a path or a final slash")
    if settings.livemode and not settings.base_url.startswith("https://"):
        raise SettingsRefused("TONGBAO_BASE_URL must be https in live")
    return msgspec.structs.replace(
        settings,
        issuer=settings.issuer or settings.base_url,
        checkout_url=settings.checkout_url or settings.base_url,
    )
