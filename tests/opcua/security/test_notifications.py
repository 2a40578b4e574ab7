"""Encoded data change notifications: asyncua's bytes, encoded once for all subscriptions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.ua_binary import extensionobject_to_binary

from cellkit.opcua.security import notifications
from cellkit.opcua.security.notifications import NotificationEncoder

NOW = datetime(2026, 5, 4, 3, 2, 1, 7, UTC)
OVERFLOW = ua.StatusCode(0x480)
KINDS = ua.VariantType


def data(value: Any, kind: ua.VariantType, **more: Any) -> ua.DataValue:
    return ua.DataValue(ua.Variant(value, kind), **{"SourceTimestamp": NOW, "ServerTimestamp": NOW, **more})


@pytest.mark.parametrize(
    "value",
    [
        data(1.5, KINDS.Double),
        data(float("nan"), KINDS.Double),
        data(0.25, KINDS.Float),
        data(-3, KINDS.Int32),
        data(4_000_000_000, KINDS.UInt32),
        data(True, KINDS.Boolean),
        data("Größe", KINDS.String),
        data(None, KINDS.String),
        data([1.0, 2.0], KINDS.Double),
        data([[1, 2], [3, 4]], KINDS.Int32),
        data([], KINDS.Double),
        data(ua.LocalizedText("a", "en"), KINDS.LocalizedText),
        data(1.0, KINDS.Double, StatusCode=OVERFLOW),
        data(1.0, KINDS.Double, SourceTimestamp=None),
        data(1.0, KINDS.Double, ServerTimestamp=None),
        data(1.0, KINDS.Double, SourceTimestamp=datetime(2026, 5, 4, 3, 2, 1)),
        data(1.0, KINDS.Double, SourcePicoseconds=7),
        data(1.0, KINDS.Double, StatusCode=None),
        data(None, KINDS.Null, StatusCode=ua.StatusCode(ua.StatusCodes.BadNoCommunication)),
        ua.DataValue(StatusCode=ua.StatusCode(ua.StatusCodes.BadNodeIdUnknown), ServerTimestamp=NOW),
    ],
    ids=str,
)
def test_the_bytes_are_those_of_asyncua(value: ua.DataValue) -> None:
    items = [
        ua.MonitoredItemNotification(ClientHandle=handle, Value=each)
        for handle, each in enumerate([data(9.0, KINDS.Double), value, value, data(8.0, KINDS.Double)], 4_000_000_000)
    ]
    expected = extensionobject_to_binary(ua.DataChangeNotification(MonitoredItems=items))
    encoder = NotificationEncoder()
    for _ in range(2):
        assert extensionobject_to_binary(encoder.encode(items)) == expected


def test_a_value_is_encoded_once_for_all_subscriptions(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = []
    encode = notifications.variant_to_binary
    monkeypatch.setattr(notifications, "variant_to_binary", lambda variant: encoded.append(variant) or encode(variant))
    encoder, value = NotificationEncoder(), data("text", KINDS.String)
    for subscription in range(5):
        encoder.encode([ua.MonitoredItemNotification(ClientHandle=subscription, Value=value)])
    assert len(encoded) == 1


def test_kept_encodings_are_bounded_and_never_mixed_up() -> None:
    encoder = NotificationEncoder(kept=3)
    for number in range(50):
        item = ua.MonitoredItemNotification(ClientHandle=1, Value=data(float(number), KINDS.Double))
        expected = extensionobject_to_binary(ua.DataChangeNotification(MonitoredItems=[item]))
        assert extensionobject_to_binary(encoder.encode([item])) == expected
        assert len(encoder._encodings) <= 3
