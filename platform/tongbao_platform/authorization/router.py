"""The routes of the authorization server."""

from litestar import Router
from litestar.di import Provide

from tongbao_platform.authorization.jwks import jwks
from tongbao_platform.authorization.metadata import metadata
from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.authorization.token import token


def authorization_router(services: AuthorizationServices) -> Router:
    """Return the routes, with ``services`` given to every handler."""

    def give_services() -> AuthorizationServices:
        return services

    return Router(
        path="/",
        route_handlers=[metadata, jwks, token],
        dependencies={"services": Provide(give_services, sync_to_thread=False, use_cache=True)},
    )
