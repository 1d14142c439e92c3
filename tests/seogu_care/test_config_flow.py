"""Setting up, changing and taking away a household, as a person does it."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import SOURCE_MQTT, SOURCE_USER, SOURCE_ZEROCONF
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from custom_components.seogu_care.bridge import client as bridge_client
from custom_components.seogu_care.const import DOMAIN
from tests.seogu_care.bridge_double import CODE
from tests.seogu_care.conftest import ROBOT, contract

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.seogu_care.bridge_double import BridgeDouble


@pytest.fixture(autouse=True)
async def cleaned(hass: HomeAssistant, mqtt_mock: Any, households: Any) -> Any:
    """What a flow has set up is unloaded again."""
    yield
    for entry in hass.config_entries.async_entries(DOMAIN):
        await hass.config_entries.async_unload(entry.entry_id)


async def begun(hass: HomeAssistant) -> Any:
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert flow["step_id"] == "user"
    return flow


async def at_the_bridge(hass: HomeAssistant) -> Any:
    flow = await begun(hass)
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"name": "어머니 댁"})
    assert flow["step_id"] == "sensors"
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert flow["step_id"] == "bridge"
    return flow


async def test_household_without_a_bridge(hass: HomeAssistant) -> None:
    flow = await at_the_bridge(hass)
    done = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["title"] == "어머니 댁"
    assert done["data"]["bridge"] is None
    await hass.async_block_till_done()
    assert hass.states.get("sensor.eomeoni_daeg_care_state").state == "calm"


async def test_household_with_a_bridge(hass: HomeAssistant, bridge: BridgeDouble) -> None:
    flow = await at_the_bridge(hass)
    done = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"bridge_url": f" {bridge.url}/ ", "bridge_code": " abcd-efgh "}
    )
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["data"]["bridge"]["home"] == "h-2b7e1516"
    assert done["data"]["bridge"]["url"] == bridge.url
    assert "seed" not in str(done["data"])
    await hass.async_block_till_done()


async def test_name_is_needed(hass: HomeAssistant) -> None:
    flow = await begun(hass)
    again = await hass.config_entries.flow.async_configure(flow["flow_id"], {"name": "  "})
    assert again["errors"] == {"name": "name_empty"}


async def test_sensors_are_proposed_by_their_device_class(hass: HomeAssistant) -> None:
    for name, kind in (("hall", "motion"), ("front", "door"), ("stove", "gas"), ("plug", "plug")):
        hass.states.async_set(f"binary_sensor.{name}", "off", {"device_class": kind})
    flow = await begun(hass)
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"name": "집"})
    proposal = {str(key): key.default() for key in flow["data_schema"].schema}
    assert proposal == {
        "sensors": ["binary_sensor.front", "binary_sensor.hall"],
        "hazards": ["binary_sensor.stove"],
    }


@pytest.mark.parametrize(
    ("given", "moods", "errors"),
    [
        ({"bridge_code": "NOPE-NOPE"}, [], {"bridge_code": "code_unknown"}),
        ({"bridge_code": "OLDO-LDXX"}, [], {"bridge_code": "code_expired"}),
        ({"bridge_code": "USED-USED"}, [], {"bridge_code": "code_used"}),
        ({"bridge_code": ""}, [], {"bridge_code": "code_missing"}),
        ({"bridge_url": "ftp://x"}, [], {"bridge_url": "url_invalid"}),
        ({"bridge_url": "http://[::1"}, [], {"bridge_url": "url_invalid"}),
        ({"bridge_url": "http://127.0.0.1:9"}, [], {"bridge_url": "cannot_connect"}),
        ({}, ["info:500"], {"bridge_url": "cannot_connect"}),
        ({}, ["info:hang"], {"bridge_url": "cannot_connect"}),
        ({}, ["info:html"], {"bridge_url": "not_a_bridge"}),
        ({}, ["500"], {"bridge_url": "cannot_connect"}),
        ({}, ["html"], {"bridge_url": "not_a_bridge"}),
        ({}, ["revoked"], {"base": "refused"}),
    ],
    ids=range(13),
)
async def test_bridge_that_does_not_take_the_home_is_explained_and_can_be_tried_again(
    hass: HomeAssistant,
    bridge: BridgeDouble,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    moods: list[str],
    errors: dict[str, str],
) -> None:
    # Impatient only where nobody answers; a busy machine may be slow wherever somebody does.
    impatient = any("hang" in mood for mood in moods)
    monkeypatch.setattr(bridge_client, "ANSWER_WITHIN_S", 0.3 if impatient else 30.0)
    bridge.codes["USED-USED"] = "another key"
    bridge.moods = moods
    flow = await at_the_bridge(hass)
    good = {"bridge_url": bridge.url, "bridge_code": CODE}
    again = await hass.config_entries.flow.async_configure(flow["flow_id"], good | given)
    assert again["errors"] == errors
    monkeypatch.setattr(bridge_client, "ANSWER_WITHIN_S", 30.0)
    done = await hass.config_entries.flow.async_configure(again["flow_id"], good)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


async def test_lost_answer_to_an_enrolment_is_no_used_code(hass: HomeAssistant, bridge: BridgeDouble) -> None:
    flow = await at_the_bridge(hass)
    good = {"bridge_url": bridge.url, "bridge_code": CODE}
    original = bridge._sign
    bridge._sign = lambda *args, **kwargs: "garbled"  # type: ignore[method-assign]
    again = await hass.config_entries.flow.async_configure(flow["flow_id"], good)
    assert again["errors"] == {"bridge_url": "not_a_bridge"}
    bridge._sign = original  # type: ignore[method-assign]
    done = await hass.config_entries.flow.async_configure(again["flow_id"], good)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


async def test_bridge_is_added_later(hass: HomeAssistant, household: Any, bridge: BridgeDouble) -> None:
    flow = await household.entry.start_reconfigure_flow(hass)
    assert flow["step_id"] == "bridge"
    done = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"bridge_url": bridge.url, "bridge_code": CODE}
    )
    assert done["reason"] == "reconfigure_successful"
    await household.until(lambda: bridge.batches, "a first heartbeat")
    flow = await household.entry.start_reconfigure_flow(hass)
    done = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert done["reason"] == "bridge_unchanged"
    assert household.entry.data["bridge"]["url"] == bridge.url


def said_hello(**changes: Any) -> MqttServiceInfo:
    import json  # noqa: PLC0415

    hello = contract("mqtt/hello") | changes
    return MqttServiceInfo(
        topic=f"{DOMAIN}/{ROBOT}/hello",
        payload=json.dumps(hello),
        qos=1,
        retain=True,
        subscribed_topic=f"{DOMAIN}/+/hello",
        timestamp=0,
    )


async def discovered(hass: HomeAssistant, **changes: Any) -> Any:
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_MQTT}, data=said_hello(**changes)
    )


async def test_robot_joins_the_household_only_when_a_person_confirms(
    hass: HomeAssistant, households: Any, bridge: BridgeDouble
) -> None:
    household = await households(bridge, robots=False)
    flow = await discovered(hass)
    assert flow["step_id"] == "robot"
    assert household.entry.data["robots"] == {}
    await household.until(lambda: bridge.batches)
    assert not [m for m in bridge.stored.values() if m["type"] == "robot_key"]
    done = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert done["reason"] == "robot_added"
    await household.until(lambda: [m for m in bridge.stored.values() if m["type"] == "robot_key"])
    assert (await discovered(hass))["reason"] == "already_configured"


async def test_household_can_begin_with_its_robot(hass: HomeAssistant) -> None:
    flow = await discovered(hass)
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert flow["step_id"] == "user"
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"name": "집"})
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    done = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert list(done["data"]["robots"]) == [ROBOT]
    await hass.async_block_till_done()


async def test_robot_with_a_new_key_is_confirmed_anew(hass: HomeAssistant, household: Any) -> None:
    flow = await discovered(hass, jwk=contract("keys")["home"]["jwk"])
    assert flow["step_id"] == "robot"
    await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    await hass.async_block_till_done()
    assert household.entry.data["robots"][ROBOT]["jwk"] == contract("keys")["home"]["jwk"]


@pytest.mark.parametrize("changes", [{"jwk": {}}, {"robot": "Wrong Name"}, {"robot": "another"}, {"name": 7}])
async def test_hello_that_is_none_is_not_shown(hass: HomeAssistant, changes: dict[str, Any]) -> None:
    assert (await discovered(hass, **changes))["reason"] == "not_a_robot"


def announced(**changes: Any) -> ZeroconfServiceInfo:
    """What a robot tells the home's network."""
    hello = contract("mqtt/hello")
    told = {key: hello[key] for key in ("name", "software", "language")}
    return ZeroconfServiceInfo(
        ip_address=ip_address("192.168.1.20"),
        ip_addresses=[ip_address("192.168.1.20")],
        port=0,
        hostname="seogu.local.",
        type="_seogu-care._tcp.local.",
        name=f"{ROBOT}._seogu-care._tcp.local.",
        properties={"id": ROBOT, "key": hello["jwk"]["x"], "can": "speak listen", **told, **changes},
    )


