"""Redacts diagnostics: keeps what is known to be harmless, and hides the rest.

Texts of a charger are shown by an allow list: numbers, times and enumerations of OCPP, each in the
fields where they belong, and the values of harmless configuration keys. A secret that is known by
the name of its field is also hidden in those, in any spelling. Each secret has its own pseudonym,
so that equal ones can be recognised.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache, lru_cache
from itertools import chain, repeat
import re
from typing import Any, Final, TypeIs
import unicodedata

from ..model.charging_profiles import REMOTE_ID_TAG
from ..model.charging_session import FREE_ID_TAGS
from ..model.keys import is_harmless, is_plain, normal, secret_in
from .vocabulary import FIELDS, KEYS, NAMES, OBJECTS, POSITIONS, WORDS

REDACTED: Final = "**REDACTED**"

PUBLIC: Final = FREE_ID_TAGS | {REMOTE_ID_TAG, REDACTED}
"""Values that are in the field of a secret and are not secret."""

COMMON: Final = WORDS | {"true", "false"}
"""Values that are only hidden in the field of a secret: elsewhere they are too common."""

SHORTEST: Final = 4
"""The fewest characters of a secret that is searched for in other fields."""
UNMISTAKABLE: Final = 6
"""The fewest characters of a secret that is also searched for within words."""
MOST_LEVELS: Final = 20
"""Levels of nested objects and lists; the deepest message of OCPP 1.6 has five."""
_LONGEST_NUMBER: Final = 40
"""The most digits of a number that may be the float form of a secret."""

_SEPARATORS: Final = re.compile(r"[\W_]+")
_KEPT_IN_MASKED: Final = re.compile(r'[^x0\[\]{}",: ]')

type Scalar = str | int | float

# Made once, because each value in thousands of frames is asked for them.
_SCALARS: Final = (str, int, float)
_LISTS: Final = (list, tuple, set, frozenset)


class Redactor:
    """Replaces secrets that it has learned by pseudonyms."""

    def __init__(self) -> None:
        """Create it without secrets."""
        self._pseudonyms: dict[str, str] = {}
        """By the normal spelling of the secret."""
        self._counts: Counter[str] = Counter()
        self._aliases: dict[str, str] = {}
        """Pseudonyms of field names and keys of a charger."""
        # The same few names and values are in thousands of frames.
        self._normal = cache(normal)
        self._secret_in = cache(secret_in)
        self._field = cache(self._hide_field)
        # 1 and 1.0 are written differently.
        typed = lru_cache(maxsize=None, typed=True)
        self._spellings = typed(_spellings)
        self._hide_known = typed(self._hide_scalar)
        """Emptied whenever a secret is learned."""

    def learn(self, kind: str, *values: object) -> None:
        """Remember secret values."""
        for value in values:
            if not _is_scalar(value) or str(value) in PUBLIC:
                continue
            spellings = set(self._spellings(value))
            if kind == "PASSWORD":
                spellings |= _other_notation(str(value))
            known = (self._pseudonyms.get(spelling) for spelling in spellings)
            pseudonym = next(filter(None, known), None) or self._new(kind)
            self._pseudonyms |= dict.fromkeys(spellings, pseudonym)
            self._hide_known.cache_clear()

    def learn_from(
        self, document: Any, kind: str | None = None, levels: int = MOST_LEVELS
    ) -> None:
        """Remember the secrets in a document, which are known by the names of their fields."""
        if levels == 0 or (kind is None and _is_scalar(document)):
            return
        if isinstance(document, Mapping):
            for name, value in _fields(document):
                inner = (
                    None
                    if self._normal(name) in OBJECTS
                    else self._secret_in(name) or kind
                )
                self.learn_from(value, inner, levels - 1)
        elif _is_list(document):
            for value in document:
                self.learn_from(value, kind, levels - 1)
        elif kind:
            self.learn(kind, document)

    def hide(self, facts: Any, name: str = "") -> Any:
        """Return facts of our own without secrets; these must have been learned before.

        Only their texts may contain secrets.
        """
        if isinstance(facts, Mapping):
            hidden = {
                self._fact(key): self.hide(value, str(key))
                for key, value in facts.items()
            }
            if isinstance(key := facts.get("key"), str) and "value" in facts:
                hidden["value"] = self._hide_value(key, facts.get("value"))
            return hidden
        if _is_list(facts):
            return [self.hide(item, name) for item in facts]
        if not _is_scalar(facts) or isinstance(facts, Enum):
            return facts
        if isinstance(facts, str) or self._secret_in(name):
            return self._hide_scalar(facts, name)
        return self._pseudonym(facts) or facts

    def hide_frame(self, frame: list[Any]) -> list[Any]:
        """Return a frame with only what is known to be harmless."""
        match frame:
            case [int(kind), *said] if kind in POSITIONS:
                names = chain(POSITIONS[kind], repeat(""))
                return [kind, *map(self._hide_said, said, names, strict=False)]
            case _:
                return [self._hide_said(item, "") for item in frame]

    def setting(self, key: str, value: str | None) -> str | None:
        """Return the value of a configuration key if it is known to be harmless."""
        shown = not value or (is_harmless(key) and not self._is_in(value))
        return value if shown else REDACTED

    def _hide_said(self, said: Any, name: str, levels: int = MOST_LEVELS) -> Any:
        """Return a redacted value of a charger in a field."""
        if levels == 0:
            return REDACTED
        if _is_scalar(said):
            return self._hide_known(said, name)
        if isinstance(said, Mapping):
            return self._hide_object(said, self._normal(name), levels)
        if _is_list(said):
            return [self._hide_said(item, name, levels - 1) for item in said]
        return said

    def _hide_object(
        self, said: Mapping[str, Any], name: str, levels: int
    ) -> dict[str, Any]:
        """Return a redacted object of a charger; a value is judged by its key."""
        key = next(
            (said[field] for field in said if self._normal(field) == "key"), None
        )
        hidden = {}
        for field, value in said.items():
            if self._normal(field) == "value" and name != "sampledvalue":
                shown = self._hide_value(key, value)
            elif name in OBJECTS or self._secret_in(field):
                shown = self._hide_said(value, field, levels - 1)
            else:
                shown = self._hide_said(value, "", levels - 1)
            hidden[self._field(field)] = shown
        return hidden

    def _hide_value(self, key: object, value: Any) -> Any:
        """Return the redacted value of a configuration key."""
        if value is None or not isinstance(key, str):
            return value and REDACTED
        if not _is_scalar(value):
            return value if isinstance(value, bool) else REDACTED
        if self._secret_in(key):
            return self._hide_scalar(value, key)
        return value if self.setting(key, str(value)) == str(value) else REDACTED

    def _hide_scalar(self, value: Scalar, name: str) -> Scalar:
        text = str(value)
        if text in PUBLIC:
            return value
        if known := self._pseudonym(value):
            return known
        if self._secret_in(name):
            return self._pseudonyms.get(self._spellings(value)[0], REDACTED)
        plain = self._normal(name)
        fits = plain in FIELDS and FIELDS[plain](text)
        if plain == "uniqueid":
            # Some chargers derive ids from their serial number.
            shown = fits and not self._is_in(text)
            return text if shown else self._alias("MESSAGE", text)
        if plain in KEYS:
            return self._key(text)
        if fits:
            return value
        return value if is_harmless(name) and not self._is_in(text) else REDACTED

    def _fact(self, name: object) -> Any:
        """Return the redacted name of a fact of ours, or of a configuration key."""
        if not isinstance(name, str) or (name.isidentifier() and name.islower()):
            return name
        return self._key(name)

    def _hide_field(self, name: str) -> str:
        """Return the redacted name of a field of a charger."""
        plain = name.isascii() and name.isalnum()
        if plain and (self._normal(name) in NAMES or is_harmless(name)):
            return name
        return self._alias("FIELD", name)

    def _key(self, key: str) -> str:
        """Return the redacted name of a configuration key of a charger."""
        shown = is_plain(key) and key[0].isalpha() and not self._is_in(key)
        return key if shown or is_harmless(key) else self._alias("KEY", key)

    def _alias(self, kind: str, name: str) -> str:
        if name not in self._aliases:
            self._aliases[name] = self._new(kind)
        return self._aliases[name]

    def _new(self, kind: str) -> str:
        self._counts[kind] += 1
        return f"**{kind}_{self._counts[kind]}**"

    def _pseudonym(self, value: Scalar) -> str | None:
        """Return the pseudonym of a value, if all of it is a secret and not too short."""
        if str(value) in COMMON:
            return None
        found = (
            self._pseudonyms.get(spelling)
            for spelling in self._spellings(value)
            if len(spelling) >= SHORTEST
        )
        return next(filter(None, found), None)

    def _is_in(self, text: str) -> bool:
        """Return whether a text contains a secret."""
        if self._pseudonym(text) or any(map(self._pseudonym, _parts(text))):
            return True
        (plain, *_) = self._spellings(text)
        return any(
            len(spelling) >= UNMISTAKABLE and spelling in plain
            for spelling in self._pseudonyms
        )


def masked(text: str) -> str:
    """Return the placeholder of a text with unknown content."""
    signs = re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "0", text))
    return _KEPT_IN_MASKED.sub("?", signs)


def _fields(document: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the fields of an object; of a key with a value, also the value under the key's name."""
    yield from ((str(name), value) for name, value in document.items())
    if isinstance(key := document.get("key"), str):
        yield key, document.get("value")


