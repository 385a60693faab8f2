"""What a peer may send, for property tests."""

from dataclasses import fields
from typing import Any

from hypothesis import strategies as st

from custom_components.wallbox_ocpp.csms.messages import Message

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["", "0", "-1", "1e999", "NaN", "2026-09-01T10:00:00Z"])
    | st.datetimes().map(str),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)
"""Any JSON value, with a taste for what looks almost right."""

json_objects: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.text(), json_values, max_size=4
)

ACTIONS = sorted(message_type.__name__ for message_type in Message.__value__.__args__)


def payloads_of(action: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return payloads that have the right field names and anything in them."""
    message_type = next(
        item for item in Message.__value__.__args__ if item.__name__ == action
    )
    names = [item.metadata["alias"] for item in fields(message_type)]
    known = st.fixed_dictionaries({}, optional=dict.fromkeys(names, json_values))
    return st.builds(lambda some, more: {**more, **some}, known, json_objects)
