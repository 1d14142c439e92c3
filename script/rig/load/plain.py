"""What the intake is measured against: a plain Django view that commits one row a POST, and checks nothing.

``python -m rig.load.plain DATABASE_URL asgi|wsgi``. ``asgi`` is Django as it comes (a connection a request);
``wsgi`` gives it threads that keep their connections, which is the best such a view can be had.
"""

import asyncio
import socket
import sys
from typing import Any

import django
import uvicorn
import uvloop
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from district_bridge.deployment import database_settings


def ping(request: HttpRequest) -> HttpResponse:
    """One row, committed, then the answer."""
    model().objects.create(body=request.body.decode())
    return HttpResponse("OK", headers={"Content-Length": "2"})


def model() -> Any:
    """The one table."""
    return _Kept.model


class _Kept:
    model: Any = None


def _set_up(address: str, interface: str) -> Any:
    database = database_settings(address) | ({"CONN_MAX_AGE": None} if interface == "wsgi" else {})
    settings.configure(
        DATABASES={"default": database}, ALLOWED_HOSTS=["*"], ROOT_URLCONF="rig.load.plain_urls", USE_TZ=True
    )
    django.setup()
    from django.core.handlers.asgi import ASGIHandler  # noqa: PLC0415 - needs the settings
    from django.core.handlers.wsgi import WSGIHandler  # noqa: PLC0415
    from django.db import connection, models  # noqa: PLC0415

    class Ping(models.Model):
        at = models.DateTimeField(auto_now_add=True)
        body = models.TextField()

        class Meta:
            app_label = "plain"

        def __str__(self) -> str:
            return str(self.at)

    _Kept.model = Ping
    if "plain_ping" not in connection.introspection.table_names():
        with connection.schema_editor() as editor:
            editor.create_model(Ping)
    return WSGIHandler() if interface == "wsgi" else ASGIHandler()


def main() -> int:
    """Serves until it is killed."""
    address, interface = sys.argv[1:3]
    application = _set_up(address, interface)
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    kind: Any = "wsgi" if interface == "wsgi" else "asgi3"
    config = uvicorn.Config(
        application,
        interface=kind,
        access_log=False,
        lifespan="off",
        ws="none",
        http="httptools",
        log_config=None,
    )
    print(f"plain: http://127.0.0.1:{listening.getsockname()[1]} ", flush=True)
    server = uvicorn.Server(config)
    asyncio.run(server.serve(sockets=[listening]), loop_factory=uvloop.new_event_loop)
    return 0


if __name__ == "__main__":
    # The view and the server must know the same module.
    sys.modules["rig.load.plain"] = sys.modules["__main__"]
    sys.exit(main())
