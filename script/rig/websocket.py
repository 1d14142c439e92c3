"""One question over Home Assistant's websocket API."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp

from rig.waiting import StepMissingError

ANSWER_S = 20.0


def ask(url: str, token: str, command: dict[str, Any]) -> Any:
    """Sends one command; returns its result, or the first event when it is a subscription."""
    # In a thread of its own: the browser's driver keeps an event loop running in the caller's.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_ask_in_time(url, token, command))).result()


async def _ask_in_time(url: str, token: str, command: dict[str, Any]) -> Any:
    return await asyncio.wait_for(_ask(url, token, command), ANSWER_S)


async def _ask(url: str, token: str, command: dict[str, Any]) -> Any:
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": token})
        welcome = await socket.receive_json()
        if welcome["type"] != "auth_ok":
            raise StepMissingError(f"Home Assistant's websocket refused the log-in: {welcome}")
        await socket.send_json({"id": 1, **command})
        while True:
            answer = await socket.receive_json()
            if answer["type"] == "event":
                return answer["event"]
            if not answer.get("success", True):
                raise StepMissingError(f"{command['type']}: {answer['error']}")
            if not command["type"].endswith("subscribe"):
                return answer["result"]
