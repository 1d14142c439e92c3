"""A real bridge process, spoken to over real sockets, killed and started again."""

import json
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid7

import httpx
import pytest

from tests.district_bridge.bridge_process import PASSWORD, BridgeProcess, wait_until
from tests.district_bridge.home_side import HomeSide, Signing, heartbeat, incident, message, verified

if TYPE_CHECKING:
    from pathlib import Path

Make = Callable[..., BridgeProcess]
_SIGNED_IN: dict[Path, httpx.Cookies] = {}


@contextmanager
def sign_in(bridge: BridgeProcess) -> Iterator[httpx.Client]:
    """A person's signed-in browser, without the browser; a password is hashed slowly, so once a bridge."""
    kept = _SIGNED_IN.get(bridge.folder)
    with httpx.Client(base_url=bridge.url, timeout=60, trust_env=False, cookies=kept) as client:
        if kept is None:
            client.get("/login/")
            form = {"username": "admin", "password": PASSWORD}
            answer = client.post("/login/", data=form | {"csrfmiddlewaretoken": client.cookies["csrftoken"]})
            assert answer.status_code == 302
            _SIGNED_IN[bridge.folder] = httpx.Cookies(client.cookies)
        yield client


def press(client: httpx.Client, path: str, **data: str) -> None:
    answer = client.post(path, data=data | {"csrfmiddlewaretoken": client.cookies["csrftoken"]})
    assert answer.status_code == 302, answer.text


def alert_path(client: httpx.Client, incident_id: str) -> str:
    page = client.get("/").text
    row = page.split(f'data-incident="{incident_id}"')[1]
    return row.split('href="')[1].split('"')[0]


def test_info_names_the_bridge_and_its_key(bridge: BridgeProcess) -> None:
    info = httpx.get(f"{bridge.url}/api/v1/info", trust_env=False).json()
    assert (info["service"], info["api"]) == ("seogu-bridge", 1)
    assert set(info["jwk"]) == {"kty", "crv", "x"}
    assert abs(info["time"] - time.time()) < 30


def test_home_enrols_and_is_welcomed(bridge: BridgeProcess) -> None:
    home = HomeSide(bridge.url)
    code = bridge.code()
    welcome = home.enrol(code)
    assert welcome["neighbourhood"] == "둔산1동"
    assert (welcome["heartbeat_s"], welcome["silence_limit_s"]) == (30, 150)
    assert home.enrol(code)["home"] == home.home
    refused = HomeSide(bridge.url).enrol_response(code)
    assert (refused.status_code, refused.json()["type"]) == (410, "urn:seogu:code-used")


def test_batch_is_receipted_and_replay_is_refused(bridge: BridgeProcess) -> None:
    home = bridge.new_home()
    raised = message("incident", incident=incident())
    assert home.send(raised, heartbeat())["stored"][0] == raised["id"]
    assert home.send(raised)["duplicate"] == [raised["id"]]
    jti = str(uuid7())
    assert home.batch_response(jti=jti).status_code == 200
    replayed = home.batch_response(jti=jti)
    assert (replayed.status_code, replayed.json()["type"]) == (409, "urn:seogu:replayed")


def check_problem(response: httpx.Response, status: int, name: str) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == f"urn:seogu:{name}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert abs(problem["time"] - time.time()) < 30


def test_failures_are_problems_that_a_home_can_act_on(bridge: BridgeProcess) -> None:
    home = bridge.new_home()
    check_problem(home.post("/api/v1/batch", "nonsense"), 400, "malformed")
    check_problem(home.post("/api/v1/batch", "넘어짐".encode()), 400, "malformed")
    check_problem(home.post("/api/v1/batch", b""), 400, "malformed")
    check_problem(home.batch_response(iat=int(time.time()) - 400), 401, "stale")
    stranger = HomeSide(bridge.url, home=home.home)
    check_problem(stranger.batch_response(), 401, "unknown-key")
    forged = Signing().sign("seogu-batch+jwt", {"iss": home.home}, kid=home.signing.kid)
    check_problem(home.post("/api/v1/batch", forged), 401, "bad-signature")
    check_problem(stranger.enrol_response("ABCD-EFGH"), 404, "code-unknown")
    check_problem(home.batch_response(*[1] * 501), 413, "too-large")
    check_problem(home.post("/api/v1/nothing", b""), 404, "not-found")
    with home.client() as client:
        check_problem(client.get("/api/v1/batch"), 405, "method-not-allowed")
        check_problem(client.get("/api/v1/downlink"), 401, "bad-signature")
        check_problem(
            client.get("/api/v1/downlink", headers={"authorization": "Bearer nonsense"}), 400, "malformed"
        )


