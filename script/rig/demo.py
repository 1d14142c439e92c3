"""`script/demo`: the whole system, three stories, and then time to look around."""

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rig import stories
from rig.caseworker import Caseworker
from rig.system import LISTEN_S, System
from rig.timeline import Timeline
from rig.voices import PLEA, render_test_voice
from rig.waiting import StepMissingError

if TYPE_CHECKING:
    from types import FrameType


def main() -> int:
    """Plays the stories; 0 when every step was seen, 1 when one is missing, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="script/demo", description="Seogu Care, all of it, on this machine."
    )
    parser.add_argument("--once", action="store_true", help="play the stories unattended, then end")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the timeline there")
    parser.add_argument("--keep", action="store_true", help="keep logs and state afterwards")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    timeline = Timeline()
    try:
        return _run(options, timeline)
    except KeyboardInterrupt:
        print("\nended")
        return 130
    except StepMissingError as missing:
        print(f"\nMISSING STEP: {missing}", file=sys.stderr)
        return 1
    finally:
        if options.json:
            timeline.write(Path(os.environ.get("SEOGU_CALLED_FROM", ".")) / options.json)


def _run(options: argparse.Namespace, timeline: Timeline) -> int:
    with System(keep=options.keep) as system:
        print("starting broker, bridge, Home Assistant and robot ...", flush=True)
        began = time.monotonic()
        system.start()
        print(f"  all four run after {time.monotonic() - began:.0f} s; setting the home up ...", flush=True)
        system.set_up_home()
        print(f"  ready after {time.monotonic() - began:.0f} s\n")
        _tell_addresses(system)
        play(system, timeline)
        print(f"\n{len(timeline.steps)} steps seen, none missing.", flush=True)
        if not options.once:
            _stay(system, timeline)
    return 0


def play(system: System, timeline: Timeline) -> None:
    """The three stories, with a caseworker in a headless browser."""
    # Nobody calls only once.
    voices = [render_test_voice(PLEA, system.folder / f"{PLEA}.wav")] * 2
    with Caseworker(system.bridge) as worker:
        worker.sign_in()
        stories.fall(system, worker, timeline)
        stories.plea(system, worker, timeline, voices)
        stories.silence(system, worker, timeline, voices)


def _tell_addresses(system: System) -> None:
    bridge, home = system.bridge, system.home
    print(f"  caseworkers' dashboard   {bridge.url}   {bridge.user} / {bridge.password}")
    print(f"    and its second step: key {bridge.factor.secret} for an authenticator app")
    print(f"    (it shows {bridge.factor.shows()} now; c and Enter shows it again)")
    print(f"  Home Assistant           {home.url}   {home.user} / {home.password}")
    print(f"  (here the robot listens {LISTEN_S} s, and 12 s without a sign count as silence:")
    print("   docs/decisions/0004 tells why)")


def _stay(system: System, timeline: Timeline) -> None:
    _tell_addresses(system)
    print("\nEverything stays up. Enter plays the three stories again; Ctrl-C ends it.", flush=True)
    while True:
        if not sys.stdin.isatty():
            signal.pause()
        if sys.stdin.readline().strip() == "c":
            print(f"the authenticator app shows {system.bridge.factor.shows()}", flush=True)
            continue
        try:
            play(system, timeline)
        except StepMissingError as missing:
            print(f"\nMISSING STEP: {missing}", file=sys.stderr)
        print("\nEnter plays them again; Ctrl-C ends it.", flush=True)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
