"""The merchants' servers in a simulation: they are slow, they fail, and they remember what reached them."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from random import Random
from typing import NamedTuple

from tongbao_platform.delivery.sender import SendResult


class Received(NamedTuple):
    """One webhook as it arrived."""

    event_id: str
    body: bytes


class Receivers:
    """Answers webhooks by URL; while ``steady`` is false some attempts fail, before or after they were taken in."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.steady = True
        self.received: dict[str, list[Received]] = defaultdict(list)

    async def receive(self, url: str, headers: Mapping[str, str], body: bytes, deadline_seconds: float) -> SendResult:
        """Take a webhook in, or not."""
        del deadline_seconds
        spent = self._random.random() * 0.05
        await asyncio.sleep(spent)
        luck = 1.0 if self.steady else self._random.random()
        if luck < 0.05:
            return SendResult(status=None, failure="connect", duration_ms=int(spent * 1000))
        self.received[url].append(Received(headers["webhook-id"], body))
        if luck < 0.1:
            return SendResult(status=None, failure="deadline", duration_ms=int(spent * 1000))
        if luck < 0.15:
            return SendResult(status=500, duration_ms=int(spent * 1000))
        return SendResult(status=200, duration_ms=int(spent * 1000))
