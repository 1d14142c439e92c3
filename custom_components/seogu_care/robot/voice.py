"""What Home Assistant lets one robot say and ask, and waits for."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from custom_components.seogu_care.const import DOMAIN

from .letters import question_command
from .messages import say_command

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custom_components.seogu_care.home import Home

    from .letters import Letter
    from .messages import Command, RobotReceipt

SAY_HOLDS = timedelta(seconds=60)
"""Words that somebody waits for are not said later than that."""
NOTICE_HOLDS = timedelta(hours=14)
"""A notice that comes in the quiet hours is said when they are over."""
SPEAKING_S = 150.0
"""Over the expiry: the longest text the robot takes needs about so long to be said."""
LISTEN_S = 15.0
ASKED_TWICE = 2
"""What was not understood is asked once more."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was answered; ``sentence`` is the possible answer that it was, where it was one."""

    text: str
    sentence: str | None


class RobotBusyError(HomeAssistantError):
    """The robot is in the middle of something that matters more."""


class Voice:
    """Commands whose end is waited for. Only the memory keeps them: after a restart nobody waits any more."""

    def __init__(self, home: Home, robot: str) -> None:
        self._home = home
        self._robot = robot
        self._receipts: dict[str, asyncio.Future[RobotReceipt]] = {}
        self._answers: dict[str, asyncio.Future[Letter]] = {}

    @callback
    def receipted(self, receipt: RobotReceipt) -> None:
        """The robot is done with a command."""
        waiting = self._receipts.get(receipt.id)
        if waiting is not None and not waiting.done():
            waiting.set_result(receipt)

    @callback
    def answered(self, letter: Letter) -> None:
        """The resident has answered, or not."""
        waiting = self._answers.get(letter.data.get("question", ""))
        if waiting is not None and not waiting.done():
            waiting.set_result(letter)

    async def say(self, text: str, *, urgent: bool = False) -> None:
        """Returns when it was said. Raises HomeAssistantError when it was not."""
        now = dt_util.utcnow()
        await self._done(say_command(self._robot, now, now + SAY_HOLDS, text=text, urgent=urgent))

    async def leave(self, text: str) -> None:
        """Returns when it is stored; it is said as soon as the hour allows."""
        now = dt_util.utcnow()
        command = say_command(self._robot, now, now + NOTICE_HOLDS, text=text, waits=True)
        await self._home.commit(lambda ledger, _: ledger.with_command(command))

    async def ask(
        self, text: str, answers: Mapping[str, Sequence[str]] | None = None, listen_s: float = LISTEN_S
    ) -> Heard | None:
        """What was answered; None where nobody did. Raises HomeAssistantError when it was not asked."""
        now = dt_util.utcnow()
        command = question_command(self._robot, text, answers or {}, listen_s, now, now + SAY_HOLDS)
        waiting = self._answers[command.id] = asyncio.get_running_loop().create_future()
        try:
            await self._done(command, listen_s * ASKED_TWICE)
            async with asyncio.timeout(SPEAKING_S):
                letter = await waiting
        except TimeoutError as err:
            raise _error("robot_silent") from err
        finally:
            del self._answers[command.id]
        words = letter.data.get("text")
        return Heard(words, letter.data.get("sentence")) if words else None

    async def _done(self, command: Command, longer_s: float = 0.0) -> None:
        waiting = self._receipts[command.id] = asyncio.get_running_loop().create_future()
        try:
            await self._home.commit(lambda ledger, _: ledger.with_command(command))
            async with asyncio.timeout(SAY_HOLDS.total_seconds() + SPEAKING_S + longer_s):
                receipt = await waiting
        except TimeoutError as err:
            raise _error("robot_silent") from err
        finally:
            del self._receipts[command.id]
        if receipt.result == "refused" and receipt.reason == "busy":
            raise RobotBusyError(translation_domain=DOMAIN, translation_key="robot_busy")
        if receipt.result == "refused":
            raise _error("robot_refuses", reason=receipt.reason or "?")
        if receipt.result != "done":
            raise _error("robot_silent")


def _error(key: str, **words: str) -> HomeAssistantError:
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=words)
