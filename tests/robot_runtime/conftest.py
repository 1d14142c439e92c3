from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.robot_runtime.rig import Bridge, Broker, Home, Robot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A busy machine is no failure of the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def home(broker: Broker) -> Iterator[Home]:
    made = Home(broker.port)
    yield made
    made.close()


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    made = Bridge()
    yield made
    made.close()


@pytest.fixture
def robot(tmp_path: Path, broker: Broker) -> Iterator[Robot]:
    made = Robot(tmp_path, broker.port)
    yield made
    made.kill()


@pytest.fixture
def hearing_robot(tmp_path: Path, broker: Broker) -> Iterator[Robot]:
    made = Robot(tmp_path, broker.port, hears=True)
    yield made
    made.kill()
