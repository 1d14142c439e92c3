"""What load balancers and Prometheus ask."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from district_bridge.health.answers import may_read_metrics
from tests.district_bridge.bridge_process import BridgeProcess, wait_until
from tests.district_bridge.home_side import heartbeat, incident, message

Make = Callable[..., BridgeProcess]
RULES = Path(__file__).parents[2] / "deploy/prometheus/seogu-alerts.yml"


@pytest.fixture(scope="module")
def client(bridge: BridgeProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=bridge.url, timeout=60, trust_env=False) as made:
        yield made


def samples(client: httpx.Client) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    found = [sample for family in families for sample in family.samples]
    return {f"{one.name}{','.join(sorted(one.labels.values()))}": one.value for one in found}


def test_health_and_readiness_are_told_without_signing_in(client: httpx.Client) -> None:
    for path in ("/healthz", "/readyz"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert client.post("/readyz").status_code == 405


def test_metrics_count_what_came_in_and_how_long_it_took(client: httpx.Client, bridge: BridgeProcess) -> None:
    home = bridge.new_home()
    before = samples(client)
    raised = message("incident", incident=incident())
    home.send(raised, heartbeat())
    home.send(raised)
    home.batch_response(iat=0)
    after = samples(client)

    def grew(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grew("seogu_messages_totalstored") == 2
    assert grew("seogu_messages_totalduplicate") == 1
    assert grew("seogu_batches_total200") == 2
    assert grew("seogu_batches_total401") == 1
    assert grew("seogu_batch_seconds_count") == 3
    assert grew("seogu_open_alertsemergency,raised") == 1
    assert grew("seogu_homesonline") >= 0
    assert after["seogu_oldest_unclaimed_emergency_seconds"] > 0
    assert after["seogu_database_up"] == 1


def test_metrics_show_that_somebody_looks_for_silent_homes(client: httpx.Client) -> None:
    wait_until(lambda: samples(client)["seogu_supervision_age_seconds"] < 10, "supervision works")


def test_metrics_name_nobody(client: httpx.Client, bridge: BridgeProcess) -> None:
    home = bridge.new_home()
    home.send(message("incident", incident=incident()))
    text = client.get("/metrics").text
    assert home.home not in text
    assert "김순자" not in text


def test_metrics_are_not_for_those_who_come_through_a_proxy(client: httpx.Client) -> None:
    assert client.get("/metrics", headers={"x-forwarded-for": "203.0.113.7"}).status_code == 403
    assert client.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 403


def scope(address: str, **headers: str) -> dict[str, Any]:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"client": (address, 4711), "headers": pairs}


@pytest.mark.parametrize(
    ("asks", "token", "may"),
    [
        (scope("127.0.0.1"), "", True),
        (scope("::1"), "", True),
        (scope("10.0.0.9"), "", False),
        (scope("127.0.0.1", forwarded="for=127.0.0.1"), "", False),
        (scope("10.0.0.9", authorization="Bearer s3cret"), "s3cret", True),
        (scope("10.0.0.9", authorization="Bearer wrong"), "s3cret", False),
        (scope("127.0.0.1"), "s3cret", False),
        ({"client": None, "headers": []}, "", False),
    ],
)
def test_metrics_are_for_this_machine_or_who_has_the_token(
    asks: dict[str, Any],
    token: str,
    may: bool,  # noqa: FBT001 - the expected answer
) -> None:
    assert may_read_metrics(asks, token) is may


def test_every_alert_rule_asks_for_metrics_that_are_there(client: httpx.Client) -> None:
    told = client.get("/metrics").text
    asked = set(re.findall(r"\bseogu_[a-z_]+", RULES.read_text()))
    assert len(asked) > 8
    for name in asked:
        assert re.search(rf"^{name}[ {{]", told, re.MULTILINE), name
