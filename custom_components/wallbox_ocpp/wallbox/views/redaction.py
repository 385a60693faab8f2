"""Takes the secrets of a charger out of a document, and leaves what helps.

A secret is known by the name of its field, and from then on wherever its value occurs. Each gets
a pseudonym of its own, so that a reader still sees what is equal.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
import re
from typing import Any, Final, TypeIs

from ..model.charging_profiles import REMOTE_ID_TAG
from ..model.charging_session import FREE_ID_TAGS
from ..model.keys import HARMLESS, secret_in

REDACTED: Final = "**REDACTED**"

PUBLIC: Final = FREE_ID_TAGS | {REMOTE_ID_TAG, REDACTED}
"""Values that stand in the place of a secret and tell nothing."""

SHORTEST: Final = 4
"""Characters of a value that is looked for elsewhere; shorter ones are everywhere."""
UNMISTAKABLE: Final = 6
"""Characters of a value that is also looked for within words."""

_FREE_TEXTS: Final = frozenset({"certificate", "certificatechain", "csr", "data"})
"""Fields that may hold anything (OCPP 1.6 §4.3 and security whitepaper)."""


class Redactor:
    """Knows secrets, and gives each a pseudonym."""

    def __init__(self) -> None:
        """Know nothing."""
        self._pseudonyms: dict[str, str] = {}
        """By value in small letters."""
        self._values: list[str] = []
        self._counts: Counter[str] = Counter()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, kind: str, *values: object) -> None:
        """Remember secret values."""
        for value in values:
            if not _is_text_or_number(value) or str(value) in PUBLIC:
                continue
            text = str(value)
            self._values.append(text)
            self._pattern = None
            if text.lower() not in self._pseudonyms:
                self._counts[kind] += 1
                pseudonym = f"**{kind}_{self._counts[kind]}**"
                self._pseudonyms[text.lower()] = pseudonym

    def learn_from(self, document: Any, kind: str | None = None) -> None:
        """Remember the secrets that a document holds, by the names of its fields."""
        if isinstance(document, Mapping):
            for name, value in _fields(document):
                self.learn_from(value, secret_in(name))
        elif isinstance(document, list | tuple | set | frozenset):
            for value in document:
                self.learn_from(value, kind)
        elif kind:
            self.learn(kind, document)

    def hide(self, document: Any, name: str = "") -> Any:
        """Return a document without its secrets, which must have been learned."""
        if isinstance(document, Mapping):
            hidden = {
                self._hide_name(str(key)): self.hide(value, str(key))
                for key, value in document.items()
            }
            return _without_unknown_key(document, hidden)
        if isinstance(document, list | tuple | set | frozenset):
            return [self.hide(value, name) for value in document]
        if document is not None and name.casefold() in _FREE_TEXTS:
            return REDACTED
        if not _is_text_or_number(document) or str(document) in PUBLIC:
            return document
        if secret_in(name):
            return self._pseudonyms.get(str(document).lower(), REDACTED)
        return self._hide_value(document)

    def _hide_name(self, name: str) -> str:
        # The names of fields are words, which a network may be called by.
        return name if name.isalpha() else str(self._hide_value(name))

    def _hide_value(self, value: str | int) -> str | int:
        text = str(value)
        if len(text) >= SHORTEST and (known := self._pseudonyms.get(text.lower())):
            return known
        if not isinstance(value, str) or _is_number_or_time(text):
            return value
        hidden = self._known.sub(
            lambda found: self._pseudonyms.get(found[0].lower(), REDACTED), text
        )
        # An address may hold a password.
        return REDACTED if "://" in hidden else hidden

    @property
    def _known(self) -> re.Pattern[str]:
        if self._pattern is None:
            self._pattern = _any_of(self._values)
        return self._pattern


def masked(text: str) -> str:
    """Return text of which nobody knows what it says, as a row of signs."""
    return re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "0", text))


def _fields(document: Mapping[Any, Any]) -> Iterable[tuple[str, Any]]:
    """Return the fields of an object, and its value under its key if it is such a pair."""
    yield from ((str(name), value) for name, value in document.items())
    if isinstance(key := document.get("key"), str):
        yield key, document.get("value")


def _without_unknown_key(
    document: Mapping[Any, Any], hidden: dict[str, Any]
) -> dict[str, Any]:
    """Return a configuration key without its value, unless that is known to be harmless."""
    key, value = document.get("key"), document.get("value")
    if not isinstance(key, str) or value in (None, "") or key in HARMLESS:
        return hidden
    shown = hidden["value"]
    known = secret_in(key) and (shown != value or value in PUBLIC)
    return hidden if known else {**hidden, "value": REDACTED}


def _is_text_or_number(value: object) -> TypeIs[str | int]:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _is_number_or_time(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return False
    return True


def _any_of(values: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds each of some values, the longer ones first."""
    parts = [
        re.escape(value)
        if len(value) >= UNMISTAKABLE
        else rf"(?<!\w){re.escape(value)}(?!\w)"
        for value in sorted(set(values), key=len, reverse=True)
        if len(value) >= SHORTEST
    ]
    return re.compile("|".join(parts) or r"(?!)", re.IGNORECASE)