async def found_in_the_network(hass: HomeAssistant, **changes: Any) -> Any:
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_ZEROCONF}, data=announced(**changes)
    )


async def test_robot_in_the_network_is_the_one_that_says_hello(hass: HomeAssistant, households: Any) -> None:
    household = await households(robots=False)
    flow = await found_in_the_network(hass)
    assert flow["step_id"] == "robot"
    assert (await discovered(hass))["reason"] == "already_in_progress"
    done = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert done["reason"] == "robot_added"
    await hass.async_block_till_done()
    known = household.entry.data["robots"][ROBOT]
    assert (known["jwk"], known["can"]) == (contract("mqtt/hello")["jwk"], ["speak", "listen"])
    assert (await found_in_the_network(hass))["reason"] == "already_configured"
    assert (await discovered(hass))["reason"] == "already_configured"


@pytest.mark.parametrize("changes", [{"key": "x"}, {"key": None}, {"id": "Wrong Name"}, {"name": ""}])
async def test_announcement_of_something_else_is_not_shown(hass: HomeAssistant, changes: Any) -> None:
    assert (await found_in_the_network(hass, **changes))["reason"] == "not_a_robot"


async def test_options_are_taken_up(hass: HomeAssistant, household: Any) -> None:
    flow = await hass.config_entries.options.async_init(household.entry.entry_id)
    done = await hass.config_entries.options.async_configure(
        flow["flow_id"],
        {"listen_seconds": 8, "notify": "notify.daughter", "sensors": [], "hazards": []},
    )
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    await household.until(lambda: household.entry.runtime_data.robots.links[ROBOT].started)
    await household.robot("sign", contract("mqtt/sign_fall"))
    assert household.commands("ask")[0]["data"]["listen_s"] == 8


async def test_resident_is_added_and_changed_by_the_user(hass: HomeAssistant, household: Any) -> None:
    handler = (household.entry.entry_id, "resident")
    flow = await hass.config_entries.subentries.async_init(handler, context={"source": SOURCE_USER})
    done = await hass.config_entries.subentries.async_configure(
        flow["flow_id"], {"name": "김순자", "birth_year": 1941, "notes": "보청기"}
    )
    assert done["type"] is FlowResultType.CREATE_ENTRY
    (resident,) = household.entry.subentries.values()
    assert dict(resident.data) == {"name": "김순자", "birth_year": 1941, "notes": "보청기"}
    flow = await household.entry.start_subentry_reconfigure_flow(hass, resident.subentry_id)
    done = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"name": "김순자 님"})
    assert done["reason"] == "reconfigure_successful"
