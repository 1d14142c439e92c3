"""Repairs: what went wrong, in words a person can act on, raised and cleared in one place."""

from typing import TYPE_CHECKING, Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry


@callback
def tell(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    name: str,
    *,
    error: bool = False,
    persistent: bool = False,
    **words: str,
) -> None:
    """Shows the repair `name` for one household; `words` fill its text."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{name}_{entry.entry_id}",
        is_fixable=False,
        is_persistent=persistent,
        severity=ir.IssueSeverity.ERROR if error else ir.IssueSeverity.WARNING,
        translation_key=name,
        translation_placeholders={"household": entry.title, **words},
    )


@callback
def clear(hass: HomeAssistant, entry: ConfigEntry[Any], *names: str) -> None:
    """Takes repairs away that no longer hold."""
    for name in names:
        ir.async_delete_issue(hass, DOMAIN, f"{name}_{entry.entry_id}")


@callback
def tell_about(hass: HomeAssistant, entry: ConfigEntry[Any], name: str, about: str, **words: str) -> None:
    """Shows the repair `name` for one thing of the household, such as a sensor."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{name}_{entry.entry_id}_{about}",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=name,
        translation_placeholders={"household": entry.title, **words},
    )


@callback
def clear_about(hass: HomeAssistant, entry: ConfigEntry[Any], name: str, about: str) -> None:
    """Takes such a repair away."""
    ir.async_delete_issue(hass, DOMAIN, f"{name}_{entry.entry_id}_{about}")


@callback
def storage_failed(hass: HomeAssistant, entry: ConfigEntry[Any], reason: str) -> None:
    """Nothing can be written."""
    tell(hass, entry, "storage_failed", error=True, reason=reason)


@callback
def storage_works(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Writing works again."""
    clear(hass, entry, "storage_failed")
