"""``simulate plan | settle | play``: a district's days by published rates, for training and for measuring."""

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from django.utils import timezone

from district_bridge.deployment import DeploymentError
from district_bridge.homes.models import Home
from district_bridge.simulation import demo, plan
from district_bridge.simulation.play import Player
from district_bridge.simulation.rates import expected_a_day
from district_bridge.simulation.settle import settle

if TYPE_CHECKING:
    import argparse


def run(arguments: argparse.Namespace) -> int:
    """One of the three."""
    return {"plan": _plan, "settle": _settle, "play": _play}[arguments.action](arguments)


def _plan(arguments: argparse.Namespace) -> int:
    try:
        planned = plan.make(
            homes=arguments.homes, days=arguments.days, seed=arguments.seed, heat_days=arguments.heat_day
        )
    except plan.PlanError as error:
        raise DeploymentError(str(error)) from error
    arguments.out.write_text(plan.write(planned), encoding="utf-8")
    expected = expected_a_day(arguments.homes) * arguments.days
    raised = Counter(one.rate for one in planned if one.act == "raise")
    real = sum(one.real for one in planned if one.act == "raise")
    print(f"plan      {arguments.out}: {len(planned)} events")
    print(f"alerts    {raised.total()}, of them {real} real (the rates expect {expected:.0f} without heat)")
    print("          " + ", ".join(f"{name} {count}" for name, count in raised.most_common()))
    return 0


def _settle(arguments: argparse.Namespace) -> int:
    demo.refuse_beside_real_homes()
    if Home.objects.exists():
        raise DeploymentError("there is a simulated district already")
    settle(arguments.homes, arguments.seed, timezone.now())
    print(f"settled   {arguments.homes} invented homes (seed {arguments.seed})")
    return 0


def _play(arguments: argparse.Namespace) -> int:
    try:
        planned = plan.read(arguments.plan.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, plan.PlanError) as error:
        raise DeploymentError(f"{arguments.plan}: {error}") from error
    if arguments.speed <= 0:
        raise DeploymentError("--speed must be above 0")
    demo.refuse_beside_real_homes()
    homes = Home.objects.count()
    most = max((one.home for one in planned), default=-1)
    if most >= homes:
        raise DeploymentError(f"the plan needs {most + 1} homes, here are {homes}: `simulate settle` first")
    player = Player(arguments.url, arguments.seed, speed=arguments.speed, heartbeat_s=arguments.heartbeat)
    try:
        played = asyncio.run(player.play(planned, homes))
    except KeyboardInterrupt:
        played = player.played
    print("sent      " + ", ".join(f"{act} {count}" for act, count in sorted(played.sent.items())))
    if played.refused:
        print("REFUSED   " + ", ".join(f"{status}: {count}" for status, count in played.refused.items()))
    return 1 if played.refused else 0
