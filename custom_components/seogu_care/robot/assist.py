"""What the resident asks of the home goes to Home Assistant's conversation agent, and its answer is said."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

_LOGGER = logging.getLogger(__name__)

NOT_HERE = {
    "ko": "지금은 집 안 장치에 부탁할 수 없어요.",
    "en": "I can't ask the home's devices at the moment.",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the agent says; ``goes_on``: it wants an answer."""

    speech: str
    conversation: str | None = None
    goes_on: bool = False


async def converse(  # noqa: PLR0913 - what Home Assistant wants to know
    hass: HomeAssistant,
    text: str,
    language: str,
    *,
    conversation: str | None = None,
    agent: str | None = None,
    device: str | None = None,
    satellite: str | None = None,
    prompt: str | None = None,
    context: Context | None = None,
) -> Reply:
    """The agent's reply, or words that can be said where there is none; an agent that fails is no error."""
    sorry = Reply(NOT_HERE["ko" if language.startswith("ko") else "en"])
    if "conversation" not in hass.config.components:
        return sorry
    from homeassistant.components.conversation import async_converse  # noqa: PLC0415 - heavy, and may be absent

    try:
        result = await async_converse(
            hass,
            text,
            conversation,
            context or Context(),
            language=language,
            agent_id=agent,
            device_id=device,
            satellite_id=satellite,
            extra_system_prompt=prompt,
        )
    except (HomeAssistantError, ValueError) as err:
        _LOGGER.warning("the conversation agent does not answer: %s", err)
        return sorry
    speech = result.response.speech.get("plain", {}).get("speech", "")
    return Reply(str(speech), result.conversation_id, result.continue_conversation)