def _spellings(value: Scalar) -> list[str]:
    """Return the normal spellings of a value: without case, separators and leading zeros."""
    text = unicodedata.normalize("NFKC", str(value)).casefold().strip()
    plain = _SEPARATORS.sub("", text) or text
    spellings = [plain, plain.lstrip("0")]
    with suppress(InvalidOperation):
        number = Decimal(text)
        if number.is_finite() and 0 <= number.adjusted() < _LONGEST_NUMBER:
            # Some chargers write whole numbers as floats: 77712345.0 is 77712345.
            spellings += [str(abs(int(number)))] * (number == int(number))
    return [plain, *(item for item in spellings[1:] if len(item) >= SHORTEST)]


def _other_notation(password: str) -> set[str]:
    """Return a password encoded in hexadecimal digits, and decoded from them."""
    notations = [password.encode().hex()]
    with suppress(ValueError):
        notations.append(bytes.fromhex(password).decode())
    return {item for text in notations if text for item in _spellings(text)}


def _parts(text: str) -> Iterable[str]:
    return filter(None, _SEPARATORS.split(text))


def _is_scalar(value: object) -> TypeIs[Scalar]:
    return isinstance(value, _SCALARS) and not isinstance(value, bool)


def _is_list(value: object) -> TypeIs[list[Any] | tuple[Any, ...]]:
    return isinstance(value, _LISTS)
