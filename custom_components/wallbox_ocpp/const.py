"""Constants of the Wallbox OCPP integration."""

from typing import Final

DOMAIN: Final = "wallbox_ocpp"
NAME: Final = "Wallbox OCPP"
DEFAULT_PORT: Final = 9000

SUBENTRY_CHARGER: Final = "charger"

CONF_ACCESS_CONTROL: Final = "access_control"
CONF_CERTIFICATE: Final = "certificate"
CONF_CREDENTIALS: Final = "credentials"
CONF_ENCRYPTION: Final = "encryption"
CONF_FAILSAFE: Final = "guard"
"""The name in stored settings and in translations is from version 0.1.0."""
CONF_FAILSAFE_CURRENT: Final = "guard_current"
CONF_ALLOWED_HOURS: Final = "allowed_hours"
CONF_CAME_FROM: Final = "came_from"
CONF_CARDS: Final = "cards"
CONF_ENERGY_TARGET: Final = "energy_target"
CONF_EXPIRES: Final = "expires"
CONF_ID_TAG: Final = "id_tag"
CONF_IDENTITY: Final = "identity"
CONF_KEY: Final = "key"
CONF_LEASE: Final = "lease"
CONF_NEW_PASSWORD: Final = "new_password"
CONF_OFFLINE_PROFILE: Final = "offline_profile"
CONF_PERSON: Final = "person"
CONF_PRICE: Final = "price"
CONF_PRICE_ENTITY: Final = "price_entity"
CONF_READY_BY: Final = "ready_by"
CONF_RESTORE: Final = "restore"
CONF_SOLAR: Final = "solar"
CONF_SHOW_ID_TAG: Final = "show_id_tag"
CONF_TAKES_IDS: Final = "takes_ids"
CONF_THROUGH_HOME_ASSISTANT: Final = "through_home_assistant"

_DOCS: Final = "https://github.com/wallbox-ocpp/wallbox-ocpp/blob/main/docs"
URL_CURRENT_LIMIT: Final = f"{_DOCS}/entities.md#the-current-limit"
URL_EVIDENCE: Final = f"{_DOCS}/evidence.md#the-test"
URL_GUARD: Final = f"{_DOCS}/configuration.md#when-home-assistant-is-away"
URL_OFFLINE_FIX: Final = f"{_DOCS}/offline-fix.md#what-the-fix-does"
URL_PASSWORDS: Final = f"{_DOCS}/security.md#passwords"
URL_SETTINGS: Final = f"{_DOCS}/configuration.md#of-a-charger"
URL_SUPPORTED: Final = f"{_DOCS}/configuration.md#supported-chargers"
URL_TROUBLESHOOTING: Final = f"{_DOCS}/troubleshooting.md#symptoms"

REBOOT_TIMEOUT: Final = 5 * 60
"""Seconds that a charger may take for a reboot (docs/chargers.md §0)."""

DEFAULT_LEASE: Final = 15
"""Minutes until the fail-safe limits or pauses a car, if Home Assistant is away."""
DEFAULT_FAILSAFE_CURRENT: Final = 6
"""Amps that the fail-safe `LIMIT` allows."""