def raw_answer(bridge: BridgeProcess, head: str, body: bytes) -> bytes:
    """Sends the head and what of the body is given, and reads the answer while the body is unfinished."""
    with socket.create_connection(("127.0.0.1", bridge.port), timeout=60) as connection:
        connection.sendall(head.encode() + b"\r\n\r\n" + body)
        return connection.recv(4096)


def test_too_large_body_is_refused_before_it_is_sent(bridge: BridgeProcess) -> None:
    head = f"POST /api/v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: {2**40}"
    assert b"413" in raw_answer(bridge, head, b"a" * 1000).splitlines()[0]


def test_too_large_body_of_unknown_length_is_refused_while_it_is_read(bridge: BridgeProcess) -> None:
    head = "POST /api/v1/batch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked"
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    assert b"413" in raw_answer(bridge, head, chunk * 17).splitlines()[0]


def test_guessing_codes_is_slowed_down_and_emergencies_are_not(make_bridge: Make) -> None:
    own = make_bridge()
    own.start()
    home = own.new_home()
    answers = [HomeSide(own.url).enrol_response("ABCD-EFGH") for _ in range(12)]
    assert [answer.status_code for answer in answers] == [404] * 10 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) > 0
    assert len(home.send(message("incident", incident=incident()))["stored"]) == 1
    own.stop()


def test_downlink_brings_a_caseworkers_steps_and_resumes_after_the_last_seen(bridge: BridgeProcess) -> None:
    home = bridge.new_home()
    fall = incident()
    home.send(message("incident", incident=fall))
    with sign_in(bridge) as caseworker:
        path = alert_path(caseworker, fall["id"])
        press(caseworker, f"{path}acknowledge/")
        press(caseworker, f"{path}close/", outcome="helped")
    with home.listen() as events:
        first, second = next(events), next(events)
    assert [first["seq"], second["seq"]] == [1, 2]
    told = [event["message"]["incident"] for event in (first, second)]
    assert [step["state"] for step in told] == ["acknowledged", "closed"]
    assert {step["id"] for step in told} == {fall["id"]}
    with home.listen(last=1) as events:
        assert next(events)["seq"] == 2
    receipt = home.send(message("receipt", downlink=1), message("receipt", downlink=2))
    assert len(receipt["stored"]) == 2


def test_message_posted_while_the_home_listens_arrives(bridge: BridgeProcess) -> None:
    home = bridge.new_home()
    fall = incident()
    home.send(message("incident", incident=fall))
    with sign_in(bridge) as caseworker, home.listen() as events:
        path = alert_path(caseworker, fall["id"])
        press(caseworker, f"{path}acknowledge/")
        event = next(events)
    assert event["message"]["incident"]["by"] == "admin"


def test_open_page_hears_of_an_alert(bridge: BridgeProcess) -> None:
    home = bridge.new_home()
    with sign_in(bridge) as caseworker, caseworker.stream("GET", "/live/") as response:
        lines = response.iter_lines()
        assert next(lines) == "event: changed"
        home.send(message("incident", incident=incident()))
        assert next(line for line in lines if line == "data: news")


def test_listen_token_works_once(bridge: BridgeProcess) -> None:
    home = bridge.new_home()
    claims = {"iss": home.home, "aud": "seogu-bridge", "iat": int(time.time()), "jti": str(uuid7())}
    headers = {"authorization": f"Bearer {home.signing.sign('seogu-listen+jwt', claims)}"}
    with home.client() as client:
        with client.stream("GET", "/api/v1/downlink", headers=headers) as response:
            assert response.status_code == 200
        check_problem(client.get("/api/v1/downlink", headers=headers), 409, "replayed")
        bad = headers | {"last-event-id": "first"}
        check_problem(client.get("/api/v1/downlink", headers=bad), 400, "malformed")


def test_revoked_home_is_refused_from_then_on(bridge: BridgeProcess) -> None:
    home = bridge.new_home()
    bridge.run("revoke", "--home", home.home, "--reason", "moved away")
    check_problem(home.batch_response(heartbeat()), 403, "revoked")


def test_robot_speaks_for_its_home_with_its_own_key(bridge: BridgeProcess) -> None:
    home = bridge.new_home()
    robot = Signing()
    home.send(message("robot_key", robot="seogu-7f3a", jwk=robot.jwk))
    alone = HomeSide(home.url, robot, home.home, home.bridge_jwk)
    plea = incident(kind="help_call", reported_by="robot", step=1)
    assert len(alone.send(message("incident", incident=plea))["stored"]) == 1
    [shown] = [alert for alert in bridge.alerts() if alert["home_id"] == home.home]
    assert (shown["kind"], shown["origin"], shown["reports"]) == ("help_call", "robot", 1)


