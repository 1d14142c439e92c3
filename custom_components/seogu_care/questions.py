"""The robot's question where no robot is, or is not heard: on the resident's phone, and on screens.

An answer there is worth the same as one that was spoken. Where the family has named the resident's phone or
tablet (the Home Assistant app), it gets a notification with two buttons; every screen of the home shows the
question until it is answered.
"""

import logging
import uuid
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components import persistent_notification
from homeassistant.components.notify.const import DOMAIN as NOTIFY
from homeassistant.core import Event, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from . import issues
from .care.signs import Answer
from .const import CONF_ASK_ON, DOMAIN
from .storage import NotStoredError

if TYPE_CHECKING:
    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from .care.incident import Incident
    from .home import Home

_LOGGER = logging.getLogger(__name__)
EVENT_ACTION: Final = "mobile_app_notification_action"
INTENTS: Final = ("okay", "help")
PANEL_PATH: Final = "/seogu-care"

WORDS: Final = {
    "ko": {
        "title": "괜찮으세요?",
        "message": "괜찮으시면 눌러 주세요. 답이 없으면 사람을 부릅니다.",
        "screen": "괜찮으시면 [여기에서 답해 주세요]({path}). 답이 없으면 사람을 부릅니다.",
        "okay": "네, 괜찮아요",
        "help": "도와주세요",
    },
    "en": {
        "title": "Are you all right?",
        "message": "Please tap if you are. Without an answer somebody will be called.",
        "screen": "If you are, please [answer here]({path}). Without an answer somebody will be called.",
        "okay": "Yes, I am fine",
        "help": "Please help",
    },
}


class Questions:
    """Puts each open question where the resident can see it, and takes it back when it is over."""

    def __init__(self, hass: HomeAssistant, home: Home) -> None:
        self._hass = hass
        self._home = home
        self._asked: dict[str, int] = {}  # incident: how often it was put
        self._ends: list[CALLBACK_TYPE] = []

    @property
    def open(self) -> list[Incident]:
        """The questions that wait for an answer."""
        return [each for each in self._home.household.open if each.is_unanswered_question]

    @callback
    def start(self) -> None:
        """Begins with what is open."""
        self._ends += [
            self._home.listen(self._on_change),
            self._hass.bus.async_listen(EVENT_ACTION, self._on_action),
        ]
        self._on_change()

    @callback
    def stop(self) -> None:
        """No more; a question that is open stays on the screens."""
        for end in self._ends:
            end()
        self._ends.clear()

    async def answer(self, intent: str, incident: str | None = None) -> int:
        """Answers one question or all that are open; how many there were. Raises NotStoredError."""
        waiting = [each.id for each in self.open if incident in {None, each.id}]
        for each in waiting:
            await self._home.take(
                Answer(id=str(uuid.uuid7()), at=dt_util.utcnow(), incident=each, intent=intent)
            )
        return len(waiting)

    @callback
    def _on_change(self) -> None:
        waiting = {each.id: each.asked for each in self.open}
        for incident in [each for each in self._asked if each not in waiting]:
            del self._asked[incident]
            self._take_back(incident)
        for incident, times in waiting.items():
            if self._asked.get(incident) != times:
                self._asked[incident] = times
                self._put(incident)

    @callback
    def _put(self, incident: str) -> None:
        words = self._words
        text = words["screen"].format(path=PANEL_PATH)
        title = f"{self._home.entry.title}: {words['title']}"
        persistent_notification.async_create(self._hass, text, title, _tag(incident))
        actions = [{"action": _action(intent, incident), "title": words[intent]} for intent in INTENTS]
        data = {"tag": _tag(incident), "actions": actions, "ttl": 0, "priority": "high"}
        self._send({"title": words["title"], "message": words["message"], "data": data})

    @callback
    def _take_back(self, incident: str) -> None:
        persistent_notification.async_dismiss(self._hass, _tag(incident))
        self._send({"message": "clear_notification", "data": {"tag": _tag(incident)}}, needs_data=True)

    @callback
    def _send(self, call: dict[str, Any], *, needs_data: bool = False) -> None:
        target = self._home.entry.options.get(CONF_ASK_ON)
        if target:
            self._home.entry.async_create_background_task(
                self._hass, self._notify(str(target), call, needs_data=needs_data), "seogu_care question"
            )

    async def _notify(self, target: str, call: dict[str, Any], *, needs_data: bool) -> None:
        name = target.removeprefix(f"{NOTIFY}.")
        try:
            if self._hass.services.has_service(NOTIFY, name):
                await self._hass.services.async_call(NOTIFY, name, call, blocking=True)
            elif not needs_data:  # a notify entity takes words only; the answer comes from a screen
                words = {key: call[key] for key in ("title", "message")}
                await self._hass.services.async_call(
                    NOTIFY, "send_message", words | {"entity_id": f"{NOTIFY}.{name}"}, blocking=True
                )
        except (HomeAssistantError, ValueError) as err:
            _LOGGER.warning("the question could not be sent to %s: %s", target, err)
            issues.tell(self._hass, self._home.entry, "question_not_sent", error=True, reason=str(err))
        else:
            issues.clear(self._hass, self._home.entry, "question_not_sent")

    @callback
    def _on_action(self, event: Event[Any]) -> None:
        for incident in [each.id for each in self._home.household.incidents.values()]:
            for intent in INTENTS:
                if event.data.get("action") == _action(intent, incident):
                    self._home.entry.async_create_background_task(
                        self._hass, self._tapped(incident, intent), "seogu_care answer"
                    )

    async def _tapped(self, incident: str, intent: str) -> None:
        """A plea that comes late is a plea all the same."""
        sign = Answer(id=str(uuid.uuid7()), at=dt_util.utcnow(), incident=incident, intent=intent)
        try:
            await self._home.take(sign)
        except NotStoredError as err:
            _LOGGER.warning("an answer was taken in and could not be stored: %s", err)

    @property
    def _words(self) -> dict[str, str]:
        return WORDS["ko" if self._hass.config.language.startswith("ko") else "en"]


def _tag(incident: str) -> str:
    return f"{DOMAIN}_{incident}"


def _action(intent: str, incident: str) -> str:
    return f"{DOMAIN}_{intent}_{incident}".upper()
