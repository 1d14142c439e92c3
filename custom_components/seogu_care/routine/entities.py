"""The routine's sensors: how things stand, and a score for each anomaly."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, get_args

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfTime

from custom_components.seogu_care.care.routine.anomalies import AnomalyKind
from custom_components.seogu_care.entity import HouseholdEntity

from .weekly import SEVERAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from custom_components.seogu_care.care.routine.anomalies import Anomaly

    from .keeper import View


NONE_YET: Final = "none_yet"
LEARNING: Final = (
    "지난 기록을 배우고 있습니다. 곧 보여 드립니다.",
    "Learning from the past; it will be shown soon.",
)


@dataclass(frozen=True, kw_only=True)
class RoutineSensorDescription(SensorEntityDescription):
    """Where a sensor's value and attributes come from; ``korean`` chooses the words."""

    value: Callable[[View], str | float | None]
    attributes: Callable[[View, bool], Mapping[str, Any]] | None = None


def _why(view: View, korean: bool) -> Mapping[str, Any]:  # noqa: FBT001 - a choice of words
    if view.explanation is None:
        return {}
    return {"explanation": view.explanation.ko if korean else view.explanation.en, **view.explanation.numbers}


def _score(anomaly: Anomaly) -> float:
    return anomaly.score


def _anomaly(kind: str) -> RoutineSensorDescription:
    def foremost(view: View) -> Anomaly | None:
        return max((each for each in view.anomalies if each.kind == kind), key=_score, default=None)

    def value(view: View) -> float | None:
        each = foremost(view)
        return None if each is None else round(each.score, 2)

    def attributes(view: View, korean: bool) -> Mapping[str, Any]:  # noqa: FBT001
        each = foremost(view)
        if each is None:
            return {}
        words = each.ko if korean else each.en
        return {"threshold": each.threshold, "out_of_the_ordinary": each.is_out, "explanation": words}

    return RoutineSensorDescription(
        key=f"anomaly_{kind}",
        translation_key=f"anomaly_{kind}",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=1,
        value=value,
        attributes=attributes,
    )


ROUTINE = (
    RoutineSensorDescription(
        key="last_room",
        translation_key="last_room",
        value=lambda view: view.last_room or NONE_YET,
        attributes=lambda view, _: {"silent_min": view.silent},
    ),
    RoutineSensorDescription(
        key="expected_limit",
        translation_key="expected_limit",
        native_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        value=lambda view: None if view.limit is None else round(view.limit),
        attributes=_why,
    ),
    RoutineSensorDescription(
        key="someone_home",
        translation_key="someone_home",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value=lambda view: round(100 * view.at_home),
    ),
    RoutineSensorDescription(
        key="checks_this_week",
        translation_key="checks_this_week",
        value=lambda view: view.checks,
        attributes=lambda view, _: {"budget_a_week": view.budget},
    ),
    RoutineSensorDescription(
        key="coverage",
        translation_key="coverage",
        native_unit_of_measurement=PERCENTAGE,
        entity_category=EntityCategory.DIAGNOSTIC,
        suggested_display_precision=0,
        value=lambda view: round(100 * view.coverage),
        attributes=lambda view, _: {"faults": dict(view.faults)},
    ),
    *(_anomaly(kind) for kind in get_args(AnomalyKind)),
)


class RoutineSensor(HouseholdEntity, SensorEntity):
    """Shows something of the last minute's work; before the first, that it is learning."""

    entity_description: RoutineSensorDescription

    @property
    def native_value(self) -> str | float | None:
        """What it shows."""
        view = self.data.routine.view
        return None if view is None else self.entity_description.value(view)

    @property
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Why."""
        view, attributes = self.data.routine.view, self.entity_description.attributes
        korean = self.hass.config.language.startswith("ko")
        if attributes is None:
            return None
        if view is None:
            return {"explanation": LEARNING[0 if korean else 1]}
        several = self.data.home.has_several_residents and self.entity_description.key == "expected_limit"
        limits = {"limits": SEVERAL[0 if korean else 1]} if several else {}
        return {**attributes(view, korean), **limits}
