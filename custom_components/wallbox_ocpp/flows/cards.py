"""The steps for the cards of a charger: add by presenting or typing, edit, delete."""

import asyncio
from collections.abc import Iterable
import re
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.const import CONF_ENABLED, CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    BooleanSelector,
    DateSelector,
    EntitySelector,
    EntitySelectorConfig,
    TextSelector,
)

from ..charger.charger import Charger
from ..const import (
    CONF_ACCESS_CONTROL,
    CONF_CARDS,
    CONF_EXPIRES,
    CONF_ID_TAG,
    CONF_PERSON,
)
from ..localize import text
from ..storage.cards import StoredCard
from ..wallbox.model.cards import LONGEST_ID_TAG, bare, same_card
from .charger_steps import ChargerSteps
from .selectors import choice

LEARN_WITHIN: Final = 120.0
"""Seconds in which a card has to be presented."""

NUMBER: Final = re.compile(rf"[0-9A-Z]{{1,{LONGEST_ID_TAG}}}")

NUMBER_SCHEMA: Final = vol.Schema({vol.Required(CONF_ID_TAG): TextSelector()})
CARD_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Optional(CONF_PERSON): EntitySelector(
            EntitySelectorConfig(domain=["person"])
        ),
        vol.Optional(CONF_EXPIRES): DateSelector(),
        vol.Required(CONF_ENABLED): BooleanSelector(),
    }
)


