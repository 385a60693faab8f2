"""The actions of the integration."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import voluptuous as vol

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_device_and_config_entry
from homeassistant.util import dt as dt_util, slugify
from homeassistant.util.file import WriteError

from .charger.action import ChargerAction
from .charger.charger import Charger
from .charger.expert_actions import EXPERT_ACTIONS
from .charger.plan_actions import PLAN_ACTIONS
from .charger.snapshot import Snapshot, offline_test_report
from .const import DOMAIN
from .device import async_forbidden
from .errors import failed, invalid
from .models import WallboxConfigEntry, charger_of
from .storage import csv_export
from .storage.download import async_link
from .wallbox.model.charging_session import ChargingSession
from .wallbox.model.money import rounded
from .wallbox.model.offline_test import LONGEST, SHORTEST, USUAL, Variant
from .wallbox.views.offline_test import ISSUE_FORM
from .wallbox.views.session_record import account, charges

ALWAYS: Final = datetime.min.replace(tzinfo=UTC)
FOREVER: Final = datetime.max.replace(tzinfo=UTC)
"""The default end of a period: if a charger's clock is wrong, a session may end in the future."""

ATTR_START: Final = "start"
ATTR_END: Final = "end"
ATTR_FILENAME: Final = "filename"
ATTR_MINUTES: Final = "minutes"
ATTR_REBOOT: Final = "reboot"
ATTR_REPLUG: Final = "replug"

CHARGER_SCHEMA: Final = vol.Schema({vol.Required(ATTR_DEVICE_ID): cv.string})
SESSIONS_SCHEMA: Final = CHARGER_SCHEMA.extend(
    {vol.Optional(ATTR_START): cv.datetime, vol.Optional(ATTR_END): cv.datetime}
)
EXPORT_SCHEMA: Final = SESSIONS_SCHEMA.extend({vol.Optional(ATTR_FILENAME): cv.string})
TEST_SCHEMA: Final = CHARGER_SCHEMA.extend(
    {
        vol.Optional(ATTR_MINUTES, default=USUAL): vol.All(
            vol.Coerce(int), vol.Range(min=SHORTEST, max=LONGEST)
        ),
        vol.Optional(ATTR_REBOOT, default=False): cv.boolean,
        vol.Optional(ATTR_REPLUG, default=False): cv.boolean,
    }
)


