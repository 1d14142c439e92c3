"""The command line: ``seogu-bridge init | serve | worker | enrol | … | manage``."""

import argparse
import importlib
import os
import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from district_bridge import backup, deployment
from district_bridge.commands import access_words

if TYPE_CHECKING:
    from collections.abc import Sequence

# argparse has no public name for what add_subparsers gives.
type _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - see above

PROGRAM = "seogu-bridge"
COMMANDS = "district_bridge.commands."


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the exit status tells whether it did what was asked."""
    words = list(sys.argv[1:] if argv is None else argv)
    arguments, rest = _parser().parse_known_args(words)
    if rest and arguments.command != "manage":
        _parser().error(f"unknown arguments: {' '.join(rest)}")
    arguments.rest = rest
    folder = arguments.data.expanduser().absolute()
    os.environ[deployment.DATA_VARIABLE] = str(folder)
    # Whatever is written from here on, the database above all, is for its owner only.
    os.umask(0o077)
    try:
        if arguments.command == "init":
            deployment.prepare(folder, database=arguments.database, url=arguments.url, name=arguments.name)
        elif arguments.command == "restore":
            backup.put_back(arguments.backup.expanduser().absolute(), folder, arguments.database)
        else:
            _check_ready(folder)
        _set_up_django()
        return _run(arguments)
    except deployment.DeploymentError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 2


def _run(arguments: argparse.Namespace) -> int:
    """Runs the command; what it changes wakes those who wait in the processes that serve."""
    module = importlib.import_module(COMMANDS + arguments.module)
    away: type[Exception] = importlib.import_module("django.db").OperationalError
    relay = importlib.import_module("district_bridge.processes.relay")
    hub = importlib.import_module("district_bridge.live").hub
    # Who serves or works relays as it goes.
    relayed = nullcontext() if arguments.command in {"serve", "worker"} else relay.relayed_at_end(hub)
    try:
        with relayed:
            return int(module.run(arguments))
    except away as error:
        raise deployment.DeploymentError(f"the database can't be used: {error}") from error


def _check_ready(folder: Path) -> None:
    if not deployment.load(folder).is_ready:
        raise deployment.DeploymentError(f"{folder} is not set up yet: run `{PROGRAM} init --data {folder}`")


def _set_up_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "district_bridge.settings")
    importlib.import_module("django").setup()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description="The district's server of Seogu Care.")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_setup(commands)
    _add_people(commands)
    _add_reports(commands)
    _add_simulation(commands)
    access_words.add(partial(_add, commands), Path)
    return parser


def _add(
    commands: _Commands, name: str, module: str, help_text: str, *, also: Sequence[str] = ()
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, aliases=also, help=help_text, description=help_text)
    parser.add_argument(
        "--data",
        type=Path,
        default=deployment.default_folder(),
        metavar="DIR",
        help="the bridge's data folder (default: $SEOGU_BRIDGE_DATA or ~/.local/share/seogu-bridge)",
    )
    parser.set_defaults(module=module)
    return parser


def _add_setup(commands: _Commands) -> None:
    init = _add(commands, "init", "setup", "make database, keys, an administrator and a first neighbourhood")
    init.add_argument(
        "--database", metavar="URL", help="postgresql://user:password@host:port/name (default: SQLite)"
    )
    init.add_argument("--neighbourhood", default="둔산1동", metavar="NAME")
    init.add_argument("--admin", default="admin", metavar="NAME", help="the administrator's log-in name")
    init.add_argument(
        "--url", metavar="URL", help="the address people and homes use, e.g. https://care.example.kr"
    )
    init.add_argument("--name", metavar="NAME", help="what the bridge is called on screen")
    serve = _add(commands, "serve", "serve", "answer homes and people until Ctrl-C")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8321)
    serve.add_argument(
        "--share-port", action="store_true", help="let further processes on this machine serve the same port"
    )
    serve.add_argument(
        "--no-migrate", action="store_true", help="wait for the tables instead of bringing them up to date"
    )
    worker = _add(
        commands, "worker", "worker", "send outgoing messages until Ctrl-C (PostgreSQL; as many as wanted)"
    )
    worker.add_argument(
        "--metrics-port",
        type=int,
        metavar="PORT",
        help="show Prometheus on this machine what it did",
    )
    keep = _add(commands, "backup", "backup", "copy database and keys while the bridge goes on")
    keep.add_argument("--into", type=Path, required=True, metavar="DIR", help="makes a new folder in it")
    back = _add(commands, "restore", "restore", "set up an empty data folder from a backup, and audit it")
    back.add_argument("backup", type=Path, metavar="BACKUP", help="the folder that `backup` made")
    back.add_argument("--database", metavar="URL", help="an empty PostgreSQL database (default: as it was)")
    _add(commands, "manage", "manage", "Django's own commands, e.g. manage changepassword NAME")


def _add_people(commands: _Commands) -> None:
    code = _add(
        commands,
        "enrol",
        "enrol_code",
        "make a single-use code with which a home enrols",
        also=["enrol-code"],
    )
    code.add_argument("--neighbourhood", metavar="NAME", help="for a new home: its neighbourhood")
    code.add_argument("--resident", metavar="NAME", help="for a new home: who lives there")
    code.add_argument("--home", metavar="ID", help="instead: another code for a home that is known")
    code.add_argument("--json", action="store_true")
    revoke = _add(commands, "revoke", "revoke", "end the right of a home's keys to sign")
    revoke.add_argument("--home", required=True, metavar="ID")
    revoke.add_argument("--kid", help="only this key (default: all keys of the home)")
    revoke.add_argument("--reason", required=True)
    revoke.add_argument(
        "--because",
        choices=["moved", "died", "stolen", "cloned", "other"],
        default="other",
        help="after moved or died, the resident's personal data is destroyed when its time is over",
    )
    user = _add(commands, "user", "user", "people who sign in to the dashboard")
    actions = user.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="the password comes from $SEOGU_BRIDGE_USER_PASSWORD or is made up")
    add.add_argument("username", metavar="NAME")
    add.add_argument("--display-name", metavar="NAME", help="how homes and colleagues see this person")
    add.add_argument("--neighbourhood", action="append", default=[], metavar="NAME")
    add.add_argument("--role", choices=["caseworker", "duty_officer", "admin"], default="caseworker")
    add.add_argument("--data", type=Path, default=argparse.SUPPRESS, metavar="DIR")


def _add_reports(commands: _Commands) -> None:
    alerts = _add(commands, "alerts", "alerts", "list all alerts")
    alerts.add_argument("--json", action="store_true")
    audit = _add(commands, "audit", "audit", "compare what came in with what is open, closed or merged")
    audit.add_argument("--json", action="store_true")


def _add_simulation(commands: _Commands) -> None:
    load = _add(commands, "load-demo", "load_demo", "fill an empty bridge with a small invented district")
    load.add_argument("--homes", type=int, default=240)
    load.add_argument("--seed", type=int, default=1)
    simulate = _add(commands, "simulate", "simulate", "play a district's days by published rates")
    actions = simulate.add_subparsers(dest="action", required=True)
    plan = actions.add_parser("plan", help="write what happens, as data")
    plan.add_argument("--days", type=int, default=1)
    plan.add_argument("--heat-day", type=int, action="append", default=[], metavar="N", help="day N is hot")
    plan.add_argument("--out", type=Path, required=True, metavar="FILE")
    settle = actions.add_parser("settle", help="make the homes in this bridge")
    play = actions.add_parser("play", help="send what a plan says to a running bridge, signed, over HTTP")
    play.add_argument("plan", type=Path, metavar="FILE")
    play.add_argument("--url", default="http://127.0.0.1:8321")
    play.add_argument("--speed", type=float, default=1.0, help="60 plays an hour in a minute")
    play.add_argument("--heartbeat", type=float, default=30.0, metavar="S", help="0: none")
    for action in (plan, settle, play):
        action.add_argument("--seed", type=int, default=1)
        action.add_argument("--data", type=Path, default=argparse.SUPPRESS, metavar="DIR")
    for action in (plan, settle):
        action.add_argument("--homes", type=int, default=17_000)
