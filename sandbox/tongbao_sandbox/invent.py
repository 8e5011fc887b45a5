"""Invents what a new sandbox holds: ids from the id source, every key, password and PIN from real chance."""

import secrets
from typing import Any, Final

import msgspec

from tongbao_platform.identity.clients.model import client_id_from
from tongbao_platform.identity.jose.keys import generate_signing_key
from tongbao_platform.identity.scopes import SUPPORTED_SCOPES
from tongbao_platform.kernel.ids import IdSource
from tongbao_sandbox.personas import ALGORITHMS, CUSTOMERS, MERCHANTS, RETURN_ORIGINS, CustomerPersona
from tongbao_sandbox.state import CustomerState, MerchantState, SandboxState

# Easy to type on a phone: no capitals, and nothing that looks like something else.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def invent_state(ids: IdSource, return_origins: tuple[str, ...]) -> SandboxState:
    """Return everything but the addresses; the database learns it afterwards (``fill``)."""
    origins = list(dict.fromkeys((*RETURN_ORIGINS, *return_origins)))
    return SandboxState(
        base_url="",
        issuer="",
        token_endpoint="",
        jwks_uri="",
        merchants=[_merchant(ids, origins) for _ in MERCHANTS],
        customers=[_customer(ids, persona) for persona in CUSTOMERS],
    )


def _merchant(ids: IdSource, return_origins: list[str]) -> MerchantState:
    return MerchantState(
        client_id=client_id_from(ids.new("app"), livemode=False),
        merchant_id=ids.new("mch"),
        account_id=ids.new("acc"),
        private_jwks=[_private_jwk(algorithm) for algorithm in ALGORITHMS],
        scope=" ".join(SUPPORTED_SCOPES),
        return_origins=return_origins,
    )


def _private_jwk(algorithm: str) -> dict[str, Any]:
    return msgspec.json.decode(generate_signing_key(algorithm).private_jwk, type=dict[str, Any])


def _customer(ids: IdSource, persona: CustomerPersona) -> CustomerState:
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
    return CustomerState(
        login=persona.login,
        password="-".join(groups),
        pin=f"{secrets.randbelow(1_000_000):06}",
        account_ids=[ids.new("acc") for _ in persona.funds_minor],
    )