@dataclass(frozen=True, kw_only=True)
class ActionDescription:
    """Describe an action of a charger."""

    name: str
    run: Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]
    schema: vol.Schema
    permission: str
    """The permission that a user needs for the charger's entities."""
    admin_only: bool = False
    """It changes the charger's settings or passwords, or files of Home Assistant."""
    response: SupportsResponse = SupportsResponse.OPTIONAL


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Set up the actions."""
    for action in ACTIONS:
        hass.services.async_register(
            DOMAIN,
            action.name,
            partial(_async_run, action),
            schema=action.schema,
            supports_response=action.response,
        )


async def _async_run(
    action: ActionDescription, service_call: ServiceCall
) -> ServiceResponse:
    """Check the permission of the user, then run an action."""
    await _async_check_permission(action, service_call)
    return await action.run(service_call)


async def _async_check_permission(
    action: ActionDescription, service_call: ServiceCall
) -> None:
    """Raise `Unauthorized` unless the user may perform an action; an automation has no user."""
    hass, context = service_call.hass, service_call.context
    if context.user_id is None:
        return
    user = await hass.auth.async_get_user(context.user_id)
    if user is None:
        raise UnknownUser(context=context, permission=action.permission)
    if action.admin_only and not user.is_admin:
        raise Unauthorized(context=context)
    device_id = service_call.data[ATTR_DEVICE_ID]
    if entity_id := async_forbidden(hass, user, device_id, action.permission):
        raise Unauthorized(
            context=context, entity_id=entity_id, permission=action.permission
        )


async def _async_apply_offline_fix(service_call: ServiceCall) -> ServiceResponse:
    protection = await _charger(service_call).commands.async_apply_fix()
    return {
        "verdict": protection.verdict.value,
        "profile": protection.profile.value,
        "configuration": dict(protection.found),
        "answers": dict(protection.answers),
    }


async def _async_change_password(service_call: ServiceCall) -> ServiceResponse:
    await _charger(service_call).password.async_rotate()
    return None


async def _async_restore_configuration(service_call: ServiceCall) -> ServiceResponse:
    charger = _charger(service_call)
    answers = await charger.commands.async_restore()
    return {"verdict": charger.state.verdict.value, "answers": dict(answers)}


async def _async_get_sessions(service_call: ServiceCall) -> ServiceResponse:
    charger = _charger(service_call)
    return {
        "currency": service_call.hass.config.currency,
        "sessions": [
            account(session, charger.coordinator.figures)
            | {"charges": charges(session)}
            for session in await _async_sessions(service_call, charger)
        ],
    }


async def _async_export_sessions(service_call: ServiceCall) -> ServiceResponse:
    hass, charger = service_call.hass, _charger(service_call)
    currency = hass.config.currency
    sessions = await _async_sessions(service_call, charger)
    rows = [
        account(session, charger.coordinator.figures, csv_export.local_time)
        for session in sessions
    ]
    text = csv_export.table(rows, charger.coordinator.figures)
    name = service_call.data.get(ATTR_FILENAME) or _filename(service_call, charger)
    try:
        path = await hass.async_add_executor_job(
            csv_export.write, csv_export.folder(hass), name, text
        )
    except ValueError as error:
        raise invalid("export_outside", folder=str(csv_export.folder(hass))) from error
    except (OSError, WriteError) as error:
        raise failed("export_failed", folder=str(csv_export.folder(hass))) from error
    costs = [row["cost"] for row in rows if row["cost"] is not None]
    return {
        "path": str(path),
        "download": async_link(hass, path.name),
        "csv": text,
        "sessions": len(sessions),
        "energy": round(sum(row["energy"] or 0.0 for row in rows), 3),
        "cost": rounded(sum(costs), currency) if costs else None,
        "currency": currency,
    }


async def _async_test_offline_protection(service_call: ServiceCall) -> ServiceResponse:
    charger, data = _charger(service_call), service_call.data
    await charger.offline_tester.async_begin(
        Variant(
            minutes=data[ATTR_MINUTES],
            reboot=data[ATTR_REBOOT],
            replug=data[ATTR_REPLUG],
        )
    )
    report = await charger.offline_tester.async_report()
    snapshot = Snapshot.of(charger, charger.offline_tester.frame_log)
    return {
        "result": report.result.value,
        "causes": [cause.value for cause in report.causes],
        "energy": report.facts.energy,
        "report": await service_call.hass.async_add_executor_job(
            offline_test_report, snapshot, report
        ),
        "issue_form": ISSUE_FORM,
    }


async def _async_break_off_offline_test(service_call: ServiceCall) -> ServiceResponse:
    await _charger(service_call).offline_tester.async_break_off()
    return None


async def _async_sessions(
    service_call: ServiceCall, charger: Charger
) -> list[ChargingSession]:
    """Return the sessions that ended in the requested period, oldest first."""
    start = _moment(service_call, ATTR_START) or ALWAYS
    end = _moment(service_call, ATTR_END) or FOREVER
    if end < start:
        raise invalid("end_before_start")
    # A session ends in exactly one month, but may overlap two.
    return [
        session
        for session in await charger.session_events.async_between(start, end)
        if session.ended and start <= session.ended < end
    ]


def _moment(service_call: ServiceCall, name: str) -> datetime | None:
    moment: datetime | None = service_call.data.get(name)
    return dt_util.as_utc(moment) if moment else None


def _filename(service_call: ServiceCall, charger: Charger) -> str:
    days = [
        f"{dt_util.as_local(moment):%Y-%m-%d}"
        for name in (ATTR_START, ATTR_END)
        if (moment := _moment(service_call, name))
    ]
    return (
        "_".join([slugify(charger.coordinator.subentry.title), *days])
        + csv_export.SUFFIX
    )


def _charger(service_call: ServiceCall) -> Charger:
    """Return the charger that is the target of an action."""
    entry: WallboxConfigEntry
    device, entry = async_get_device_and_config_entry(
        service_call.hass, DOMAIN, service_call.data[ATTR_DEVICE_ID]
    )
    if charger := charger_of(entry, device.identifiers):
        return charger
    raise invalid("charger_not_found")


def _described(action: ChargerAction) -> ActionDescription:
    async def run(service_call: ServiceCall) -> ServiceResponse:
        return await action.work(_charger(service_call), service_call.data)

    return ActionDescription(
        name=action.name,
        run=run,
        schema=CHARGER_SCHEMA.extend(action.fields),
        permission=action.permission,
        admin_only=action.admin_only,
        response=action.response,
    )


ACTIONS: Final = (
    *(_described(action) for action in (*EXPERT_ACTIONS, *PLAN_ACTIONS)),
    ActionDescription(
        name="apply_offline_fix",
        run=_async_apply_offline_fix,
        schema=CHARGER_SCHEMA,
        permission=POLICY_CONTROL,
        admin_only=True,
    ),
    ActionDescription(
        name="break_off_offline_test",
        run=_async_break_off_offline_test,
        schema=CHARGER_SCHEMA,
        permission=POLICY_CONTROL,
        response=SupportsResponse.NONE,
    ),
    ActionDescription(
        name="change_password",
        run=_async_change_password,
        schema=CHARGER_SCHEMA,
        permission=POLICY_CONTROL,
        admin_only=True,
        response=SupportsResponse.NONE,
    ),
    ActionDescription(
        name="export_sessions",
        run=_async_export_sessions,
        schema=EXPORT_SCHEMA,
        permission=POLICY_READ,
        admin_only=True,
    ),
    ActionDescription(
        name="get_sessions",
        run=_async_get_sessions,
        schema=SESSIONS_SCHEMA,
        permission=POLICY_READ,
        response=SupportsResponse.ONLY,
    ),
    ActionDescription(
        name="restore_configuration",
        run=_async_restore_configuration,
        schema=CHARGER_SCHEMA,
        permission=POLICY_CONTROL,
        admin_only=True,
    ),
    ActionDescription(
        name="test_offline_protection",
        run=_async_test_offline_protection,
        schema=TEST_SCHEMA,
        permission=POLICY_CONTROL,
    ),
)
