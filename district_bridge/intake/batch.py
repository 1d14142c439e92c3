"""A batch from a home or its robot, start to end and alone: what tests and a command line call."""

from typing import TYPE_CHECKING

from district_bridge.intake import reading, store
from district_bridge.intake.keyring import look_up
from district_bridge.wire import tokens

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.intake.reading import Batch
    from district_bridge.intake.store import Receipt


def take(compact: str, now: datetime) -> tuple[Batch, Receipt]:
    """Stores a batch. When this returns, the database has committed."""
    token = tokens.read(compact, reading.TYP)
    batch = reading.read(token, look_up(token.kid), now.timestamp())
    answer = store.store([batch], now)[0]
    if isinstance(answer, Exception):
        raise answer
    return batch, answer
