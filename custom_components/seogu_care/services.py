"""The actions: raise an alert, resolve it, answer a question, let the robot say something."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import probatio
from homeassistant.core import callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from .care.incident import Kind, Outcome, Words
from .care.signs import Request, Resolve
from .const import DOMAIN
from .households import ENTRY, household
from .questions import INTENTS
from .robot.messages import say_command

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import HomeAssistant, ServiceCall

    from .ledger import Ledger

SAY_HOLDS = timedelta(minutes=10)
MOST_SPOKEN = 300

RAISABLE = [Kind.HELP_CALL, Kind.FALL, Kind.INACTIVITY, Kind.ANOMALY, Kind.ENVIRONMENT, Kind.NOTICE]
OUTCOMES = [Outcome.RESOLVED_AT_HOME, Outcome.FALSE_ALARM, Outcome.HELPED, Outcome.OTHER]
TEXT = probatio.All(cv.string, probatio.Length(min=1, max=MOST_SPOKEN))


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Registers the actions once for all households."""
    hass.services.async_register(
        DOMAIN,
        "raise_alert",
        _raise_alert,
        probatio.Schema(
            {
                **ENTRY,
                probatio.Optional("kind", default=str(Kind.HELP_CALL)): probatio.In(list(map(str, RAISABLE))),
                probatio.Optional("text"): TEXT,
            }
        ),
    )
    hass.services.async_register(
        DOMAIN,
        "resolve",
        _resolve,
        probatio.Schema(
            {
                **ENTRY,
                probatio.Optional("incident"): cv.string,
                probatio.Optional("outcome", default=str(Outcome.RESOLVED_AT_HOME)): probatio.In(
                    list(map(str, OUTCOMES))
                ),
            }
        ),
    )
    hass.services.async_register(
        DOMAIN,
        "answer",
        _answer,
        probatio.Schema(
            {
                **ENTRY,
                probatio.Optional("incident"): cv.string,
                probatio.Optional("intent", default="okay"): probatio.In(list(INTENTS)),
            }
        ),
    )
    hass.services.async_register(
        DOMAIN,
        "say",
        _say,
        probatio.Schema(
            {**ENTRY, probatio.Required("text"): TEXT, probatio.Optional("urgent", default=False): cv.boolean}
        ),
    )


async def _raise_alert(call: ServiceCall) -> None:
    entry = household(call)
    text = call.data.get("text")
    sign = Request(
        id=str(uuid.uuid7()),
        at=dt_util.utcnow(),
        kind=Kind(call.data["kind"]),
        summary=None if text is None else Words(ko=text, en=text),
    )
    await entry.runtime_data.home.take(sign)


async def _resolve(call: ServiceCall) -> None:
    home = household(call).runtime_data.home
    incident = call.data.get("incident")
    ids = {known.id for known in home.household.open}
    if incident is not None and incident not in ids:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="no_such_incident",
            translation_placeholders={"incident": incident},
        )
    if not ids:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="nothing_open")
    await home.take(Resolve(outcome=Outcome(call.data["outcome"]), incident=incident))


async def _answer(call: ServiceCall) -> None:
    questions = household(call).runtime_data.questions
    if not await questions.answer(call.data["intent"], call.data.get("incident")):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="nothing_asked")


async def _say(call: ServiceCall) -> None:
    home = household(call).runtime_data.home
    if not home.robots:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_robot")

    def said(ledger: Ledger, now: datetime) -> Ledger:
        for robot in home.robots:
            ledger = ledger.with_command(
                say_command(robot, now, now + SAY_HOLDS, text=call.data["text"], urgent=call.data["urgent"])
            )
        return ledger

    await home.commit(said)
