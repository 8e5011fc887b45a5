"""What handlers may use: one frozen object, filled by wiring, and nothing else."""

import msgspec


class ApiServices(msgspec.Struct, frozen=True, kw_only=True):
    """The services of the API's handlers."""


def no_services() -> ApiServices:
    """Return services for building the document, where nothing is ever called."""
    return ApiServices()
