"""What the home tells the robot to do: each command once, and a receipt when it is done."""

import asyncio
import logging
from typing import TYPE_CHECKING

from robot_runtime import phrases, times
from robot_runtime.errors import LateError, MessageError
from robot_runtime.link import messages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from robot_runtime.events import EventLog
    from robot_runtime.link.home import HomeLink
    from robot_runtime.link.messages import Command
    from robot_runtime.store import Store

_LOGGER = logging.getLogger(__name__)


class Commands:
    """Deduplicates, checks the expiry, carries out and sends the receipt."""

    def __init__(
        self, home: HomeLink, store: Store, log: EventLog, carry_out: Callable[[Command], Awaitable[None]]
    ) -> None:
        """``carry_out`` returns when the command is done, or raises ``MessageError`` to refuse it."""
        self._home = home
        self._store = store
        self._log = log
        self._carry_out = carry_out
        self._running: dict[str, asyncio.Task[None]] = {}

    def receive(self, payload: bytes) -> None:
        """A command as it came; a malformed one is logged, and refused where it has an id."""
        try:
            command = messages.read_command(payload)
        except MessageError as error:
            _LOGGER.warning("A command is refused: %s", error)
            self._log.add("malformed", topic="command", id=error.message_id, reason=str(error))
            if error.message_id is not None:
                self._finish(error.message_id, "refused", str(error))
            return
        known = self._store.seen(command.id)
        if known is not None:
            self._home.receipt(command.id, *known)
        elif command.id not in self._running:
            self._running[command.id] = asyncio.create_task(self._run(command))

    async def _run(self, command: Command) -> None:
        kind = type(command).__name__.lower()
        try:
            self.check_time(command)
            self._log.add("command", id=command.id, type=kind)
            self._check(command)
            await self._carry_out(command)
            self._finish(command.id, "done")
        except LateError:
            self._finish(command.id, "expired")
        except MessageError as error:
            _LOGGER.warning("Command %s (%s) is refused: %s", command.id, kind, error)
            self._finish(command.id, "refused", str(error))
        except Exception:
            # Not receipted: the home sends it again, and its expiry ends that.
            _LOGGER.exception("Command %s (%s) failed", command.id, kind)
        finally:
            self._running.pop(command.id, None)

    def check_time(self, command: Command) -> None:
        """Raises ``LateError`` when nobody waits for the command any more."""
        if times.now().wall - self._home.clock_ahead > command.expires_at:
            raise LateError(f"command {command.id} came too late")

    def _check(self, command: Command) -> None:
        phrase = command.phrase if isinstance(command, (messages.Ask, messages.Say)) else None
        if phrase is not None and not phrases.known(phrase):
            raise MessageError(f"the robot knows no phrase {phrase!r}")

    def _finish(self, command_id: str, result: str, reason: str | None = None) -> None:
        self._store.remember(command_id, result, reason)
        self._log.add("command_done", id=command_id, result=result, reason=reason)
        self._home.receipt(command_id, result, reason)

    async def stop(self) -> None:
        """Leaves what is running; the home sends it again to the next start."""
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
