"""The offline fix on the wire: read all keys, write the differences, read back, judge."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
import logging
from typing import Final

from ocpp.v16 import call
from ocpp.v16.enums import ConfigurationStatus, MessageTrigger

from .csms.calls import NoAnswerError, RefusedError, WithdrawnError
from .csms.requests import ConfigurationKey, Vocabulary, read_configuration, read_status
from .csms.session import Session
from .wallbox import abilities
from .wallbox.charging import CONNECTOR
from .wallbox.firmware import supports_offline_fix
from .wallbox.offline_fix import (
    ACCEPTED,
    PROFILES,
    REPORTING,
    Attempt,
    ProfileName,
    Protection,
    Setting,
    judge,
    needs_authorisation,
    plan,
)
from .wallbox.state import ChargerState

_LOGGER = logging.getLogger(__name__)

WRITTEN: Final = frozenset({ACCEPTED, ConfigurationStatus.reboot_required.value})
BRIGHTNESS: Final = "LightIntensity"
KEYS: Final = (
    *dict.fromkeys(
        setting.key
        for settings in (*PROFILES.values(), REPORTING)
        for setting in settings
    ),
    abilities.CEILING,
    abilities.LEVELS,
    abilities.PROFILES,
    BRIGHTNESS,
)
"""All that we need to know of a charger, should it not tell everything at once."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in the end, and what to make of it."""

    configuration: Mapping[str, ConfigurationKey]
    protection: Protection


async def async_protect(
    session: Session,
    profile: ProfileName,
    state: Callable[[], ChargerState],
    remember: Callable[[Mapping[str, str]], Awaitable[None]],
    *,
    limit_accepted: bool,
) -> Report:
    """Bring a charger to a profile; what is already as wanted is not written again.

    Args:
        session: The connection.
        profile: The desired configuration.
        state: Returns the charger's state as it is by then, with its configuration as
            just read; transactions come and go meanwhile.
        remember: Keeps the values found, by key, before they are changed.
        limit_accepted: The charger has taken the owner's limit. A charger that is set
            free without one charges at once (docs/chargers.md §8.3, S17).

    Raises:
        CallFailedError: The charger left or fell silent; nothing can be said about it.
    """
    configuration = state().configuration
    firmware = state().identification.firmware
    planned = plan(
        _settings(profile, firmware),
        configuration,
        idle=state().may_change_authorisation,
    )
    await remember(
        {
            setting.key: configuration[setting.key].value or ""
            for setting in planned.changes
        }
    )
    answers: dict[str, str] = {}
    deferred = list(planned.deferred)
    for setting in planned.changes:
        if not setting.only_idle:
            answers[setting.key] = await async_write(session, setting)
        elif limit_accepted or needs_authorisation(profile):
            try:
                answers[setting.key] = await async_write(
                    session, setting, lambda: state().may_change_authorisation
                )
            except WithdrawnError:
                deferred.append(setting.key)
    if answers:
        configuration = {**configuration, **await async_read(session, answers)}
    attempt = Attempt(
        limit_accepted=limit_accepted,
        answers={**state().protection.answers, **answers},
        deferred=tuple(deferred),
        rebooted=state().protection.rebooted,
    )
    return Report(configuration, judge(profile, firmware, configuration, attempt))


async def async_write_all(
    session: Session, values: Mapping[str, str]
) -> dict[str, str]:
    """Write values one by one; return the status of each."""
    return {
        key: await async_write(session, Setting(key=key, value=value))
        for key, value in values.items()
    }


async def async_read(
    session: Session, keys: Iterable[str] | None = None
) -> dict[str, ConfigurationKey]:
    """Read all keys, or some; a charger that refuses to tell all is asked key by key."""
    wanted = None if keys is None else list(keys)
    try:
        return read_configuration(await session.call(call.GetConfiguration(key=wanted)))
    except RefusedError:
        if wanted is not None and len(wanted) == 1:
            return {}
    found: dict[str, ConfigurationKey] = {}
    for key in wanted or KEYS:
        found |= await async_read(session, [key])
    return found


async def async_write(
    session: Session, setting: Setting, only_if: Callable[[], bool] | None = None
) -> str:
    """Write a key, with its second-best values if the best is refused.

    Returns:
        The last status.

    Raises:
        WithdrawnError: It was no longer allowed when its turn came.
    """
    status = ""
    for value in setting.values:
        request = call.ChangeConfiguration(key=setting.key, value=value)
        try:
            status = read_status(await session.call(request, only_if=only_if))
        except RefusedError as refusal:
            status = refusal.code
        if status in WRITTEN:
            break
    return status


async def async_accepts(
    session: Session, request: Vocabulary, accepted: str = ACCEPTED
) -> bool:
    """Send an urgent request and say whether the charger did as it was asked."""
    try:
        return read_status(await session.call(request, urgent=True)) == accepted
    except RefusedError:
        return False


async def async_trigger(session: Session, message: MessageTrigger) -> None:
    """Ask for a message; a charger that will not send it is let be."""
    with suppress(NoAnswerError):
        if await async_ask_for(session, message) == ACCEPTED:
            return
    _LOGGER.debug("The charger does not send %s on request", message)


async def async_ask_for(session: Session, message: MessageTrigger) -> str:
    """Ask for a message, and return the status of the answer."""
    at_connector = message in (
        MessageTrigger.meter_values,
        MessageTrigger.status_notification,
    )
    request = call.TriggerMessage(
        requested_message=message, connector_id=CONNECTOR if at_connector else None
    )
    try:
        return read_status(await session.call(request))
    except RefusedError as refusal:
        return refusal.code


def _settings(profile: ProfileName, firmware: str | None) -> tuple[Setting, ...]:
    if supports_offline_fix(firmware) is False:
        return REPORTING
    return (*REPORTING, *PROFILES[profile])
