"""Tells the home's network that the robot is here (zeroconf), so that Home Assistant finds it without MQTT.

There is no port to reach: the robot calls the home, nobody calls the robot. The record says who it is, as its
hello does.
"""

import asyncio
import logging
import socket
from typing import TYPE_CHECKING

from zeroconf import Error, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from robot_runtime import __version__

if TYPE_CHECKING:
    from robot_runtime.link.messages import Self

_LOGGER = logging.getLogger(__name__)

SERVICE = "_seogu-care._tcp.local."
RETRY_S = 60.0
"""A network that is not there yet is tried again."""


def own_address(towards: str = "224.0.0.251") -> str:
    """The address that this machine has in the home's network; raises ``OSError`` when it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((towards, 5353))  # sends nothing
        return str(probe.getsockname()[0])


def service(me: Self, address: str) -> ServiceInfo:
    """The record of one robot at an IPv4 address."""
    told = {
        "id": me.robot,
        "name": me.name,
        "key": me.jwk["x"],
        "software": __version__,
        "language": me.language,
        "can": " ".join(me.can),
    }
    name = f"{me.robot}.{SERVICE}"
    server = f"{me.robot.replace('_', '-')}.local."
    return ServiceInfo(SERVICE, name, 0, properties=told, server=server, parsed_addresses=[address])


async def run(me: Self, address: str | None = None) -> None:
    """For ever; a network without multicast only costs the discovery."""
    while True:
        try:
            await _announce(me, address or own_address())
        except (OSError, Error) as error:
            _LOGGER.warning("The robot is not announced in the network (%r); trying again", error)
            await asyncio.sleep(RETRY_S)


async def _announce(me: Self, address: str) -> None:
    zeroconf = AsyncZeroconf(interfaces=[address])
    try:
        await zeroconf.async_register_service(service(me, address), allow_name_change=True)
        await asyncio.Event().wait()
    finally:
        await zeroconf.async_close()
