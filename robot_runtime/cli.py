"""``seogu-robot``: run the robot, check an installation, write a first configuration."""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from robot_runtime import __version__, checks, config, first_config, pair_command
from robot_runtime.app import Robot
from robot_runtime.errors import HearingError, RobotError
from robot_runtime.events import EventLog

if TYPE_CHECKING:
    from robot_runtime.config import Config


def main(arguments: list[str] | None = None) -> int:
    """Returns 0, or 1 with one line that says what to do."""
    parser = argparse.ArgumentParser(prog="seogu-robot", description="The care robot's program")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run the robot until it is stopped")
    run.add_argument(
        "--events", type=Path, metavar="FILE", help="append a line of JSON for each thing that happens"
    )
    run.add_argument("--verbose", action="store_true", help="log more")
    check = commands.add_parser(
        "check", help="try out configuration, voice, ears, broker, and say what works"
    )
    init = commands.add_parser("init", help="write a first configuration with a fresh robot id")
    pair = commands.add_parser("pair", help="find a wearable, try it out, write it into the configuration")
    pair_command.add_arguments(pair)
    fetch = commands.add_parser("fetch-model", help="fetch the second engine's model, once, by its checksum")
    fetch.add_argument("--from", dest="url", metavar="URL", help="another server, or a folder")
    fetch.add_argument("--to", type=Path, metavar="FOLDER", help="where it is kept")
    recording = commands.add_parser(
        "record-phrases", help="record the resident saying what matters, and measure how it is heard"
    )
    recording.add_argument("--adapt", action="store_true", help="learn how the missed phrases sounded")
    for command in (run, check, init, recording, pair):
        command.add_argument("--config", type=Path, default=Path("robot.toml"), metavar="FILE")
    # Lists it in the help; its own arguments are its own.
    commands.add_parser("train-falls", help="train the fall models anew from recordings", add_help=False)
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["train-falls"]:
        return _train_falls(words[1:])
    given = parser.parse_args(words)
    try:
        if given.command == "init":
            print(first_config.write(given.config))
            return 0
        return _carry_out(given)
    except RobotError as error:
        print(f"seogu-robot: {error}", file=sys.stderr)
        return 1


def _train_falls(words: list[str]) -> int:
    from robot_runtime.fall import train  # noqa: PLC0415 - brings scikit-learn, which a robot need not load

    return train.main(words)


def _carry_out(given: argparse.Namespace) -> int:
    if given.command == "pair":
        print(pair_command.pair(given.config, given))
        return 0
    if given.command == "fetch-model":
        return _fetch_model(given.url, given.to)
    loaded = config.load(given.config)
    if given.command == "record-phrases":
        return _record(loaded, take=given.adapt)
    if given.command == "check":
        return _check(loaded)
    return _run(loaded, given.events, verbose=given.verbose)


def _fetch_model(url: str | None, target: Path | None) -> int:
    from robot_runtime.voice import models  # noqa: PLC0415 - only here

    print(f"the model is in {models.fetch(url or models.BASE_URL, target)}")
    return 0


def _record(loaded: Config, *, take: bool) -> int:
    from robot_runtime.voice import record, sound_in  # noqa: PLC0415 - loads the recogniser

    source = sound_in.source(loaded.hearing)
    if source is None:
        raise HearingError("hearing.input is 'none': there is nothing to record with")
    measured = record.session(source, loaded.language, loaded.state_dir, print, take=take)
    return 0 if all(each.heard == each.intent for each in measured) else 1


def _check(loaded: Config) -> int:
    findings = asyncio.run(checks.check(loaded))
    for finding in findings:
        print(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.words}")
    return 0 if all(finding.ok for finding in findings) else 1


def _run(loaded: Config, events: Path | None, *, verbose: bool) -> int:
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    log = EventLog(events)
    try:
        asyncio.run(_until_stopped(loaded, log))
    finally:
        log.close()
    return 0


async def _until_stopped(loaded: Config, log: EventLog) -> None:
    running = asyncio.create_task(Robot(loaded, log).run())
    loop = asyncio.get_running_loop()
    for stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        logging.getLogger(__name__).info("Stopped")
