"""Where outgoing messages arrive: a small HTTP server that remembers which ones it was sent."""

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """``POST /<id>`` is counted; ``seen`` tells how often each id came."""

    def __init__(self) -> None:
        self.seen: dict[int, int] = {}
        lock = threading.Lock()
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                with lock:
                    number = int(self.path[1:])
                    seen[number] = seen.get(number, 0) + 1
                self.send_response(HTTPStatus.OK)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where to send."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Closes it."""
        self._server.shutdown()
        self._server.server_close()
