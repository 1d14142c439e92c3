"""The robot tells the home's network that it is here, and a browser finds it."""

import asyncio

from zeroconf import ServiceListener, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from robot_runtime.link import announce
from robot_runtime.link.messages import Self
from tests.robot_runtime.rig import KEYS

ME = Self("seogu-7f3a", "돌봄로봇", "ko", "boot", KEYS["robot"]["jwk"], ("speak", "listen"))


class Finder(ServiceListener):
    def __init__(self) -> None:
        self.found = asyncio.Event()

    def add_service(self, _zeroconf: Zeroconf, _type: str, name: str) -> None:
        # Other tests' robots may be about.
        if name == f"seogu-7f3a.{announce.SERVICE}":
            self.found.set()

    def remove_service(self, *_: object) -> None:
        pass

    update_service = remove_service


async def test_robot_is_found_in_the_network_with_its_name_and_key() -> None:
    task = asyncio.create_task(announce.run(ME, "127.0.0.1"))
    async with asyncio.timeout(60):
        looking = AsyncZeroconf(interfaces=["127.0.0.1"])
        finder = Finder()
        browser = AsyncServiceBrowser(looking.zeroconf, announce.SERVICE, listener=finder)
        await finder.found.wait()
        info = AsyncServiceInfo(announce.SERVICE, f"seogu-7f3a.{announce.SERVICE}")
        while not await info.async_request(looking.zeroconf, 3000):
            pass
    told = {key: value for key, value in info.decoded_properties.items() if key != "software"}
    assert told == {
        "id": "seogu-7f3a",
        "name": "돌봄로봇",
        "key": KEYS["robot"]["jwk"]["x"],
        "language": "ko",
        "can": "speak listen",
    }
    assert info.parsed_addresses() == ["127.0.0.1"]
    await browser.async_cancel()
    await looking.async_close()
    task.cancel()
    await asyncio.wait({task})
