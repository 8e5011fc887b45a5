"""Webhook delivery as background jobs: the relay fans events out, the dispatcher sends what is due."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from tongbao_platform.api.v1.snapshots import render_snapshot
from tongbao_platform.delivery.address_guard import AddressGuard
from tongbao_platform.delivery.dispatcher import Dispatcher, DispatcherLimits, DispatcherParts
from tongbao_platform.delivery.http_sender import SenderLimits, open_sender
from tongbao_platform.delivery.relay import MOST_EVENTS, Relay, RelayParts
from tongbao_platform.processes.foundation import Foundation
from tongbao_platform.processes.worker import Job
from tongbao_platform.settings import Settings

# A commit of this process nudges the jobs; these are for what other processes committed and for what falls due.
RELAY_EVERY_SECONDS: Final = 0.5
DISPATCH_EVERY_SECONDS: Final = 0.5
# Under load a round takes what came together meanwhile, instead of asking the database after each commit.
RELAY_REST_SECONDS: Final = 0.02
DISPATCH_REST_SECONDS: Final = 0.01
MOST_DISPATCHED: Final = DispatcherLimits().taken


def address_guard(settings: Settings) -> AddressGuard:
    """Return the guard of webhook addresses; loopback is for the sandbox only."""
    return AddressGuard(loopback_allowed=not settings.livemode, denied_networks=settings.webhook_denied_networks)


@asynccontextmanager
async def delivery_jobs(foundation: Foundation) -> AsyncIterator[list[Job]]:
    """Give the two jobs; leaving waits for what is being sent, then closes the sender."""
    relay = Relay(
        RelayParts(
            committer=foundation.committer,
            reader=foundation.reader,
            ids=foundation.ids,
            render_data=render_snapshot,
            livemode=foundation.settings.livemode,
        )
    )
    async with open_sender(address_guard(foundation.settings), SenderLimits()) as sender:
        dispatcher = Dispatcher(
            DispatcherParts(
                committer=foundation.committer,
                reader=foundation.reader,
                sender=sender,
                vault=foundation.vault,
                clock=foundation.clock,
                ids=foundation.ids,
            )
        )
        committed = asyncio.Event()
        foundation.committed.append(committed.set)
        relayed = dispatcher.wake

        async def relay_once() -> int:
            done = await relay.relay_once()
            if done:
                relayed.set()
            return done

        try:
            yield [
                Job(
                    name="relay",
                    every_seconds=RELAY_EVERY_SECONDS,
                    run=relay_once,
                    nudged=committed,
                    rest_seconds=RELAY_REST_SECONDS,
                    full=MOST_EVENTS,
                ),
                Job(
                    name="dispatch",
                    every_seconds=DISPATCH_EVERY_SECONDS,
                    run=dispatcher.start_due,
                    nudged=relayed,
                    rest_seconds=DISPATCH_REST_SECONDS,
                    full=MOST_DISPATCHED,
                ),
            ]
        finally:
            foundation.committed.remove(committed.set)
            await dispatcher.drain()
