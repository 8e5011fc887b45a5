"""The merchant's code: the very file that the quickstart page shows, loaded from the source tree."""

import importlib.util
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from tongbao import Tongbao, WebhookEvent
from tongbao_sandbox.options import SandboxRefused

SAMPLE: Final = Path(__file__).parents[3] / "developer_portal" / "docs" / "samples" / "merchant.py"
WAIT_SECONDS: Final = 20.0

Headers = list[tuple[str, str]]


def load_merchant() -> ModuleType:
    """Return the sample as a module of its own; ``SandboxRefused`` outside the source tree."""
    spec = importlib.util.spec_from_file_location("tongbao_quickstart_merchant", SAMPLE)
    if spec is None or spec.loader is None or not SAMPLE.exists():
        raise SandboxRefused(f"the demo plays the quickstart's code and needs the source tree: {SAMPLE} is not there")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Mailbox:
    """The webhooks that the merchant's own code has verified, with their octets; ``told`` hears of each new one."""

    def __init__(self, told: Callable[[WebhookEvent], None]) -> None:
        self._told = told
        self._changed = threading.Condition()
        self._events: list[WebhookEvent] = []
        self.latest: tuple[bytes, Headers] = (b"", [])

    def watch(self, merchant: ModuleType) -> None:
        """Look over the shoulder of ``merchant.handle_webhook``."""
        handle = merchant.handle_webhook

        def handle_and_tell(client: Tongbao, shop: object, body: bytes, headers: Headers) -> WebhookEvent:
            event: WebhookEvent = handle(client, shop, body, headers)
            with self._changed:
                again = any(known.id == event.id for known in self._events)
                self._events.append(event)
                self.latest = (body, headers)
                self._changed.notify_all()
            if not again:
                self._told(event)
            return event

        vars(merchant)["handle_webhook"] = handle_and_tell

    def wait_for(self, kind: str, object_id: str) -> WebhookEvent | None:
        """Return the event of type ``kind`` about ``object_id``; ``None`` when it does not come in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._find(kind, object_id) is not None, WAIT_SECONDS)
            return self._find(kind, object_id)

    def _find(self, kind: str, object_id: str) -> WebhookEvent | None:
        for event in self._events:
            if event.type == kind and _subject(event) == object_id:
                return event
        return None


def _subject(event: WebhookEvent) -> object:
    data: Any = event.data
    return data.get("id") if isinstance(data, dict) else data.id


@contextmanager
def open_shop(merchant: ModuleType, client: Tongbao, port: int) -> Iterator[Any]:
    """Run the merchant's server on loopback while the block lasts; give what the shop remembers."""
    shop = merchant.Shop()
    server = merchant.make_server(client, shop, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="merchant")
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
