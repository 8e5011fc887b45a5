"""Finished pages on a loopback port, with the headers a visitor would get."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from tongbao_platform.web.language import choose_language
from tongbao_platform.web.page import respond
from tongbao_platform.web.static_files import STATIC_PREFIX, find_static
from tongbao_platform.web.views import View


class PageServer(ThreadingHTTPServer):
    """Serves each view at ``/{name}``; notes the headers of each form that is sent (``posts``)."""

    daemon_threads = True

    def __init__(self, views: Mapping[str, View]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.views = views
        self.posts: list[tuple[str, dict[str, str], dict[str, list[str]]]] = []

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: PageServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith(STATIC_PREFIX):
            file = find_static(parts.path.removeprefix(STATIC_PREFIX))
            self._send(200 if file else 404, list(file.headers) if file else [], file.body if file else b"")
            return
        view = self.server.views.get(parts.path.removeprefix("/"))
        if view is None:
            self._send(404, [], b"")
            return
        query = parse_qs(parts.query).get("lang", [])
        language = choose_language(
            query=query[0] if len(query) == 1 else None, accept_language=self.headers["Accept-Language"]
        )
        page = respond(view, language)
        self._send(200, page.headers, page.body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.posts.append((self.path, headers, parse_qs(body, keep_blank_values=True)))
        self._send(200, [("Content-Type", "text/plain")], b"received")

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: a test's output is its result."""


@contextmanager
def served(views: Mapping[str, View]) -> Iterator[PageServer]:
    """Serve ``views`` until the block ends."""
    server = PageServer(views)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