class Sender(threading.Thread):
    """A home that sends incidents as fast as it can and remembers what was receipted."""

    def __init__(self, home: HomeSide) -> None:
        super().__init__(daemon=True)
        self.home = home
        self.waiting: dict[str, dict[str, Any]] = {}
        self.receipted: set[str] = set()
        self.sent: set[str] = set()
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            if len(self.waiting) < 3:
                told = incident()
                self.waiting[told["id"]] = message("incident", incident=told)
                self.sent.add(told["id"])
            self.try_once()

    def try_once(self) -> None:
        outbox = dict(self.waiting)
        try:
            receipt = self.home.send(*outbox.values())
        except httpx.TransportError:
            time.sleep(0.02)  # the bridge is down; a client's back-off
            return
        done = {*receipt["stored"], *receipt["duplicate"]}
        for incident_id, posted in outbox.items():
            if posted["id"] in done:
                self.receipted.add(incident_id)
                del self.waiting[incident_id]


@pytest.mark.timeout(300)  # four starts of a bridge: on a busy machine half a minute each
def test_nothing_receipted_is_lost_when_the_bridge_is_killed(make_bridge: Make) -> None:
    own = make_bridge()
    own.start()
    senders = [Sender(own.new_home()) for _ in range(3)]
    for sender in senders:
        sender.start()
    chance = random.Random(20261122)  # noqa: S311 - a seed, no secret
    for _ in range(3):
        goal = sum(len(sender.receipted) for sender in senders) + chance.randint(5, 30)
        wait_until(lambda goal=goal: sum(len(s.receipted) for s in senders) >= goal, "receipts come")  # type: ignore[misc]
        own.kill()
        own.start()
    for sender in senders:
        sender.stopping.set()
        sender.join()
    for sender in senders:
        wait_until(lambda sender=sender: sender.try_once() or not sender.waiting, "the outbox empties")  # type: ignore[misc]
    found = [alert["incident"] for alert in own.alerts()]
    assert len(found) == len(set(found))
    assert set(found) == set().union(*(sender.receipted for sender in senders))
    assert own.run("audit").returncode == 0
    own.stop()


def test_ctrl_c_ends_the_bridge_though_streams_are_open(make_bridge: Make) -> None:
    own = make_bridge()
    own.start()
    home = own.new_home()
    with home.listen():
        assert own.stop() == 0
    assert "Traceback" not in own.log()


def test_silent_home_is_shown_offline_and_then_back(make_bridge: Make) -> None:
    own = make_bridge(
        SEOGU_BRIDGE_SILENCE_LIMIT_S="2", SEOGU_BRIDGE_HEARTBEAT_S="1", SEOGU_BRIDGE_LEASE_S="1"
    )
    own.start()
    home = own.new_home()
    home.send(heartbeat())

    def shown() -> list[dict[str, Any]]:
        return [alert for alert in own.alerts() if alert["home_id"] == home.home]

    [offline] = wait_until(shown, "the silence is noticed")
    assert (offline["kind"], offline["state"], offline["origin"]) == ("device", "raised", "bridge")
    fall = incident()
    home.send(heartbeat(), message("incident", incident=fall))
    [back] = [alert for alert in shown() if alert["kind"] == "device"][:1]
    assert (back["state"], back["outcome"]) == ("closed", "resolved_at_home")
    with sign_in(own) as caseworker, home.listen() as events:
        press(caseworker, f"{alert_path(caseworker, fall['id'])}acknowledge/")
        told = [next(events)["message"]["incident"] for _ in range(2)]
    assert [step["state"] for step in told] == ["acknowledged", "raised"]
    own.stop()


def test_receipt_is_signed_for_this_home_alone(bridge: BridgeProcess) -> None:
    home = bridge.new_home()
    response = home.batch_response(heartbeat())
    receipt = verified(response.text, home.bridge_jwk, "seogu-receipt+jwt", home.home)
    assert set(receipt) == {"iss", "aud", "iat", "jti", "stored", "duplicate", "refused"}
    with pytest.raises(Exception, match=r"[Aa]udience"):
        verified(response.text, home.bridge_jwk, "seogu-receipt+jwt", "h-other")


def test_log_of_the_bridge_names_nobody(bridge: BridgeProcess) -> None:
    home = bridge.new_home()
    home.send(message("incident", incident=incident()), {"id": "x", "type": "dance"})
    with sign_in(bridge) as caseworker:
        caseworker.get("/alerts/999999/")
    log = bridge.log()
    assert "김순자" not in log
    assert "admin" not in log
    assert json.dumps("넘어짐")[1:-1] not in log
    assert "넘어짐" not in log
