"""A district that does not exist: plans as data, played over the real wire."""

import json
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from district_bridge.alerts.models import Alert
from district_bridge.deployment import DeploymentError
from district_bridge.simulation import plan
from district_bridge.simulation.plan import PlanError, Planned
from district_bridge.simulation.rates import expected_a_day
from tests.district_bridge.bridge_process import BridgeProcess
from tests.district_bridge.people import enrolled_home, run_command

if TYPE_CHECKING:
    from pathlib import Path

Make = Callable[..., BridgeProcess]
DAYS = 200


@pytest.fixture(scope="module")
def year() -> list[Planned]:
    return plan.make(homes=17_000, days=DAYS, seed=3, heat_days=[150])


def raised(planned: list[Planned], rate: str | None = None) -> list[Planned]:
    return [one for one in planned if one.act == "raise" and rate in {None, one.rate}]


def hour(one: Planned) -> float:
    return one.at_s % 86_400 / 3_600


def test_same_seed_gives_the_same_days() -> None:
    first = plan.make(homes=300, days=30, seed=5)
    assert first == plan.make(homes=300, days=30, seed=5)
    assert first != plan.make(homes=300, days=30, seed=6)
    assert [one.at_s for one in first] == sorted(one.at_s for one in first)


def test_as_many_alerts_come_as_the_published_rates_say(year: list[Planned]) -> None:
    without_heat = [one for one in raised(year) if one.rate != "heat"]
    expected = expected_a_day(17_000) * DAYS
    assert 45 < expected_a_day(17_000) < 47
    # Five standard deviations of a Poisson count.
    assert abs(len(without_heat) - expected) < 5 * expected**0.5
    counts = Counter(one.rate for one in without_heat)
    assert pytest.approx(counts["inactivity"] / counts["plea"], rel=0.1) == 0.70 / 0.17


def test_pleas_come_mostly_at_night_and_one_in_nine_is_real(year: list[Planned]) -> None:
    pleas = raised(year, "plea")
    night = sum(1 for one in pleas if hour(one) >= 20 or hour(one) < 6)
    assert night / len(pleas) == pytest.approx(0.74, abs=0.04)
    assert sum(one.real for one in pleas) / len(pleas) == pytest.approx(1 / 9, abs=0.03)


def test_false_alarms_are_settled_at_home_and_real_ones_wait_for_a_person(year: list[Planned]) -> None:
    settled = {one.incident for one in year if one.act == "settle"}
    assert settled == {one.incident for one in raised(year) if not one.real}


def test_heat_comes_on_hot_days_in_the_afternoon(year: list[Planned]) -> None:
    hot = raised(year, "heat")
    assert {int(one.at_s // 86_400) + 1 for one in hot} == {150}
    assert all(12 <= hour(one) <= 19 for one in hot)


def test_plan_is_read_as_it_was_written() -> None:
    planned = plan.make(homes=1_000, days=20, seed=1, heat_days=[3])
    assert plan.read(plan.write(planned)) == planned


GOOD = {"at_s": 1.0, "home": 1, "act": "raise", "rate": "plea", "incident": 1, "real": True}


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[]",
        "{}",
        json.dumps(GOOD | {"act": "dance"}),
        json.dumps(GOOD | {"rate": "unheard-of"}),
        json.dumps(GOOD | {"at_s": -1}),
        json.dumps(GOOD | {"at_s": "now"}),
        json.dumps(GOOD | {"home": 1.5}),
        json.dumps(GOOD | {"more": 1}),
        json.dumps(GOOD).replace("1.0", "NaN"),
    ],
)
def test_plan_with_a_bad_line_names_the_line(line: str) -> None:
    with pytest.raises(PlanError, match="line 2"):
        plan.read(json.dumps(GOOD) + "\n" + line)


@settings(max_examples=50, deadline=None)
@given(st.text() | st.dictionaries(st.sampled_from(sorted(GOOD)), st.integers() | st.text()).map(json.dumps))
def test_whatever_a_file_holds_it_is_a_plan_or_refused(text: str) -> None:
    try:
        found = plan.read(text)
    except PlanError:
        return
    assert plan.read(plan.write(found)) == found


def test_plan_without_homes_is_refused() -> None:
    with pytest.raises(PlanError):
        plan.make(homes=0, days=1, seed=1)


@pytest.mark.timeout(600)
def test_played_plan_arrives_whole_and_signed(make_bridge: Make, tmp_path: Path) -> None:
    own = make_bridge(bare=True)
    own.run("simulate", "settle", "--homes", "12", "--seed", "4")
    own.start()
    acts = [("raise", 0, 0, "plea"), ("raise", 1, 1, "inactivity"), ("settle", 1, 1, "inactivity")]
    acts += [("raise", 2, 2, "smoke"), ("silent", 3, 3, "breakdown"), ("back", 3, 3, "breakdown")]
    planned = [
        Planned(60.0 * place, home, act, rate, incident, real=True)
        for place, (act, home, incident, rate) in enumerate(acts)
    ]
    file = tmp_path / "plan.jsonl"
    file.write_text(plan.write(planned))
    words = ["--speed", "600", "--seed", "4", "--heartbeat", "5", "--url", own.url]
    said = own.run("simulate", "play", str(file), *words).stdout
    assert "raise 3" in said
    assert "settle 1" in said
    assert "REFUSED" not in said
    kinds = Counter(alert["kind"] for alert in own.alerts())
    assert kinds == {"help_call": 1, "inactivity": 1, "environment": 1}
    assert own.run("audit").returncode == 0
    # The plan needs home 3: a bridge that has not so many says so.
    short = tmp_path / "large.jsonl"
    short.write_text(plan.write([Planned(0.0, 500, "raise", "plea", 1, real=True)]))
    refused = own.run("simulate", "play", str(short), check=False)
    assert (refused.returncode, "501 homes" in refused.stderr) == (2, True)
    own.stop()


@pytest.mark.django_db(transaction=True)
def test_demonstration_shows_alerts_in_every_state_and_its_sums_hold(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command("load-demo", "--homes", "40") == 0
    assert "shown this once" in capsys.readouterr().out
    assert set(Alert.objects.values_list("state", flat=True)) == {"raised", "acknowledged", "closed"}
    assert run_command("audit") == 0
    with pytest.raises(DeploymentError, match="already"):
        run_command("load-demo")


@pytest.mark.django_db
def test_inventions_are_never_put_beside_real_homes() -> None:
    enrolled_home()
    for words in (["load-demo"], ["simulate", "settle"]):
        with pytest.raises(DeploymentError, match="real homes"):
            run_command(*words)
