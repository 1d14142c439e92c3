"""Korean unless a person chose otherwise, and what every page shows."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

if TYPE_CHECKING:
    from django.http import HttpRequest


def chosen_language(request: HttpRequest) -> str:
    """The language of the person's own choice (a cookie); the browser's wish does not count."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


class KoreanFirstMiddleware(LocaleMiddleware):
    """Django's own, but for the choice of the language."""

    def process_request(self, request: HttpRequest) -> None:
        """Speaks the chosen language for this request."""
        translation.activate(chosen_language(request))
        request.LANGUAGE_CODE = translation.get_language()


def bridge_name(_request: HttpRequest) -> dict[str, Any]:
    """The district's own name for its bridge."""
    return {"bridge_name": settings.DEPLOYMENT.name}
