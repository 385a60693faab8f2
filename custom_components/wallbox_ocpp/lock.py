"""Locks of a charger."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final, override

from homeassistant.components.lock import LockEntity, LockEntityDescription

from .entity import WallboxEntity, WallboxEntityDescription, async_add_chargers
from .wallbox.model.offline_fix import Verdict

# Each charger has its own queue, and one must not wait for another.
PARALLEL_UPDATES = 0

GUEST_UNTIL: Final = "guest_until"


@dataclass(frozen=True, kw_only=True)
class WallboxLockDescription(WallboxEntityDescription, LockEntityDescription):
    """Describe a lock of a charger."""


DESCRIPTION: Final = WallboxLockDescription(
    key="access",
    wanted_fn=lambda state: state.access.controlled,
    lasting=True,
)


async_setup_entry = partial(
    async_add_chargers,
    create=lambda charger: [WallboxLock(charger, DESCRIPTION)],
)


class WallboxLock(WallboxEntity, LockEntity):
    """The lock of a charger: while locked, it waits for a known card, or for its owner.

    It shows what is wanted, and *locking* or *unlocking* until the charger does it.
    """

    entity_description: WallboxLockDescription

    @property
    @override
    def is_locked(self) -> bool | None:
        """Whether it is to be locked; unknown without the fix."""
        state = self.known
        return (
            state.access.lock.locked
            if state.settings.fix_enabled and state.identity.is_wallbox
            else None
        )

    @property
    @override
    def is_locking(self) -> bool:
        """Whether it is to be locked, and the charger is not yet: a session is open."""
        return self.is_locked is True and not self.known.lock_in_effect

    @property
    @override
    def is_unlocking(self) -> bool:
        """Whether it is to be unlocked, and the charger is not yet: a session is open."""
        return self.is_locked is False and not self.known.lock_in_effect

    @property
    @override
    def is_jammed(self) -> bool:
        """Whether the charger has refused."""
        state = self.known
        # A refusal of another profile says nothing about the lock.
        ours = state.settings.protection.profile is state.access.lock.profile
        refused = ours and state.verdict is Verdict.REJECTED
        return refused and (self.is_locking or self.is_unlocking)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Until when the next car may charge although it is locked."""
        return {GUEST_UNTIL: self.known.access.lock.guest_until}

    @property
    @override
    def showing(self) -> object:
        """State and attributes."""
        return self.state, self.extra_state_attributes

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        """Lock."""
        await self.charger.access.async_turn(locked=True)

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        """Unlock."""
        await self.charger.access.async_turn(locked=False)
