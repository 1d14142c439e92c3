"""The robot: one asyncio program that wires ears, mouth, wearable, home and bridge together."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from robot_runtime import care, identity, incident, sign, times
from robot_runtime.alone import AloneCore, Effects
from robot_runtime.errors import DialogueError, MessageError
from robot_runtime.link import announce, messages
from robot_runtime.link.bridge import PROOFS, BridgeClient
from robot_runtime.link.commands import Commands
from robot_runtime.link.home import HomeLink
from robot_runtime.link.messages import Command, Health, HomeAlive, Receipt, Self
from robot_runtime.radio import paired
from robot_runtime.radio.pairing import VoicePairing
from robot_runtime.radio.wearables import Wearables
from robot_runtime.reminders import Reminders
from robot_runtime.store import Store
from robot_runtime.voice import listener, offer, record, second, sound_in, speaker
from robot_runtime.voice.conversation import Conversation
from robot_runtime.voice.ears import Ears

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from robot_runtime.config import Config, WearableConfig
    from robot_runtime.events import EventLog
    from robot_runtime.link.tokens import DownlinkMessage
    from robot_runtime.sign import Sign
    from robot_runtime.voice.dialogue import Send

_LOGGER = logging.getLogger(__name__)

TICK_S = 0.5
CHECK_IN_LISTEN_S = 20.0
"""How long the robot waits for an answer when it asks by itself: as long as the home lets it wait."""
QUIET_POLL_S = 20.0
"""How often it is seen whether the quiet hours are over."""
PAIR = "pair_wearable"
"""What the dialogue that "시계 연결해줘" opens asks for."""
STALE_WORDS = timedelta(minutes=10)
"""Words from the bridge that waited longer were meant for another hour."""


class Robot:
    """Everything that runs, until it is cancelled."""

    def __init__(self, config: Config, log: EventLog) -> None:
        """Opens the state; raises ``RobotError`` when the robot can't start. Needs a running event loop."""
        self._config = config
        self._log = log
        self._store = Store(config.state_dir)
        self._keys = identity.OwnKeys(config.state_dir)
        self._trouble = {"store_reset"} if self._store.was_reset else set[str]()
        self._complained: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        boot = str(uuid4())
        worn = paired.all_of(config, self._store)
        self._announcing: asyncio.Task[None] | None = None
        self._me = self._introduced(
            Self(config.robot_id, config.name, config.language, boot, {}, _abilities(config, worn))
        )
        self._core = AloneCore(
            times.now(), [care.from_store(raw) for raw in self._store.cares()], self._store.unsettled()
        )
        self._speaker = speaker.make_speaker(config, self._speaking, self._speech)
        self._conversation = Conversation(config.language, self._speaker, log, self._plea)
        self._ears = self._make_ears()
        self._conversation.ears = self._ears
        self._conversation.on_send, self._conversation.on_do = self._send_talk, self._do
        self._conversation.on_second_thought = self._second_thought
        self._conversation.on_trust = self._keep_trust
        self._recall()
        self._home = HomeLink(config.mqtt, self._me, self._store, log, self._health)
        self._home.on_home, self._home.on_receipt = self._home_alive, self._receipted
        self._commands = Commands(self._home, self._store, log, self._carry_out)
        self._home.on_command = self._commands.receive
        self._bridge = BridgeClient(self._keys, self._store, log, self._bridge_stored, self._downlink)
        self._bridge.on_new_key = self._new_key
        self._reminders = Reminders()
        self._wearables = Wearables(worn, log, self.new_sign, self._reminders)
        keep = partial(paired.keep, self._store)
        self._pairing = VoicePairing(self._wearables, self._conversation.say, keep)

    def _make_ears(self) -> Ears | None:
        source = sound_in.source(self._config.hearing)
        if source is None:
            return None
        speaking = self._speaker
        return Ears(
            self._make_listener,
            source,
            self._conversation.heard,
            self._hearing,
            lambda: speaking.saying,
            self._ear_trouble,
            self._cry,
        )

    def _make_listener(self) -> listener.Listener:
        language = self._config.language
        own = record.read(self._config.state_dir / record.ADAPTED)
        failures: list[str] = []
        second_ear = second.find(language, self._config.hearing.second, failures.append)
        made = listener.make_listener(language, second_ear, own)
        made.judge.failure = failures[0] if failures else None
        return made

    async def run(self) -> None:
        """Runs for ever."""
        self._log.add("started", robot=self._me.robot, boot=self._me.boot, trouble=sorted(self._trouble))
        known = self._store.fact("link")
        if known is not None:
            self._use_link(messages.read_link(known))
        self._conversation.resume()
        if self._ears:
            self._ears.start()
        try:
            async with asyncio.TaskGroup() as parts:
                parts.create_task(self._speaker.run())
                parts.create_task(self._home.run())
                parts.create_task(self._bridge.run_outbox())
                parts.create_task(self._bridge.run_downlink())
                parts.create_task(self._ticks())
                self._announce()
                self._wearables.start(parts)
                if self._config.wyoming.port:
                    parts.create_task(offer.run(self._config, self._speaker.voice))
        finally:
            await self._commands.stop()
            self._keep_trust()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            if self._ears:
                await self._ears.stop()
            self._store.close()
            self._log.add("stopped")

    async def _ticks(self) -> None:
        while True:
            now = times.now()
            self._apply(self._core.on_tick(now))
            for phrase in self._reminders.due(now.wall.astimezone()):
                self._later(self._say(phrase))
            await asyncio.sleep(TICK_S)

    # What happens on the robot.

    def new_sign(self, kind: str, data: dict[str, Any]) -> Sign:
        """A sign: on disk first, then sent."""
        new = sign.new(kind, data, times.now().wall)
        self._store.add_sign(new)
        self._log.add("sign", id=new.id, type=kind, **_public(data))
        self._home.send(new)
        if kind not in _STAYS_HOME:
            self._conversation.engine.trust.note(kind, times.now())
        if new.emergency:
            self._apply(self._core.on_sign(new))
        return new

    def pair_wearable(self) -> None:
        """For "시계 연결해줘": looks for a watch and says what came of it."""
        self._later(self._pair_wearable())

    async def _pair_wearable(self) -> None:
        self._log.add("paired", ended=await self._pairing.pair())

    def _plea(self, intent: str, score: float) -> str:
        return self.new_sign("help_call", {"intent": intent, "score": score}).id

    def _cry(self, score: float) -> None:
        """Somebody may have cried out, without words: the home weighs it with what else it knows."""
        self.new_sign("cry", {"score": round(score, 2)})

    def _second_thought(self, incident_id: str, intent: str) -> None:
        """What was said when an unsure plea was asked back; a person judges it."""
        self.new_sign("answer", {"incident": incident_id, "ask": incident_id, "intent": intent})

    # Talk: what the resident says that is no emergency, and how the robot speaks.

    def _recall(self) -> None:
        voice = self._store.fact("voice")
        if voice is not None:
            self._speaker.voice.set(*voice)
        self._conversation.engine.restore(self._store.fact("trust"), times.now())

    def _send_talk(self, message: Send) -> None:
        self._home.letters.add(message.kind, message.data, message.id)

    def _keep_trust(self) -> None:
        self._store.set_fact("trust", self._conversation.engine.to_store())

    def _do(self, action: str) -> None:
        if action == PAIR:
            self.pair_wearable()
        else:
            self._change_voice(action)

    def _change_voice(self, action: str) -> None:
        now = self._speaker.voice.change(action)
        self._store.set_fact("voice", [now.rate_wpm, now.volume])

    def _speaking(self, on: bool) -> None:  # noqa: FBT001 - the speaker's callback
        if self._ears:
            (self._ears.shut if on else self._ears.open)()

    def _speech(self, failure: str | None) -> None:
        (self._trouble.discard if failure is None else self._trouble.add)("speech")
        if failure is not None:
            self._log.add("trouble", part="speech", reason=failure)
        self._home.heartbeat()

    def _hearing(self, failure: str | None) -> None:
        if failure is None:
            if "hearing" in self._trouble:
                self._trouble.discard("hearing")
                self._later(self._say("hears_again", urgent=False))
            self._can_write()
            self._log.add("listening")
        elif "hearing" not in self._trouble:
            self._trouble.add("hearing")
            _LOGGER.error("The robot can't hear: %s", failure)
            self._log.add("trouble", part="hearing", reason=failure)
            self._later(self._say("cannot_hear", urgent=False))
            self._home.heartbeat()

    def _can_write(self) -> None:
        self._conversation.engine.can_write = self._ears is not None and self._ears.writes_long_speech

    def _ear_trouble(self, part: str, failure: str | None) -> None:
        """``second_engine``, ``sound_lost`` or ``overdriven``: it hears less well; said once."""
        self._can_write()
        if (failure is None) == (part not in self._trouble):
            return
        (self._trouble.discard if failure is None else self._trouble.add)(part)
        if failure is not None:
            self._log.add("trouble", part=part, reason=failure)
            _LOGGER.warning("Hearing: %s", failure)
            if part not in self._complained:
                self._complained.add(part)
                self._later(self._say(f"{part}_gone", urgent=False))
        self._home.heartbeat()

    def _health(self) -> Health:
        trouble = self._trouble | ({"bridge_refused"} if self._store.count_refused() else set())
        return Health(
            mode=self._core.mode,
            wearable=self._wearables.state,
            battery=self._wearables.battery,
            waiting=self._store.count_unreceipted(),
            refused=self._home.refused,
            trouble=tuple(sorted(trouble)),
            worn=self._wearables.worn,
        )

    # What the home says.

    def _home_alive(self, home: HomeAlive) -> None:
        self._apply(self._core.on_home(home, times.now()))

    def _receipted(self, receipt: Receipt) -> None:
        refused = receipt.result == "refused"
        self._apply(self._core.on_receipt(receipt.id, refused=refused, now=times.now()))
        if refused:
            self._store.forget_sign(receipt.id)

    async def _carry_out(self, command: Command) -> None:
        match command:
            case messages.Ask():
                intent = await self._conversation.ask(command.incident, command.phrase, command.listen_s)
                self.new_sign("answer", {"incident": command.incident, "ask": command.id, "intent": intent})
                self._apply(self._core.on_answer(command.incident, intent, times.now()))
            case messages.Say(phrase=str() as phrase):
                await self._conversation.say(phrase, urgent=command.urgent)
            case messages.Say(text=str() as text):
                await self._their_turn(command)
                await self._conversation.say_text(text, urgent=command.urgent)
            case messages.Question():
                await self._question(command)
            case messages.Talk():
                try:
                    self._conversation.talk(command.dialogue, command.slots)
                except DialogueError as error:
                    raise MessageError(str(error)) from error
            case messages.Mirror():
                self._apply(self._core.on_mirror(command.incident, delivered=command.delivered))
            case messages.RotateKey():
                self._bridge.rotate(command.kid)
            case messages.SetLink():
                self._store.set_fact("link", messages.link_to_wire(command.link))
                self._use_link(command.link)

    async def _their_turn(self, command: messages.Say) -> None:
        """Waits until what can wait may be said; raises ``LateError`` when that was too late."""
        while not command.urgent:
            await self._conversation.calm()
            if not (command.waits and self._speaker.quiet()):
                break
            await asyncio.sleep(QUIET_POLL_S)
        self._commands.check_time(command)

    async def _question(self, command: messages.Question) -> None:
        """The answer travels as a letter: it is free speech, and the home's receipt ends it."""
        try:
            found = await self._conversation.question(
                command.id, command.text, command.answers, command.listen_s
            )
        except DialogueError as error:
            raise MessageError(str(error)) from error
        answer = {"question": command.id, "outcome": found.outcome}
        words = {"text": found.text, "sentence": found.sentence} if found.text else {}
        self._home.letters.add("answered", answer | {key: text for key, text in words.items() if text})
        self._conversation.engine.trust.note("answered", times.now())

    def _use_link(self, link: messages.BridgeLink) -> None:
        if self._store.fact("downlink_of") != [link.home, link.url]:
            self._store.set_fact("downlink", 0)
            self._store.set_fact("downlink_of", [link.home, link.url])
        self._core.linked = True
        self._bridge.use(link)

    # The robot's own key.

    def _introduced(self, me: Self) -> Self:
        proofs = tuple(each["proof"] for each in self._store.fact(PROOFS) or [])
        return replace(me, jwk=self._keys.current.jwk, proofs=proofs)

    def _new_key(self) -> None:
        """The key has changed: home and network are told, the home with the former key's word for it."""
        self._me = self._introduced(self._me)
        self._home.introduce(self._me)
        self._announce()

    def _announce(self) -> None:
        if self._announcing is not None:
            self._announcing.cancel()
        self._announcing = self._later(announce.run(self._me))

    # What the bridge says.

    def _bridge_stored(self, incident_id: str) -> None:
        self._apply(self._core.on_bridge_stored(incident_id))

    def _downlink(self, downlink: DownlinkMessage) -> None:
        message = downlink.message
        self._log.add("downlink", seq=downlink.seq, type=message.get("type"))
        try:
            match message:
                case {
                    "type": "incident",
                    "incident": {"id": str() as incident_id, "state": str() as state, **more},
                }:
                    outcome = incident.checked_outcome(state, more.get("outcome"))
                    self._apply(self._core.on_bridge_state(incident_id, state, outcome, times.now()))
                case {"type": "say", "text": str() as text, "at": at}:
                    if self._core.alone and times.now().wall - times.parse_stamp(at) < STALE_WORDS:
                        self._later(self._say_text(text))
                case {"type": "rotate_key", "kid": str() as kid}:
                    self._bridge.rotate(kid)
                case _:
                    raise MessageError("the robot does not know such a message")  # noqa: TRY301 - one place tells
        except (MessageError, ValueError) as error:
            _LOGGER.warning("Downlink message %d is left out: %s", downlink.seq, error)

    # What follows: stored first, done afterwards.

    def _apply(self, effects: Effects) -> None:
        now = times.now().wall
        handed = [sign.new("incident", {"incident": each.to_wire()}, now) for each in effects.handed_over]
        alerts = [
            {
                "v": 1,
                "id": times.new_id(),
                "type": "incident",
                "at": times.stamp(now),
                "incident": each.to_wire(),
            }
            for each in effects.raised
        ]
        if effects.saved or effects.settled or handed or alerts:
            saved = [(key, None if each is None else each.to_store()) for key, each in effects.saved.items()]
            self._store.save(saved, alerts, handed, effects.settled)
        self._tell(effects)
        if effects.mode is not None:
            _LOGGER.warning("The robot is %s", "alone" if self._core.alone else "with the home again")
            self._bridge.listen(on=self._core.alone)
            self._home.heartbeat()
        for each in handed:
            self._home.send(each)
        if alerts:
            self._bridge.wake()
        for incident_id in effects.ask:
            self._later(self._check_in(incident_id))
        for phrase, _ in effects.say:
            self._later(self._say(phrase))

    def _tell(self, effects: Effects) -> None:
        if effects.mode is not None:
            self._log.add(effects.mode)
        for incident_id, each in effects.saved.items():
            if each is None:
                self._log.add("incident_left", id=incident_id)
            else:
                told = each.incident
                self._log.add(
                    "incident",
                    id=incident_id,
                    kind=told.kind,
                    state=told.state,
                    step=told.step,
                    reported_by=told.reported_by,
                    delivered=each.delivered,
                )
        for given in effects.handed_over:
            self._log.add("handed_over", id=given.id, state=given.state)

    async def _check_in(self, incident_id: str) -> None:
        intent = await self._conversation.ask(incident_id, "check_in", CHECK_IN_LISTEN_S)
        self._apply(self._core.on_answer(incident_id, intent, times.now()))

    async def _say(self, phrase: str, *, urgent: bool = True) -> None:
        await self._conversation.say(phrase, urgent=urgent)

    async def _say_text(self, text: str) -> None:
        await self._conversation.say_text(text)

    def _later(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _abilities(config: Config, worn: Sequence[WearableConfig]) -> tuple[str, ...]:
    can = ["speak"]
    if config.hearing.kind != "none":
        can.append("listen")
    if worn:
        can.append("wearable")
    return tuple(can)


def _public(data: dict[str, Any]) -> dict[str, Any]:
    """What of a sign's data goes into the log of events."""
    return {key: value for key, value in data.items() if key in _PUBLIC_KEYS}


_STAYS_HOME = frozenset({"device", "cry"})
"""Signs that by themselves lead to nothing that leaves the home, so that nobody is told that they did."""
_PUBLIC_KEYS = frozenset(
    {"certainty", "score", "intent", "source", "part", "state", "battery", "incident", "ask"}
)
