"""Which ladder counts for an alert: the most specific row of the database, else the one that came with it."""

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from district_bridge.alerts.models import Kind, Severity
from district_bridge.escalation.climb import Ladder, LadderError, Rung, Step
from district_bridge.escalation.models import OwnLadder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from district_bridge.alerts.models import Alert

FILE = Path(__file__).with_name("ladders.toml")
LONGEST_WAIT_S = 7 * 24 * 3600


@dataclass(frozen=True)
class Rule:
    """A ladder and the alerts it is for; None means: all."""

    neighbourhood: int | None
    kind: str | None
    severity: int | None
    ladder: Ladder
    is_own: bool = False

    def fits(self, neighbourhood: int, kind: str, severity: int) -> bool:
        """Whether it is for such an alert."""
        return (
            self.neighbourhood in {None, neighbourhood}
            and self.kind in {None, kind}
            and self.severity in {None, severity}
        )

    @property
    def weight(self) -> tuple[bool, bool, bool, bool]:
        """The more specific, the greater; the district's own before the ones that came with the bridge."""
        return (
            self.is_own,
            self.neighbourhood is not None,
            self.kind is not None,
            self.severity is not None,
        )


def read_ladder(rungs: Any, again_s: Any) -> Ladder:
    """A ladder from rows of ``{"step", "after_s"}``; raises ``LadderError`` with what is wrong."""
    if not isinstance(rungs, list) or not rungs:
        raise LadderError("a ladder needs rungs")
    return Ladder(tuple(_read_rung(rung) for rung in rungs), _seconds(again_s))


def _read_rung(rung: Any) -> Rung:
    if not isinstance(rung, dict):
        raise LadderError("a rung needs a step and a time")
    try:
        step = Step(str(rung.get("step")))
    except ValueError as error:
        raise LadderError(f"there is no step {rung.get('step')!r}") from error
    return Rung(step, _seconds(rung.get("after_s")))


def _seconds(value: Any) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST_WAIT_S:
        raise LadderError(f"{value!r} is no number of seconds between 0 and {LONGEST_WAIT_S}")
    return timedelta(seconds=value)


def _came_with_it() -> tuple[Rule, ...]:
    rules = []
    for row in tomllib.loads(FILE.read_text(encoding="utf-8"))["ladder"]:
        severity = Severity[row["severity"].upper()].value if "severity" in row else None
        kind = Kind(row["kind"]).value if "kind" in row else None
        rules.append(Rule(None, kind, severity, read_ladder(row["rungs"], row["again_s"])))
    return tuple(rules)


DEFAULTS = _came_with_it()


def own_rules() -> list[Rule]:
    """The district's own ladders."""
    return [
        Rule(
            row.neighbourhood_id,
            row.kind or None,
            row.severity,
            read_ladder(row.rungs, row.again_s),
            is_own=True,
        )
        for row in OwnLadder.objects.all()
    ]


def choose(rules: Iterable[Rule], neighbourhood: int, kind: str, severity: int) -> Rule:
    """The most specific rule for such an alert; those that came with the bridge stand behind them all."""
    fitting = [rule for rule in (*rules, *DEFAULTS) if rule.fits(neighbourhood, kind, severity)]
    return max(fitting, key=lambda rule: rule.weight)


def ladder_of(alert: Alert, rules: Iterable[Rule] | None = None) -> Ladder:
    """The ladder of one alert."""
    known = own_rules() if rules is None else rules
    return choose(known, alert.home.neighbourhood_id, alert.kind, alert.severity).ladder
