"""Hands the resident's letters on: to automations, to the family, to Home Assistant's conversation agent."""

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from . import issues
from .const import CONF_NOTIFY, EVENT_TALK
from .courier import RETRY_FIRST_S, RETRY_MOST_S, Courier
from .robot.assist import converse
from .storage import NotStoredError

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from .family import Family
    from .home import Home
    from .robot.letters import Letter
    from .robot.links import RobotLinks

_LOGGER = logging.getLogger(__name__)
ASSIST_HOLDS = timedelta(seconds=60)
"""A light that was asked for longer ago is not switched any more."""

FAMILY = {
    "ko": {
        "reply": "{to} 님께 답하셨습니다: {text}",
        "read": "{to} 님의 소식을 들으셨습니다.",
        "unanswered": "{to} 님의 소식을 읽어 드렸지만 대답이 없었습니다.",
        "call_family": "가족과 통화하고 싶어 하십니다. 전화해 주세요.",
        "call_back": "사람과 이야기하고 싶어 하십니다. 전화해 주세요.",
        "unwell": "몸이 좋지 않다고 하셨습니다. 안부를 여쭈어 주세요.",
        "medicine": "{name} 드셨는지 대답이 없습니다. 확인해 주세요.",
    },
    "en": {
        "reply": "An answer for {to}: {text}",
        "read": "The message from {to} was heard.",
        "unanswered": "The message from {to} was read out, but not answered.",
        "call_family": "A call from the family is wanted. Please telephone.",
        "call_back": "A talk with a person is wanted. Please telephone.",
        "unwell": "Says that they are not well. Please ask after them.",
        "medicine": "There was no answer about {name}. Please look into it.",
    },
}


class Letterbox(Courier):
    """Every stored letter becomes an event once; what is for the family is tried until they have it."""

    def __init__(self, hass: HomeAssistant, home: Home, robots: RobotLinks, family: Family) -> None:
        """Letters come through the ledger."""
        super().__init__(hass, home, "letters")
        self._robots = robots
        self._family = family
        self._shown: set[str] = set()
        self._listeners: set[Callable[[Letter], None]] = set()

    @callback
    def listen(self, listener: Callable[[Letter], None]) -> CALLBACK_TYPE:
        """Calls `listener` for every letter."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    def _is_needed(self) -> bool:
        return any(letter.id not in self._shown for letter in self._home.ledger.letters)

    async def _for_ever(self) -> None:
        wait = RETRY_FIRST_S
        while True:
            self._wake.clear()
            failed = [letter for letter in self._home.ledger.letters if not await self._hand_on(letter)]
            try:
                async with asyncio.timeout(wait if failed else None):
                    await self._wake.wait()
            except TimeoutError:
                wait = min(wait * 2, RETRY_MOST_S)
            else:
                wait = RETRY_FIRST_S

    async def _hand_on(self, letter: Letter) -> bool:
        self._show(letter)
        try:
            if letter.kind == "assist":
                await self._assist(letter)
            else:
                await self._tell_family(letter)
            await self._home.commit(lambda ledger, _: ledger.without_letter(letter.id))
        except (HomeAssistantError, ValueError) as err:
            _LOGGER.warning("a letter of the kind %s could not be handed on yet: %s", letter.kind, err)
            if not isinstance(err, NotStoredError):
                issues.tell(self._hass, self._home.entry, "family_not_told", error=True, reason=str(err))
            return False
        self._shown.discard(letter.id)
        return True

    @callback
    def _show(self, letter: Letter) -> None:
        """Automations hear of a letter once, unless Home Assistant stopped before it was handed on."""
        if letter.id in self._shown:
            return
        self._shown.add(letter.id)
        entry = self._home.entry
        data = {"entry_id": entry.entry_id, "household": entry.title, "robot": letter.robot}
        self._hass.bus.async_fire(EVENT_TALK, {**letter.data, **data, "kind": letter.kind})
        for listener in list(self._listeners):
            listener(letter)

    async def _tell_family(self, letter: Letter) -> None:
        target = self._home.entry.options.get(CONF_NOTIFY)
        words = self._words(letter)
        if target and words is not None:
            await self._family.call(str(target), {"title": self._home.entry.title, "message": words})
            issues.clear(self._hass, self._home.entry, "family_not_told")

    def _words(self, letter: Letter) -> str | None:
        """For the family, where it is theirs to know."""
        if letter.kind == "medicine" and letter.data.get("state") != "missed":
            return None
        text = FAMILY[self._language].get(letter.kind)
        return None if text is None else text.format_map(_Known(letter.data))

    @property
    def _language(self) -> str:
        return "ko" if self._hass.config.language.startswith("ko") else "en"

    async def _assist(self, letter: Letter) -> None:
        """A failed answer is not tried again: the moment is over."""
        link = self._robots.links.get(letter.robot)
        words = letter.data.get("text")
        if link is None or not words or dt_util.utcnow() - letter.at > ASSIST_HOLDS:
            return
        answer: Any = link.assist or self._answer(letter.robot)
        self._home.entry.async_create_background_task(self._hass, answer(words), "seogu_care assist")

    def _answer(self, robot: str) -> Callable[[str], Any]:
        """Without Assist's pipelines: Home Assistant's own agent, one question at a time."""

        async def answer(words: str) -> None:
            link = self._robots.links[robot]
            language = link.hello.language if link.hello is not None else self._hass.config.language
            reply = await converse(self._hass, words, language)
            try:
                await link.voice.say(reply.speech)
            except HomeAssistantError as err:
                _LOGGER.warning("the agent's answer could not be said: %s", err)

        return answer


class _Known(dict[str, str]):
    """Fields that a letter lacks are left empty."""

    def __missing__(self, key: str) -> str:
        return ""
