"""The robot as an Assist satellite. It has its own ears and voice: text goes to it, and text comes back."""

from typing import TYPE_CHECKING, Any

from hassil.parse_expression import parse_sentence
from hassil.parser import ParseError
from hassil.sample import sample_sentence
from homeassistant.components.assist_pipeline import PipelineEvent, PipelineEventType
from homeassistant.components.assist_pipeline.pipeline import async_get_pipeline
from homeassistant.components.assist_satellite import (
    AssistSatelliteAnnouncement,
    AssistSatelliteAnswer,
    AssistSatelliteConfiguration,
    AssistSatelliteEntity,
    AssistSatelliteEntityDescription,
    AssistSatelliteEntityFeature,
    AssistSatelliteWakeWord,
    SatelliteBusyError,
)
from homeassistant.components.assist_satellite.const import PREANNOUNCE_URL
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN
from .entity import RobotEntity
from .robot.assist import Reply, converse
from .robot.letters import MOST_SENTENCES
from .robot.voice import RobotBusyError

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .robot.voice import Heard
    from .runtime import SeoguCareConfigEntry

PARALLEL_UPDATES = 0
SATELLITE = AssistSatelliteEntityDescription(key="satellite", translation_key="satellite")
WAKE_WORDS = {
    "ko": (("seogu", "서구야"), ("dolbom", "돌봄아"), ("robot", "로봇아")),
    "en": (("hey_robot", "hey robot"), ("hello_robot", "hello robot")),
}
MOST_TURNS = 8
"""An agent that asks on and on lets the resident go after so many answers."""


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    entry: SeoguCareConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Adds one for each robot."""
    async_add_entities(
        RobotSatellite(entry, link, SATELLITE) for link in entry.runtime_data.robots.links.values()
    )


class RobotSatellite(RobotEntity, AssistSatelliteEntity):
    """Announces, asks, and takes what the resident wants of the home to the conversation agent."""

    entity_description: AssistSatelliteEntityDescription
    _attr_supported_features = (
        AssistSatelliteEntityFeature.ANNOUNCE | AssistSatelliteEntityFeature.START_CONVERSATION
    )
    _answers: dict[str, list[str]] | None = None

    async def async_added_to_hass(self) -> None:
        """From now on the resident's commands come here."""
        await super().async_added_to_hass()
        self.link.assist = self.assist

    async def async_will_remove_from_hass(self) -> None:
        """And no longer."""
        self.link.assist = None
        await super().async_will_remove_from_hass()

    @property
    def available(self) -> bool:
        """Nothing can be said to a robot that is away."""
        return self.link.online

    def async_get_configuration(self) -> AssistSatelliteConfiguration:
        """The robot's names; they stand in its lexicon and can't be chosen here."""
        names = [
            AssistSatelliteWakeWord(key, name, [language])
            for key, name in WAKE_WORDS.get(self._language, ())
            for language in (self._language,)
        ]
        return AssistSatelliteConfiguration(names, [each.id for each in names], len(names))

    async def async_set_configuration(self, config: AssistSatelliteConfiguration) -> None:
        """The names are always on: a resident must be heard by any of them."""
        if set(config.active_wake_words) != set(self.async_get_configuration().active_wake_words):
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="names_are_fixed")

    def on_pipeline_event(self, event: PipelineEvent) -> None:
        """Only the state follows; the robot does the rest itself."""

    async def async_announce(self, announcement: AssistSatelliteAnnouncement) -> None:
        """Returns when it was said; the robot's queue keeps it from cutting into anything urgent."""
        try:
            await self.link.voice.say(announcement.message)
        except RobotBusyError as err:
            raise SatelliteBusyError(str(err)) from err

    async def async_internal_ask_question(
        self,
        question: str | None = None,
        question_media_id: str | None = None,
        preannounce: bool = True,  # noqa: FBT001, FBT002 - Home Assistant's signature
        preannounce_media_id: str = PREANNOUNCE_URL,
        answers: list[dict[str, Any]] | None = None,
    ) -> AssistSatelliteAnswer | None:
        """As the base does, with the possible answers told to the robot, which knows what sounds alike."""
        self._answers = {str(each["id"]): _spoken(each["sentences"]) for each in answers or ()}
        try:
            return await super().async_internal_ask_question(
                question, question_media_id, preannounce, preannounce_media_id, answers
            )
        finally:
            self._answers = None

    async def async_start_conversation(self, start_announcement: AssistSatelliteAnnouncement) -> None:
        """Asks; the answer goes to whoever asked, or to the conversation agent."""
        asked = self._answers
        self._on(PipelineEventType.STT_START)
        heard = await self._ask(start_announcement.message, asked or {})
        if asked is not None:
            words = None if heard is None else heard.sentence or heard.text
            self._on(PipelineEventType.STT_END, {"stt_output": {"text": words}})
            self._on(PipelineEventType.RUN_END)
        elif heard is not None:
            await self.assist(heard.text)

    async def assist(self, words: str) -> None:
        """What the resident wants of the home, until the agent wants nothing more of them."""
        prompt, self._extra_system_prompt = self._extra_system_prompt, None
        try:
            for _ in range(MOST_TURNS):
                self._on(PipelineEventType.INTENT_START)
                reply = await self._reply(words, prompt)
                self._on(PipelineEventType.TTS_START)
                heard = await self._say(reply)
                if heard is None:
                    return
                words, prompt = heard.text, None
        finally:
            self.tts_response_finished()

    async def _reply(self, words: str, prompt: str | None) -> Reply:
        pipeline = async_get_pipeline(self.hass, self._resolve_pipeline())
        reply = await converse(
            self.hass,
            words,
            pipeline.conversation_language,
            conversation=self._conversation_id,
            agent=pipeline.conversation_engine,
            device=self.registry_entry.device_id if self.registry_entry else None,
            satellite=self.entity_id,
            prompt=prompt,
            context=self._context,
        )
        self._conversation_id = reply.conversation
        return reply

    async def _say(self, reply: Reply) -> Heard | None:
        if reply.goes_on:
            return await self._ask(reply.speech, {})
        if reply.speech:
            await self.link.voice.say(reply.speech)
        return None

    async def _ask(self, words: str, answers: dict[str, list[str]]) -> Heard | None:
        try:
            return await self.link.voice.ask(words, answers)
        except RobotBusyError as err:
            raise SatelliteBusyError(str(err)) from err

    async def _resolve_announcement_media_id(
        self, message: str, media_id: str | None, preannounce_media_id: str | None = None
    ) -> AssistSatelliteAnnouncement:
        """Nothing is synthesised here: the robot speaks itself, also where no text-to-speech is set up."""
        if media_id or not message:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="only_words")
        return AssistSatelliteAnnouncement(message, "", "", None, "tts", preannounce_media_id)

    @property
    def _language(self) -> str:
        return self.link.hello.language if self.link.hello is not None else "ko"

    def _on(self, kind: PipelineEventType, data: dict[str, Any] | None = None) -> None:
        """The state follows as it would with a pipeline of sound."""
        self._internal_on_pipeline_event(PipelineEvent(kind, data))


def _spoken(sentences: list[str]) -> list[str]:
    """What can be said, of Home Assistant's templates; those that take any words are left to its matching."""
    found: list[str] = []
    for sentence in sentences:
        if "{" in sentence or "<" in sentence:
            continue
        try:
            for sample in sample_sentence(parse_sentence(sentence)):
                found.append(sample.strip())
                if len(found) >= MOST_SENTENCES:
                    return found
        except ParseError, HomeAssistantError, ValueError:
            continue
    return found
