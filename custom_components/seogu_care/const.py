"""Names that several modules share."""

from typing import Final

DOMAIN: Final = "seogu_care"
VERSION: Final = "0.1.0"

CONF_NAME: Final = "name"
CONF_SENSORS: Final = "sensors"
CONF_HAZARDS: Final = "hazards"
CONF_BRIDGE_URL: Final = "bridge_url"
CONF_BRIDGE_CODE: Final = "bridge_code"
CONF_BRIDGE: Final = "bridge"
CONF_ROBOTS: Final = "robots"
CONF_LISTEN: Final = "listen_seconds"
CONF_NOTIFY: Final = "notify"
CONF_KEY_ID: Final = "key_id"

EVENT_INCIDENT: Final = "seogu_care_incident"
SUBENTRY_RESIDENT: Final = "resident"
