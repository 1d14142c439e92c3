"""Style sheets and scripts, served from the packages themselves by whitenoise, before Django is asked."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from whitenoise import WhiteNoise  # type: ignore[import-untyped]  # it ships no types

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from district_bridge.api.http import Scope, Send


class StaticFiles:
    """Knows every static file when it is made; nothing has to be collected at an upgrade."""

    def __init__(self) -> None:
        self._files = WhiteNoise(None, max_age=settings.WHITENOISE_MAX_AGE, allow_all_origins=False)
        for finder in get_finders():
            for path, storage in finder.list([]):
                url = f"{settings.STATIC_URL}{path}"
                self._files.add_file_to_dictionary(url, str(Path(storage.path(path))))

    async def answer(self, scope: Scope, send: Send) -> bool:
        """Answers when the address is a static file's; else it is somebody else's."""
        file = self._files.files.get(scope["path"])
        if file is None:
            return False
        response = file.get_response(scope["method"], _wsgi_headers(scope))
        headers = [(name.lower().encode(), value.encode()) for name, value in response.headers]
        headers.append((b"x-content-type-options", b"nosniff"))
        await send({"type": "http.response.start", "status": int(response.status), "headers": headers})
        body = b""
        if response.file is not None:
            with response.file as handle:
                body = handle.read()
        await send({"type": "http.response.body", "body": body})
        return True


def _wsgi_headers(scope: Scope) -> MutableMapping[str, Any]:
    """The request's headers under the names whitenoise looks for."""
    return {
        f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}": value.decode("latin-1")
        for name, value in scope["headers"]
    }
