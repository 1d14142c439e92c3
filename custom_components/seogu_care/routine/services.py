"""The routine's actions: take in a past, give out what was learned, forget it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import probatio
from homeassistant.core import ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from custom_components.seogu_care.care.routine.errors import BadStateError
from custom_components.seogu_care.const import DOMAIN
from custom_components.seogu_care.households import ENTRY, household

from .csv_file import BadCsvError, read

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import HomeAssistant, ServiceCall

    from .routine import Routine

FOLDER: Final = "seogu_care"
KNOWN_BY_RECORDER_DAYS: Final = 10
"""So many days Home Assistant keeps by default: what was learned of more can't be learned again."""


@callback
def async_setup_routine_services(hass: HomeAssistant) -> None:
    """Registers the actions once for all households."""
    hass.services.async_register(
        DOMAIN,
        "import_history",
        _import,
        probatio.Schema(
            {
                **ENTRY,
                probatio.Required("file"): cv.string,
                probatio.Optional("replace", default=False): cv.boolean,
            }
        ),
        supports_response=SupportsResponse.OPTIONAL,
    )
    hass.services.async_register(
        DOMAIN,
        "export_routine",
        _export,
        probatio.Schema({**ENTRY, probatio.Optional("file"): cv.string}),
        supports_response=SupportsResponse.OPTIONAL,
    )
    hass.services.async_register(
        DOMAIN,
        "forget_routine",
        _forget,
        probatio.Schema({**ENTRY, probatio.Required("confirm"): cv.boolean}),
    )


async def _import(call: ServiceCall) -> ServiceResponse:
    routine = _routine(call)
    path = _path(call.hass, call.data["file"])
    days = await routine.ask(lambda keeper: len(keeper.detector.signs.book.pages)) or 0
    if days > KNOWN_BY_RECORDER_DAYS and not call.data["replace"]:
        raise _invalid("import_would_forget", days=str(days))
    try:
        if path.suffix == ".json":
            await routine.restore(await call.hass.async_add_executor_job(_stored, path))
            return {"file": str(path)}
        history = await call.hass.async_add_executor_job(
            _history, path, routine, dt_util.get_default_time_zone(), dt_util.utcnow()
        )
    except (OSError, UnicodeDecodeError) as err:
        raise _invalid("file_unreadable", file=str(path), reason=str(err)) from err
    except (BadCsvError, BadStateError) as err:
        raise _invalid("import_refused", file=path.name, reason=str(err)) from err
    await routine.learn_anew(history)
    return {
        "file": str(path),
        "changes": len(history),
        "from": history[0][0].isoformat(),
        "to": history[-1][0].isoformat(),
    }


async def _export(call: ServiceCall) -> ServiceResponse:
    routine = _routine(call)
    name = call.data.get("file") or f"routine-{dt_util.now():%Y%m%d-%H%M%S}.json"
    path = _path(call.hass, name)
    if path.suffix != ".json":
        raise _invalid("export_json", file=name)
    document = await routine.document()
    try:
        size = await call.hass.async_add_executor_job(_write, path, document)
    except OSError as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="file_unwritable",
            translation_placeholders={"file": str(path), "reason": str(err)},
        ) from err
    return {"file": str(path), "bytes": size}


async def _forget(call: ServiceCall) -> None:
    routine = _routine(call)
    if not call.data["confirm"]:
        raise _invalid("forget_unconfirmed")
    await routine.forget()


def _routine(call: ServiceCall) -> Routine:
    routine: Routine = household(call).runtime_data.routine
    if routine.keeper is None:
        raise _invalid("no_routine")
    return routine


def _path(hass: HomeAssistant, name: str) -> Path:
    """A file in the configuration's folder `seogu_care`, or a path that Home Assistant allows."""
    given = Path(name)
    if given.is_absolute():
        if not hass.config.is_allowed_path(name):
            raise _invalid("path_not_allowed", file=name)
        return given
    if given.name != name or not name.strip("."):
        raise _invalid("path_not_allowed", file=name)
    return Path(hass.config.path(FOLDER, name))


def _history(path: Path, routine: Routine, zone: Any, now: datetime) -> list[tuple[datetime, str, bool]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return read(file, routine.sensors, zone, now)


def _stored(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as err:
        raise BadStateError(f"it is no JSON: {err}") from err
    if not isinstance(document, dict) or not isinstance(document.get("detector"), dict):
        raise BadStateError("it holds no routine that was exported here")
    return document


def _write(path: Path, document: dict[str, Any]) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def _invalid(key: str, **words: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=words or None
    )
