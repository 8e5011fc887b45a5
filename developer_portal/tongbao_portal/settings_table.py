"""The table of environment settings on the operations page, from the server's own settings."""

from typing import Final

import msgspec

from tongbao_platform.identity.keyring import KEYRING_VARIABLE
from tongbao_platform.settings import PREFIX, Settings

_MEANINGS: Final = {
    "kind": "`sandbox` or `live`; must be the database's stamp",
    "database_url": "`sqlite:///path` or `postgresql://user@host/name`",
    "base_url": "the API's origin as clients spell it, no path; the audience of their signatures",
    "issuer": "the authorization server; by default the base URL",
    "checkout_url": "the origin of the hosted pages; by default the base URL",
    "portal_url": "this documentation; problem types point into it",
    "host": "the address to listen on",
    "port": "the port to listen on",
    "keyring_file": "file with the key-encryption keys, readable by the service alone",
    "redis_url": "shares rate limits between several processes",
    "rate_limit": "`false` lifts all rate limits; for load tests",
    "trusted_proxies": "networks whose `X-Forwarded-For` is believed, separated by commas",
    "webhook_denied_networks": "networks webhooks never go to, beside the built-in ones, separated by commas",
    "metrics_token": "a Bearer token that `/metrics` asks for",
    "chain_anchor_file": "a file that heads of the hash chain are appended to, best on another machine's storage",
    "max_in_flight": "requests a process works on at once, at most half of them reads; the rest is told 503 at once",
    "drain_seconds": "how long running requests may take after SIGTERM",
}


def settings_table() -> str:
    """Return the table as Markdown; ``KeyError`` names a setting that nobody explained here."""
    rows = [
        f"| `{PREFIX}{field.name.upper()}` | {_shown(field.default)} | {_MEANINGS[field.name]} |"
        for field in msgspec.structs.fields(Settings)
    ]
    rows.append(f"| `{KEYRING_VARIABLE}` | | the key-encryption keys themselves, instead of a file |")
    lines = ["| variable | default | meaning |", "| --- | --- | --- |", *rows]
    return "\n".join(lines) + "\n"


def _shown(default: object) -> str:
    if default in (None, "", ()):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
