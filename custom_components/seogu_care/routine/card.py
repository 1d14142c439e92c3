"""The routine's picture: what the card and the panel ask for, and the script that draws them."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import probatio
from homeassistant.components import websocket_api
from homeassistant.components.websocket_api.decorators import async_response, websocket_command
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from custom_components.seogu_care.care.routine.picture import without_gaps
from custom_components.seogu_care.const import DOMAIN, SUBENTRY_RESIDENT, VERSION

if TYPE_CHECKING:
    from homeassistant.components.websocket_api.connection import ActiveConnection
    from homeassistant.config_entries import ConfigEntry

    from custom_components.seogu_care.runtime import SeoguCareConfigEntry

    from .keeper import Keeper

SCRIPT: Final = "seogu-routine.js"
URL: Final = f"/{DOMAIN}/{SCRIPT}"
PANEL: Final = "seogu-care"
MOST_DAYS: Final = 400


async def async_setup_card(hass: HomeAssistant) -> None:
    """Registers the question, and serves the script where there is a web server."""
    websocket_api.async_register_command(hass, _ws_routine)
    if "http" not in hass.config.components:
        return
    from homeassistant.components.http import (  # type: ignore[attr-defined]  # noqa: PLC0415 - may be none
        StaticPathConfig,
    )

    path = Path(__file__).parent.parent / "frontend" / SCRIPT
    await hass.http.async_register_static_paths([StaticPathConfig(URL, str(path), cache_headers=False)])


async def async_show_panel(hass: HomeAssistant) -> None:
    """Puts the picture in the side bar, and offers the card to dashboards."""
    if "frontend" not in hass.config.components or PANEL in hass.data.get("frontend_panels", {}):
        return
    from homeassistant.components import frontend, panel_custom  # noqa: PLC0415

    module = f"{URL}?v={VERSION}"
    frontend.add_extra_js_url(hass, module)
    await panel_custom.async_register_panel(
        hass,
        frontend_url_path=PANEL,
        webcomponent_name="seogu-routine-panel",
        sidebar_title="돌봄" if hass.config.language.startswith("ko") else "Care",
        sidebar_icon="mdi:home-heart",
        module_url=module,
    )


@callback
def async_remove_panel(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Takes it away with the last household."""
    others = [
        other
        for other in hass.config_entries.async_entries(DOMAIN)
        if other.entry_id != entry.entry_id and other.state is ConfigEntryState.LOADED
    ]
    if others or "frontend" not in hass.config.components:
        return
    from homeassistant.components import frontend  # noqa: PLC0415

    frontend.async_remove_panel(hass, PANEL, warn_if_unknown=False)


@websocket_command(
    {
        probatio.Required("type"): f"{DOMAIN}/routine",
        probatio.Optional("entry_id"): str,
        probatio.Optional("days", default=28): probatio.All(int, probatio.Range(min=1, max=MOST_DAYS)),
    }
)
@async_response
async def _ws_routine(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """One household's days: rooms and liveliness by quarters of an hour, incidents, and how things stand."""
    entries: list[SeoguCareConfigEntry] = [
        entry
        for entry in hass.config_entries.async_loaded_entries(DOMAIN)
        if msg.get("entry_id") in {None, entry.entry_id}
    ]
    if not entries:
        connection.send_error(msg["id"], "no_household", "there is no such household, or it is not running")
        return
    connection.send_result(msg["id"], await picture(entries[0], msg["days"]))


async def picture(entry: SeoguCareConfigEntry, days: int) -> dict[str, Any]:
    """What the card draws."""
    routine = entry.runtime_data.routine
    now = dt_util.now()

    def shown(keeper: Keeper) -> dict[str, Any]:
        drawn = keeper.detector.signs.picture
        drawn.turn(now.toordinal())
        return {
            "rooms": list(drawn.rooms),
            "days": [
                {"date": date.fromordinal(day).isoformat(), "rooms": rooms, "lively": lively}
                for day, rooms, lively in without_gaps(drawn.shown(days), days)
            ],
            "weekly": keeper.detector.weekly_summary(now).to_dict(),
        }

    view = routine.view
    return {
        "household": entry.title,
        "entry_id": entry.entry_id,
        "questions": [
            {"id": each.id, "summary": {"ko": each.summary.ko, "en": each.summary.en}}
            for each in entry.runtime_data.questions.open
        ],
        "now": now.isoformat(),
        **(await routine.ask(shown) or {"rooms": [], "days": [], "weekly": None}),
        "incidents": _incidents(entry),
        "explanation": None if view is None or view.explanation is None else view.explanation.to_dict(),
        "limit": None if view is None else view.limit,
        "at_home": None if view is None else view.at_home,
        "checks": None if view is None else view.checks,
        "budget": routine.budget,
        "coverage": None if view is None else view.coverage,
        "anomalies": [each.to_dict() for each in view.anomalies if each.is_out] if view else [],
        "watched": len(routine.sensors),
        "residents": sum(each.subentry_type == SUBENTRY_RESIDENT for each in entry.subentries.values()),
    }


def _incidents(entry: SeoguCareConfigEntry) -> list[dict[str, Any]]:
    """Newest first."""
    incidents = reversed(list(entry.runtime_data.home.household.incidents.values()))
    return [
        {
            "id": incident.id,
            "at": dt_util.as_local(incident.opened_at).isoformat(),
            "kind": str(incident.kind),
            "state": str(incident.state),
            "severity": str(incident.severity),
            "outcome": None if incident.outcome is None else str(incident.outcome),
            "summary": {"ko": incident.summary.ko, "en": incident.summary.en},
            "resident": incident.resident,
        }
        for incident in incidents
    ]
