"""The expert actions: reading and changing settings, triggering messages."""

from dataclasses import asdict
from typing import Any, Final

from ocpp.v16.enums import MessageTrigger
import voluptuous as vol

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.core import ServiceResponse, SupportsResponse
from homeassistant.helpers import config_validation as cv

from ..charger.charger import Charger
from ..wallbox.model.offline_fix import ACCEPTED
from ..wallbox.model.pending import Reset
from ..wallbox.views.redaction import Redactor
from .charger_action import ChargerAction, Data

ATTR_KEYS: Final = "keys"
ATTR_KEY: Final = "key"
ATTR_VALUE: Final = "value"
ATTR_MESSAGE: Final = "message"
ATTR_FORCE: Final = "force"

MESSAGES: Final = {
    message.name: message
    for message in (
        MessageTrigger.boot_notification,
        MessageTrigger.diagnostics_status_notification,
        MessageTrigger.firmware_status_notification,
        MessageTrigger.heartbeat,
        MessageTrigger.meter_values,
        MessageTrigger.status_notification,
    )
}
"""The messages of OCPP 1.6 §7.32; the enumeration has later additions, too."""


async def _async_reboot(charger: Charger, data: Data) -> None:
    await charger.commands.async_reboot(Reset.HARD if data[ATTR_FORCE] else Reset.SOFT)


async def _async_get_configuration(charger: Charger, data: Data) -> ServiceResponse:
    wanted: list[str] | None = data.get(ATTR_KEYS)
    found = await charger.expert.async_read(wanted)
    redactor = Redactor()
    redactor.learn_from([asdict(item) for item in found.values()])
    return {
        "configuration": {
            key: {
                "value": redactor.setting(item.key, item.value),
                "readonly": item.readonly,
            }
            for key, item in found.items()
        },
        "unknown": [key for key in wanted or () if key not in found],
    }


async def _async_set_configuration(charger: Charger, data: Data) -> ServiceResponse:
    key = data[ATTR_KEY]
    written = await charger.expert.async_write(key, data[ATTR_VALUE])
    redactor = Redactor()
    return {
        "status": written.status,
        "reboot_required": written.reboot_required,
        "before": redactor.setting(key, written.before),
        "after": redactor.setting(key, written.after),
    }


async def _async_trigger_message(charger: Charger, data: Data) -> ServiceResponse:
    await charger.expert.async_trigger(MESSAGES[data[ATTR_MESSAGE]])
    return {"status": ACCEPTED}


def _key(value: Any) -> str:
    """Validate the name of a setting; spaces around it are removed."""
    return cv.string(value).strip()


def _value(value: Any) -> str:
    """Convert a value to text, also one that YAML has read as a Boolean or a number."""
    return str(value).lower() if isinstance(value, bool) else cv.string(value)


EXPERT_ACTIONS: Final = (
    ChargerAction(
        name="clear_cache",
        work=lambda charger, _: charger.expert.async_clear_cache(),
        response=SupportsResponse.NONE,
    ),
    ChargerAction(
        name="reboot",
        work=_async_reboot,
        fields={vol.Optional(ATTR_FORCE, default=False): cv.boolean},
        response=SupportsResponse.NONE,
    ),
    ChargerAction(
        name="get_configuration",
        work=_async_get_configuration,
        fields={vol.Optional(ATTR_KEYS): vol.All(cv.ensure_list, [_key])},
        permission=POLICY_READ,
        response=SupportsResponse.ONLY,
    ),
    ChargerAction(
        name="set_configuration",
        work=_async_set_configuration,
        fields={vol.Required(ATTR_KEY): _key, vol.Required(ATTR_VALUE): _value},
        admin_only=True,
    ),
    ChargerAction(
        name="trigger_message",
        work=_async_trigger_message,
        fields={vol.Required(ATTR_MESSAGE): vol.In(sorted(MESSAGES))},
    ),
)
