"""The life of a client: active until it is disabled, for good. Whoever returns gets a new client."""

from typing import Final, Literal

import msgspec

from tongbao_platform.identity.clients.model import Client, ClientStatus
from tongbao_platform.kernel.errors import Refusal

ClientAction = Literal["disable"]

TRANSITIONS: Final[dict[tuple[ClientStatus, ClientAction], ClientStatus]] = {
    ("active", "disable"): "disabled",
}


def advance(client: Client, action: ClientAction) -> Client | Refusal:
    """Return ``client`` after ``action`` with its revision raised, or the refusal ``client_invalid_state``."""
    status = TRANSITIONS.get((client.status, action))
    if status is None:
        return Refusal(
            code="client_invalid_state",
            detail=f"A client that is {client.status} cannot take the step: {action}.",
            current_status=client.status,
            allowed_actions=tuple(step for state, step in TRANSITIONS if state == client.status),
        )
    return msgspec.structs.replace(client, status=status, revision=client.revision + 1)
