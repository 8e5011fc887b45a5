"""Who asks: the authenticated client and the tenant whose rows it may reach."""

import msgspec


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticated API client.

    ``merchant_id`` is the tenant: stores are built with it and reach no other merchant's rows.
    """

    client_id: str
    merchant_id: str
    profile: str
    scopes: frozenset[str]
    api_version: str
    livemode: bool
    on_behalf_of: str | None = None

    def may(self, scope: str) -> bool:
        """Tell whether the caller's token carries ``scope``."""
        return scope in self.scopes
