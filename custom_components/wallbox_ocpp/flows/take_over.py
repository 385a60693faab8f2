"""Taking a charger over from the custom integration OCPP: its port, its identity, its entity ids."""

from collections.abc import Mapping
from typing import Any, override

import voluptuous as vol

from homeassistant.config_entries import ConfigSubentry, SubentryFlowResult

from ..charger.removal import async_restore_deleted
from ..const import CONF_CAME_FROM, CONF_IDENTITY, CONF_TAKES_IDS
from ..csms.handshake import IDENTITY
from ..hub.certificate import async_error as async_certificate_error
from ..hub.ocpp_integration import (
    OcppCharger,
    async_chargers,
    async_entity_ids,
    async_start,
    async_stop,
    async_take_entity_ids,
)
from ..localize import plain, text
from ..storage.display_name import display_name
from .add_charger import PairingFlow
from .selectors import choice


class TakeOverFlow(PairingFlow):
    """The steps of taking a charger over.

    It can be undone until the entity ids are taken, or are left where they are; until then, the
    subentry keeps in `CONF_CAME_FROM` the earlier data of our own entry.
    """

    _taken: OcppCharger | None = None
    _before: Mapping[str, Any] | None = None

    async def async_step_take_over(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Choose one of the chargers of the integration OCPP."""
        chargers = self._others_chargers()
        if user_input is not None:
            self._taken = chargers.get(user_input[CONF_IDENTITY])
            if self._taken is None:
                return self.async_abort(reason="take_over_gone")
            return await self.async_step_explain()
        labels = {
            identity: f"{charger.name} · {identity}"
            for identity, charger in chargers.items()
        }
        return self.async_show_form(
            step_id="take_over",
            data_schema=vol.Schema({vol.Required(CONF_IDENTITY): choice(labels)}),
        )

    async def async_step_explain(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show what changes, ask for confirmation, and turn the integration OCPP off."""
        charger = self._taken
        assert charger is not None
        if user_input is not None:
            return await self._async_take_over(charger)
        return self.async_show_form(
            step_id="explain",
            data_schema=vol.Schema({}),
            description_placeholders={
                "charger": plain(charger.name),
                "identity": charger.identity,
                "losses": self._losses(charger),
            },
        )

    @override
    async def async_step_found(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Go on to the entity ids once the charger has a name."""
        result = await super().async_step_found(user_input)
        if self._taken and result.get("reason") == "ready":
            return await self.async_step_hand_over()
        return result

    async def async_step_hand_over(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask whose entities keep the ids, or whether to undo it all."""
        if (charger := self._charger_taken()) is None:
            return self.async_abort(reason="take_over_gone")
        entity_ids = async_entity_ids(self.hass, charger)
        return self.async_show_menu(
            step_id="hand_over",
            menu_options=[*(["take_ids"] if entity_ids else []), "keep", "give_back"],
            description_placeholders={
                "charger": plain(charger.name),
                "entities": "\n".join(f"- `{one}`" for one in entity_ids.values())
                or "–",
            },
        )

    async def async_step_take_ids(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Give our entities the ids of theirs."""
        if (charger := self._charger_taken()) is None or self._removed:
            return self.async_abort(reason="take_over_gone")
        # Written much earlier than the entity ids, which are taken again if those are lost.
        end = self._end("taken_over", **{CONF_TAKES_IDS: True})
        async_take_entity_ids(self.hass, charger, self._entry, self._taken_subentry)
        return end

    async def async_step_keep(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Leave the ids where they are."""
        if self._removed:
            return self.async_abort(reason="removed")
        return self._end("ready")

    async def async_step_give_back(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Undo the taking over: remove the charger here, and turn the integration OCPP on."""
        if (charger := self._charger_taken()) is None:
            return self.async_abort(reason="take_over_gone")
        before = self._before or self._taken_subentry.data[CONF_CAME_FROM]
        subentry = None if self._removed else self._taken_subentry
        if subentry and self._running:
            # It gets its original settings back first, as long as it is connected.
            ours = self._runtime.chargers[subentry.subentry_id]
            await async_restore_deleted(self.hass, ours)
        await self._async_give_back(charger, subentry, before)
        return self.async_abort(
            reason="given_back", description_placeholders={"charger": charger.name}
        )

    @property
    def _undecided(self) -> bool:
        """Whether a charger has been taken over, and the entity ids are not decided."""
        return CONF_CAME_FROM in self._taken_subentry.data and bool(
            self._charger_taken()
        )

    @property
    @override
    def _ways(self) -> list[str]:
        ways = super()._ways
        return [*ways[:-1], "take_over", ways[-1]] if self._others_chargers() else ways

    @property
    @override
    def _ways_on(self) -> list[str]:
        return [*super()._ways_on, *(["give_back"] if self._taken else [])]

    @property
    @override
    def _title(self) -> str:
        return self._taken.name if self._taken else super()._title

    @property
    @override
    def _data(self) -> dict[str, Any]:
        if self._before is None:
            return super()._data
        return {**super()._data, CONF_CAME_FROM: dict(self._before)}

    @property
    def _taken_subentry(self) -> ConfigSubentry:
        """The charger that has been taken over, in this flow or in an earlier one."""
        return self._subentry or self._get_reconfigure_subentry()

    def _others_chargers(self) -> dict[str, OcppCharger]:
        """Return the chargers of the integration OCPP that can be added here."""
        known = self._known_identities
        return {
            identity: charger
            for identity, charger in async_chargers(self.hass).items()
            if identity not in known and IDENTITY.fullmatch(identity)
        }

    def _charger_taken(self) -> OcppCharger | None:
        """Return the charger in the integration OCPP, unless it has been deleted."""
        identity = self._taken_subentry.data[CONF_IDENTITY]
        return async_chargers(self.hass).get(identity)

    def _losses(self, charger: OcppCharger) -> str:
        """Return which other chargers lose their connection, here and there."""
        lines = []
        if others := charger.others:
            names = ", ".join(plain(name) for name in others)
            lines.append(text(self.hass, "take_over_others", chargers=names))
        ours = [
            display_name(self.hass, self._entry, one)
            for one in self._entry.subentries.values()
        ]
        if ours and not self._connects_as(charger.connection):
            names = ", ".join(plain(name) for name in ours)
            lines.append(text(self.hass, "take_over_ours", chargers=names))
        return "\n".join(f"- {line}" for line in lines)

    def _connects_as(self, connection: Mapping[str, Any]) -> bool:
        return {**self._entry.data, **connection} == self._entry.data

    async def _async_take_over(self, charger: OcppCharger) -> SubentryFlowResult:
        """Add the charger and take its port, then wait for it."""
        entries, entry = self.hass.config_entries, self._entry
        data = {**entry.data, **charger.connection}
        if await async_certificate_error(self.hass, data):
            return self.async_abort(reason="take_over_no_port")
        if not (self._running and await entries.async_unload(entry.entry_id)):
            return self.async_abort(reason="not_loaded")
        self._before = before = entry.data
        self._identity = charger.identity
        # Nothing is written between these three, so if Home Assistant is killed, it starts again
        # with either the old or the new.
        subentry = self._add()
        entries.async_update_entry(entry, data=data)
        stopped = await async_stop(self.hass, charger)
        if stopped and await entries.async_setup(entry.entry_id):
            return await self.async_step_wait()
        await self._async_give_back(charger, subentry, before)
        if stopped:
            return self.async_abort(reason="take_over_no_port")
        return self.async_abort(reason="take_over_not_stopped")

    async def _async_give_back(
        self,
        charger: OcppCharger,
        subentry: ConfigSubentry | None,
        before: Mapping[str, Any],
    ) -> None:
        """Remove the charger here, and have the integration OCPP use the port again."""
        entries, entry = self.hass.config_entries, self._entry
        await entries.async_unload(entry.entry_id)
        # Nothing is written between these three either.
        if subentry:
            entries.async_remove_subentry(entry, subentry.subentry_id)
        entries.async_update_entry(entry, data=before)
        await async_start(self.hass, charger)
        # It deletes the stored data of the charger, too.
        await entries.async_setup(entry.entry_id)

    def _end(self, reason: str, **more: Any) -> SubentryFlowResult:
        """End the flow; from then on, it cannot be undone."""
        subentry = self._taken_subentry
        data = {
            key: value for key, value in subentry.data.items() if key != CONF_CAME_FROM
        } | more
        self.hass.config_entries.async_update_subentry(self._entry, subentry, data=data)
        name = display_name(self.hass, self._entry, subentry)
        return self.async_abort(
            reason=reason, description_placeholders={"charger": name}
        )
