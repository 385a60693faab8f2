"""The actions of the offline protection: applying, undoing and testing it, and the password."""

from typing import Final

import voluptuous as vol

from homeassistant.core import ServiceResponse, SupportsResponse
from homeassistant.helpers import config_validation as cv

from ..charger.charger import Charger
from ..charger.snapshot import async_offline_test_report
from ..wallbox.model.offline_test import LONGEST, SHORTEST, USUAL, Variant
from ..wallbox.views.offline_test import ISSUE_FORM
from .charger_action import ChargerAction, Data

ATTR_MINUTES: Final = "minutes"
ATTR_REBOOT: Final = "reboot"
ATTR_REPLUG: Final = "replug"


async def _async_apply_offline_fix(charger: Charger, _: Data) -> ServiceResponse:
    protection = await charger.commands.async_apply_fix()
    return {
        "verdict": protection.verdict.value,
        "profile": protection.profile.value,
        "configuration": dict(protection.found),
        "answers": dict(protection.answers),
    }


async def _async_restore_configuration(charger: Charger, _: Data) -> ServiceResponse:
    answers = await charger.commands.async_restore()
    return {"verdict": charger.state.verdict.value, "answers": dict(answers)}


async def _async_test_offline_protection(
    charger: Charger, data: Data
) -> ServiceResponse:
    await charger.offline_tester.async_begin(
        Variant(
            minutes=data[ATTR_MINUTES],
            reboot=data[ATTR_REBOOT],
            replug=data[ATTR_REPLUG],
        )
    )
    report = await charger.offline_tester.async_report()
    return {
        "result": report.result.value,
        "causes": [cause.value for cause in report.causes],
        "energy": report.facts.energy,
        "plan": report.facts.following,
        "report": await async_offline_test_report(charger, report),
        "issue_form": ISSUE_FORM,
    }


PROTECTION_ACTIONS: Final = (
    ChargerAction(
        name="apply_offline_fix",
        work=_async_apply_offline_fix,
        admin_only=True,
    ),
    ChargerAction(
        name="break_off_offline_test",
        work=lambda charger, _: charger.offline_tester.async_break_off(),
        response=SupportsResponse.NONE,
    ),
    ChargerAction(
        name="change_password",
        work=lambda charger, _: charger.password.async_rotate(),
        admin_only=True,
        response=SupportsResponse.NONE,
    ),
    ChargerAction(
        name="restore_configuration",
        work=_async_restore_configuration,
        admin_only=True,
    ),
    ChargerAction(
        name="test_offline_protection",
        work=_async_test_offline_protection,
        fields={
            vol.Optional(ATTR_MINUTES, default=USUAL): vol.All(
                vol.Coerce(int), vol.Range(min=SHORTEST, max=LONGEST)
            ),
            vol.Optional(ATTR_REBOOT, default=False): cv.boolean,
            vol.Optional(ATTR_REPLUG, default=False): cv.boolean,
        },
    ),
)
