"""A real Home Assistant, set up the way a family sets it up: onboarding, then the two config flows."""

import os
import secrets
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from rig.program import Program
from rig.waiting import StepMissingError, free_port, wait_for

PROJECT = Path(__file__).resolve().parents[2]
START_S = 300.0
CONFIGURATION = """\
homeassistant:
  name: 순자 씨 댁
  language: ko
  country: KR
  time_zone: Asia/Seoul
  latitude: 36.3553
  longitude: 127.3838
  elevation: 50
  unit_system: metric
  currency: KRW
http:
  server_host: 127.0.0.1
  server_port: {port}
frontend:
config:
history:
logbook:
recorder:
conversation:
logger:
  default: warning
  logs:
    custom_components.seogu_care: debug
"""


class Home:
    """Home Assistant in a configuration folder of its own, driven over its REST API."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.user = "family"
        self.password = secrets.token_urlsafe(9)
        (folder / "configuration.yaml").write_text(CONFIGURATION.format(port=self.port), encoding="utf-8")
        components = folder / "custom_components"
        components.mkdir()
        (components / "seogu_care").symlink_to(PROJECT / "custom_components" / "seogu_care")
        # Only what the lock file holds may run: without --skip-pip Home Assistant would install more.
        hass = Path(sys.executable).parent / "hass"
        command = [str(hass), "--config", str(folder), "--skip-pip", "--log-file", str(folder / "hass.log")]
        self.program = Program("home", command, folder / "log", env={"PYTHONPATH": os.fspath(PROJECT)})
        self._http = httpx.Client(base_url=self.url, timeout=20)
        self._refresh_token = ""
        self._token_until = 0.0

    def start(self) -> None:
        """Starts it and waits until its web server answers."""
        self.program.start()
        wait_for("Home Assistant answers", self.answers, START_S)

    def answers(self) -> bool:
        """Whether its web server answers."""
        try:
            return self._http.get("/api/onboarding", timeout=2).status_code < 500
        except httpx.HTTPError:
            return False

    def running(self) -> bool:
        """Whether Home Assistant has finished starting."""
        try:
            return bool(self.get("/api/config")["state"] == "RUNNING")
        except httpx.HTTPError:
            return False

    def onboard(self) -> None:
        """The first visit: makes the family's account and walks through the four onboarding steps."""
        client = f"{self.url}/"
        account = {
            "client_id": client,
            "name": "김지영",
            "username": self.user,
            "password": self.password,
            "language": "ko",
        }
        code = self._json(self._http.post("/api/onboarding/users", json=account))["auth_code"]
        form = {"grant_type": "authorization_code", "code": code, "client_id": client}
        tokens = self._json(self._http.post("/auth/token", data=form))
        self._refresh_token = tokens["refresh_token"]
        self._use(tokens)
        for step in ("core_config", "analytics"):
            self.post(f"/api/onboarding/{step}")
        self.post("/api/onboarding/integration", {"client_id": client, "redirect_uri": client})
        # Else Home Assistant takes its web server's settings back after five minutes.
        self.websocket({"type": "http/config/promote"})

    def tokens(self) -> dict[str, Any]:
        """The log-in as Home Assistant's web page keeps it."""
        self._renew()
        return {
            "access_token": self._access(),
            "refresh_token": self._refresh_token,
            "token_type": "Bearer",
            "expires_in": 1800,
            "expires": int((time.time() + 1800) * 1000),
            "hassUrl": self.url,
            "clientId": f"{self.url}/",
        }

    def get(self, path: str) -> Any:
        """GET with the family's token."""
        self._renew()
        return self._json(self._http.get(path))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """POST with the family's token."""
        self._renew()
        return self._json(self._http.post(path, json=body or {}))

    def flow(self, handler: str, *answers: dict[str, Any]) -> dict[str, Any]:
        """Walks a config flow, one answer a form, and returns what it ended with."""
        return self._walk(
            "/api/config/config_entries/flow", {"handler": handler, "show_advanced_options": False}, answers
        )

    def continue_flow(self, flow_id: str, *answers: dict[str, Any]) -> dict[str, Any]:
        """Goes on with a discovered flow."""
        result: dict[str, Any] = {"flow_id": flow_id, "type": "form"}
        for answer in answers:
            result = self.post(f"/api/config/config_entries/flow/{flow_id}", answer)
        return result

    def options(self, entry_id: str, *answers: dict[str, Any]) -> dict[str, Any]:
        """Walks an options flow."""
        return self._walk("/api/config/config_entries/options/flow", {"handler": entry_id}, answers)

    def entries(self, domain: str) -> list[dict[str, Any]]:
        """The config entries of an integration."""
        found: list[dict[str, Any]] = self.get(f"/api/config/config_entries/entry?domain={domain}")
        return found

    def discovered(self, handler: str) -> list[dict[str, Any]]:
        """The config flows of an integration that wait for a person."""
        # Flows in progress are told over the websocket only.
        found: list[dict[str, Any]] = self.websocket({"type": "config_entries/flow/subscribe"})
        return [each["flow"] for each in found if each.get("flow", {}).get("handler") == handler]

    def websocket(self, command: dict[str, Any]) -> Any:
        """One websocket command: its result, or its first event for a subscription."""
        from rig.websocket import ask  # noqa: PLC0415 (only needed where a set-up is driven)

        self._renew()
        return ask(f"ws://127.0.0.1:{self.port}/api/websocket", self._access(), command)

    def state(self, entity_id: str) -> dict[str, Any] | None:
        """An entity's state, or None when there is none."""
        self._renew()
        answer = self._http.get(f"/api/states/{entity_id}")
        return None if answer.status_code == httpx.codes.NOT_FOUND else self._json(answer)

    def call(self, action: str, data: dict[str, Any]) -> None:
        """Calls an action, for instance ``seogu_care.say``."""
        domain, name = action.split(".")
        self.post(f"/api/services/{domain}/{name}", data)

    def _walk(self, path: str, start: dict[str, Any], answers: tuple[dict[str, Any], ...]) -> dict[str, Any]:
        result: dict[str, Any] = self.post(path, start)
        for answer in answers:
            if result["type"] not in {"form", "menu"}:
                raise StepMissingError(f"the flow ended early: {result}")
            result = self.post(f"{path}/{result['flow_id']}", answer)
            if result.get("errors"):
                raise StepMissingError(f"step {result['step_id']} was refused: {result['errors']}")
        return result

    def _access(self) -> str:
        return self._http.headers["Authorization"].removeprefix("Bearer ")

    def _use(self, tokens: dict[str, Any]) -> None:
        self._http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        self._token_until = time.monotonic() + tokens["expires_in"] - 60

    def _renew(self) -> None:
        if self._refresh_token and time.monotonic() > self._token_until:
            form = {
                "grant_type": "refresh_token",
                "refresh_token": self._refresh_token,
                "client_id": f"{self.url}/",
            }
            self._use(self._json(self._http.post("/auth/token", data=form)))

    @staticmethod
    def _json(answer: httpx.Response) -> Any:
        if answer.is_error:
            raise StepMissingError(f"{answer.request.url.path} answered {answer.status_code}: {answer.text}")
        return answer.json()
