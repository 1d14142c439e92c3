"""What can go wrong, in words a person can act on."""


class RobotError(Exception):
    """Something the robot's keeper has to know; the message says what to do."""


class ConfigError(RobotError):
    """The configuration file is missing, unreadable or says something impossible."""


class MessageError(RobotError):
    """A message that can't be understood. ``message_id`` is its id, where one could be read."""

    def __init__(self, reason: str, message_id: str | None = None) -> None:
        """Keeps the id so that the sender can be told."""
        super().__init__(reason)
        self.message_id = message_id


class LateError(RobotError):
    """A command whose time was over before its turn came."""


class BridgeError(RobotError):
    """The bridge did not give a receipt. Nothing leaves the outbox."""


class SpeechError(RobotError):
    """A phrase could not be made into sound."""


class HearingError(RobotError):
    """The robot can't listen as it must."""


class WearableError(RobotError):
    """The wearable can't be used as configured."""


class DialogueError(RobotError):
    """The file of dialogues says something that can't be carried out."""
