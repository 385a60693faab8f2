"""The dialog of the test of the offline protection: preconditions, progress and result."""

import asyncio
from enum import StrEnum
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.const import UnitOfTime
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.selector import (
    BooleanSelector,
    TextSelector,
    TextSelectorConfig,
)
from homeassistant.util import dt as dt_util

from ..charger.offline_test import result_in_words
from ..charger.snapshot import async_offline_test_report
from ..localize import text
from ..wallbox.model.offline_test import (
    LONGEST,
    SHORTEST,
    USUAL,
    Ongoing,
    Phase,
    Variant,
)
from ..wallbox.views.offline_test import ISSUE_FORM, progress
from .charger_steps import ChargerSteps
from .selectors import whole_number

LOOK_EVERY: Final = 5.0
"""Seconds between two updates of the remaining time."""

CONF_MINUTES: Final = "minutes"
CONF_REBOOT: Final = "reboot"
CONF_REPLUG: Final = "replug"
CONF_REPORT: Final = "report"

TEST_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_MINUTES, default=USUAL): whole_number(
            SHORTEST, LONGEST, UnitOfTime.MINUTES
        ),
        vol.Required(CONF_REBOOT, default=False): BooleanSelector(),
        vol.Required(CONF_REPLUG, default=False): BooleanSelector(),
    }
)
REPORT_SCHEMA: Final = vol.Schema(
    {vol.Optional(CONF_REPORT): TextSelector(TextSelectorConfig(multiline=True))}
)


class TestProgress(StrEnum):
    """What the dialog shows while a test runs: its phase, and what its owner is to do meanwhile."""

    __test__ = False

    FOLLOWING = "test_following"
    PAUSING = "test_pausing"
    READING = "test_reading"
    REBOOTING = "test_rebooting"
    ALONE = "test_alone"
    REPLUG = "test_replug"
    """The owner is to unplug the car, and to plug it in again."""
    SWITCH_OFF = "test_switch_off"
    """The owner is to switch the charger off and on, because it refused to reboot."""
    SWITCH_OFF_REPLUG = "test_switch_off_replug"
    RETURNING = "test_returning"
    CHECKING = "test_checking"


_ALONE: Final = {
    (False, False): TestProgress.ALONE,
    (False, True): TestProgress.REPLUG,
    (True, False): TestProgress.SWITCH_OFF,
    (True, True): TestProgress.SWITCH_OFF_REPLUG,
}
"""By whether the charger is to be switched off, and the car to be plugged in again."""


class OfflineTestFlow(ChargerSteps):
    """The steps of a test. The test goes on when the dialog is closed, and can be opened again."""

    _watching: asyncio.Task[None] | None = None

    async def async_step_offline_test(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the missing preconditions, ask for the variant, and begin."""
        if (charger := self._charger) is None:
            if self._removed_meanwhile:
                return await self.async_step_test_lost()
            return self.async_abort(reason="test_not_loaded")
        if charger.state.offline_test.ongoing:
            return await self.async_step_test_running()
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                await charger.offline_tester.async_begin(Variant(**user_input))
            except HomeAssistantError as error:
                errors["base"] = error.translation_key or "offline_test_missing"
            else:
                return await self.async_step_watch_test()
        needed = "\n".join(f"- {need}" for need in charger.offline_tester.missing)
        return self.async_show_form(
            step_id="offline_test",
            data_schema=self.add_suggested_values_to_schema(TEST_SCHEMA, user_input),
            errors=errors,
            description_placeholders={
                "charger": self._name,
                "ready": text(self.hass, "offline_test_needs", missing=needed)
                if needed
                else text(self.hass, "offline_test_ready"),
            },
        )

    async def async_step_test_running(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Offer to watch the ongoing test, or to break it off."""
        return self.async_show_menu(
            step_id="test_running", menu_options=["watch_test", "break_off_test"]
        )

    async def async_step_break_off_test(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Break the test off, unless it has ended meanwhile."""
        if (charger := self._charger) is None:
            return await self.async_step_test_lost()
        if charger.state.offline_test.ongoing:
            await charger.offline_tester.async_break_off()
        return await self.async_step_test_over()

    async def async_step_watch_test(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the progress until the test has ended."""
        charger = self._charger
        if charger is None or charger.offline_tester.closed:
            return self.async_show_progress_done(next_step_id="test_lost")
        ongoing = charger.state.offline_test.ongoing
        if self._watching is None or self._watching.done():
            if ongoing is None:
                return self.async_show_progress_done(next_step_id="test_over")
            self._watching = self._get_entry().async_create_background_task(
                self.hass,
                charger.offline_tester.async_change(LOOK_EVERY),
                name=__name__,
            )
        self.async_update_progress(progress(charger.state, dt_util.utcnow()))
        return self.async_show_progress(
            step_id="watch_test",
            progress_action=_seen(ongoing),
            description_placeholders={
                "charger": self._name,
                "minutes": _minutes_left(ongoing),
            },
            progress_task=self._watching,
        )

    async def async_step_test_lost(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Abort, because the charger was removed or the integration was unloaded."""
        if self._removed_meanwhile:
            return self.async_abort(reason="removed")
        return self.async_abort(reason="test_stopped")

    async def async_step_test_over(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the result, with a report to copy."""
        if user_input is not None:
            return self.async_abort(reason="test_seen")
        charger = self._charger
        report = charger.state.offline_test.latest if charger else None
        if charger is None or report is None:
            return await self.async_step_test_lost()
        written = await async_offline_test_report(charger, report)
        return self.async_show_form(
            step_id="test_over",
            data_schema=self.add_suggested_values_to_schema(
                REPORT_SCHEMA, {CONF_REPORT: written}
            ),
            description_placeholders={
                "result": result_in_words(self.hass, self._name, report),
                "form": ISSUE_FORM,
            },
            last_step=True,
        )

    @property
    def _removed_meanwhile(self) -> bool:
        return self._reconfigure_subentry_id not in self._get_entry().subentries


def _seen(ongoing: Ongoing | None) -> TestProgress:
    if ongoing is None:
        return TestProgress.CHECKING
    if ongoing.phase is not Phase.ALONE:
        return TestProgress(f"test_{ongoing.phase}")
    by_hand = ongoing.facts.reset_accepted is False
    return _ALONE[by_hand, ongoing.variant.replug]


def _minutes_left(ongoing: Ongoing | None) -> str:
    """Return the minutes until the charger's connections are accepted again."""
    if ongoing is None:
        return "0"
    if (until := ongoing.alone_until) is None:
        return str(ongoing.variant.minutes)
    left = (until - dt_util.utcnow()).total_seconds() / 60
    return str(max(round(left + 0.49), 0))