class CardFlow(ChargerSteps):
    """The steps for the cards of a charger."""

    _number: str
    """The idTag of the card that is being added or edited."""
    _learning: asyncio.Task[str | None] | None = None

    async def async_step_cards(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """List the cards, and show a menu."""
        if not self._get_reconfigure_subentry().data.get(CONF_ACCESS_CONTROL, True):
            return await self.async_step_control_first()
        lines = self._lines.values()
        with_cards = ["edit", "delete"] if lines else []
        return self.async_show_menu(
            step_id="cards",
            menu_options=["learn", "enter", *with_cards],
            description_placeholders={
                "cards": "\n".join(f"- {line}" for line in lines)
                or text(self.hass, "no_cards"),
                "charger": self._name,
            },
        )

    async def async_step_control_first(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask to control who may charge: without that, cards mean nothing."""
        if user_input is None:
            return self._form("control_first")
        self._change_settings({CONF_ACCESS_CONTROL: True})
        return await self.async_step_cards()

    async def async_step_learn(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Wait until a card is presented at the charger, if that reads cards now."""
        if self._learning:
            return self._waiting_or_done(self._learning)
        charger = self._charger
        if charger is None or not charger.state.link.connected:
            return self.async_abort(reason="charger_offline")
        state = charger.state
        if state.transaction:
            return self.async_abort(reason="unplug_first")
        if state.settings.needs_authorisation is not False:
            return self._wait(charger)
        if not (state.settings.fix_enabled and state.identity.is_wallbox):
            return self.async_abort(reason="cannot_lock")
        return await self.async_step_lock_first()

    async def async_step_lock_first(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask to lock the charger: unlocked, it does not read cards."""
        charger = self._charger
        if charger is None:
            return self.async_abort(reason="charger_offline")
        if user_input is None:
            return self._form("lock_first")
        await charger.access.async_turn(locked=True)
        return self._wait(charger)

    async def async_step_nobody(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show that no card was presented, and try again."""
        if user_input is not None:
            return await self.async_step_learn()
        return self._form("nobody")

    async def async_step_enter(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the idTag of a card."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._number = bare(user_input[CONF_ID_TAG])
            if NUMBER.fullmatch(self._number):
                return await self.async_step_card()
            errors[CONF_ID_TAG] = "invalid_number"
        schema = self.add_suggested_values_to_schema(NUMBER_SCHEMA, user_input)
        return self._form("enter", schema, errors)

    async def async_step_card(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the name and the other data of a card, new or known."""
        known = self._known
        others = [card for card in self._cards if card is not known]
        errors: dict[str, str] = {}
        if user_input is not None:
            card = {**user_input, CONF_NAME: user_input[CONF_NAME].strip()}
            if not card[CONF_NAME]:
                errors[CONF_NAME] = "name_missing"
            elif card[CONF_NAME] in {other[CONF_NAME] for other in others}:
                errors[CONF_NAME] = "name_taken"
            else:
                number = known[CONF_ID_TAG] if known else self._number
                return await self._async_finish(
                    [*others, {CONF_ID_TAG: number, **card}]
                )
        schema = self.add_suggested_values_to_schema(
            CARD_SCHEMA, user_input or known or {CONF_ENABLED: True}
        )
        return self._form("card", schema, errors)

    async def async_step_edit(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask which card to edit."""
        if user_input is not None:
            # It may have been renamed or deleted meanwhile; then it is asked again.
            for card in self._named(user_input[CONF_NAME]):
                self._number = card[CONF_ID_TAG]
                return await self.async_step_card()
        schema = vol.Schema({vol.Required(CONF_NAME): choice(self._lines)})
        return self._form("edit", schema)

    async def async_step_delete(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask which cards to delete."""
        if user_input is not None:
            gone = self._named(*user_input[CONF_CARDS])
            return await self._async_finish(
                [card for card in self._cards if card not in gone]
            )
        # Without a default, the frontend chooses the first card by itself.
        schema = vol.Schema(
            {vol.Required(CONF_CARDS, default=list): choice(self._lines, multiple=True)}
        )
        return self._form("delete", schema)

    # Waiting for a card.

    def _wait(self, charger: Charger) -> SubentryFlowResult:
        self._learning = self.hass.async_create_background_task(
            _async_learn(charger), name=__name__
        )
        return self._waiting_or_done(self._learning)

    def _waiting_or_done(
        self, learning: asyncio.Task[str | None]
    ) -> SubentryFlowResult:
        if not learning.done():
            return self.async_show_progress(
                step_id="learn",
                progress_action="learn",
                progress_task=learning,
                description_placeholders={"charger": self._name},
            )
        self._learning = None
        if (number := learning.result()) is None:
            return self.async_show_progress_done(next_step_id="nobody")
        self._number = number
        return self.async_show_progress_done(next_step_id="card")

    # The cards of the charger.

    @property
    def _cards(self) -> list[StoredCard]:
        """The cards, sorted by name."""
        stored = self._get_reconfigure_subentry().data.get(CONF_CARDS, ())
        return sorted(stored, key=lambda card: card[CONF_NAME].casefold())

    @property
    def _known(self) -> StoredCard | None:
        return next(
            (
                card
                for card in self._cards
                if same_card(card[CONF_ID_TAG], self._number)
            ),
            None,
        )

    def _named(self, *names: str) -> list[StoredCard]:
        return [card for card in self._cards if card[CONF_NAME] in names]

    @property
    def _lines(self) -> dict[str, str]:
        """A line for each card, by its name."""
        return {card[CONF_NAME]: _line(self.hass, card) for card in self._cards}

    async def _async_finish(self, cards: Iterable[StoredCard]) -> SubentryFlowResult:
        """Save the cards, and go back to their list."""
        self._change_settings({CONF_CARDS: [dict(card) for card in cards]})
        return await self.async_step_cards()


async def _async_learn(charger: Charger) -> str | None:
    """Return the idTag of the next presented card; None if there is none in time."""
    try:
        async with asyncio.timeout(LEARN_WITHIN):
            return await charger.access.async_next_card()
    except TimeoutError:
        return None


def _line(hass: HomeAssistant, card: StoredCard) -> str:
    """Return the name of a card with its person, end and state, for the list."""
    person = hass.states.get(card.get(CONF_PERSON) or "")
    details = [person.name] if person else []
    if day := card.get(CONF_EXPIRES):
        details.append(text(hass, "card_until", day=day))
    if not card[CONF_ENABLED]:
        details.append(text(hass, "card_disabled"))
    name: str = card[CONF_NAME]
    return f"{name} ({', '.join(details)})" if details else name
