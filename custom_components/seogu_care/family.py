"""News for the family that the home itself must bring: above all that the bridge can't be reached."""

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from homeassistant.components.notify.const import DOMAIN as NOTIFY
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er

from . import issues
from .care.effects import FamilyNews
from .care.incident import Kind
from .care.words import KINDS
from .const import CONF_NOTIFY
from .courier import RETRY_FIRST_S, RETRY_MOST_S, Courier
from .storage import NotStoredError

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import HomeAssistant

    from .home import Home
    from .ledger import Ledger, Notice

_LOGGER = logging.getLogger(__name__)

TEXTS = {
    "ko": {
        FamilyNews.UNREACHABLE: (
            "응급 상황입니다. 구청 돌봄센터에 연결되지 않습니다. 지금 확인해 주세요. {summary}"
        ),
        FamilyNews.THROUGH: "알림이 이제 구청 돌봄센터에 전달되었습니다. {summary}",
        FamilyNews.NO_BRIDGE: "응급 상황입니다. 지금 확인해 주세요. {summary}",
    },
    "en": {
        FamilyNews.UNREACHABLE: "Emergency. The district can't be reached: please look now. {summary}",
        FamilyNews.THROUGH: "The alert has now reached the district. {summary}",
        FamilyNews.NO_BRIDGE: "Emergency: please look now. {summary}",
    },
}


class Family(Courier):
    """Hands stored news to the family's notify action, again and again until it takes them."""

    def __init__(self, hass: HomeAssistant, home: Home) -> None:
        """The action is an option of the household."""
        super().__init__(hass, home, "family")

    def _is_needed(self) -> bool:
        return bool(self._home.ledger.notices)

    async def _for_ever(self) -> None:
        wait = RETRY_FIRST_S
        while True:
            self._wake.clear()
            if not self._home.ledger.notices:
                await self._wake.wait()
                continue
            try:
                await self._tell(self._home.ledger.notices[0])
            except NotStoredError as err:
                _LOGGER.warning("the family was told, but this could not be crossed off: %s", err)
            except (HomeAssistantError, ValueError) as err:
                _LOGGER.warning("the family could not be told, trying again: %s", err)
                issues.tell(self._hass, self._home.entry, "family_not_told", error=True, reason=str(err))
                await asyncio.sleep(wait)
                wait = min(wait * 2, RETRY_MOST_S)
            else:
                wait = RETRY_FIRST_S

    async def _tell(self, notice: Notice) -> None:
        target = self._home.entry.options.get(CONF_NOTIFY)
        if target:
            await self.call(str(target), self._words(notice))
            issues.clear(self._hass, self._home.entry, "family_not_told", "nobody_to_tell")
        else:
            _LOGGER.warning("an emergency waits for the bridge and no family is set up to be told")
            issues.tell(self._hass, self._home.entry, "nobody_to_tell", error=True)

        def told(ledger: Ledger, _: datetime) -> Ledger:
            return replace(ledger, notices=tuple(n for n in ledger.notices if n.id != notice.id))

        await self._home.commit(told)

    async def call(self, target: str, words: dict[str, Any]) -> None:
        """A notify entity or a notify action of its own, whichever carries the name."""
        name = target.removeprefix(f"{NOTIFY}.")
        if self._hass.services.has_service(NOTIFY, name):
            await self._hass.services.async_call(NOTIFY, name, words, blocking=True)
            return
        entity = f"{NOTIFY}.{name}"
        if er.async_get(self._hass).async_get(entity) is None and self._hass.states.get(entity) is None:
            raise HomeAssistantError(f"there is no notify action or entity named {entity}")
        await self._hass.services.async_call(
            NOTIFY, "send_message", words | {"entity_id": entity}, blocking=True
        )

    def _words(self, notice: Notice) -> dict[str, Any]:
        language = "ko" if self._hass.config.language.startswith("ko") else "en"
        kind = KINDS[Kind(notice.kind)]
        title = f"{self._home.entry.title}: {kind.ko if language == 'ko' else kind.en}"
        text = TEXTS[language][notice.news].format(summary=notice.summary[language])
        return {"title": title, "message": text}
