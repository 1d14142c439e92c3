"""Diagnostics that may be sent to anybody."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from custom_components.seogu_care.diagnostics import async_get_config_entry_diagnostics
from tests.seogu_care.conftest import contract

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.seogu_care.bridge_double import BridgeDouble


async def test_diagnostics_hold_no_name_address_or_key(
    hass: HomeAssistant, bridge: BridgeDouble, households: Any
) -> None:
    household = await households(bridge, {"notify": "notify.daughter"})
    await household.robot("sign", contract("mqtt/sign_sos"))
    text = json.dumps(await async_get_config_entry_diagnostics(hass, household.entry), ensure_ascii=False)
    for private in ("어머니", bridge.url, "h-2b7e1516", "daughter", "둔산", bridge.jwk["x"], "돌봄로봇"):
        assert private not in text
    assert '"raised"' in text
