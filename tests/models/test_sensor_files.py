"""Every sensor file that the drivers ship: its figures agree with each other and with its process data."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cellkit.models.load import load_sensor, model_ids
from cellkit.models.sensor import DistanceModel, ForceTorqueModel, ProcessData, ScannerModel

ODS9, OGD592 = "ods9-450", "ogd592"


@pytest.mark.parametrize("name", ["axia80-m20", "gamma"])
def test_force_torque(name: str) -> None:
    model = load_sensor(name, ForceTorqueModel)
    force, torque = np.array(model.force_range), np.array(model.torque_range)
    assert (force > 0).all()
    assert force[0] == force[1] <= force[2], "the strain gauges allow the largest load along z"
    assert torque[0] == torque[1]
    # At its edge, some 40 mm from the middle, the smallest force makes about the largest torque.
    assert 0.01 < torque[2] / force[0] < 0.2
    assert 0 < model.force_resolution.known() < force.min() / 1000
    assert 0 < model.torque_resolution.known() < torque.min() / 1000
    assert 100 <= model.rate.known() <= 10_000
    assert 0.1 < model.mass.known() < 2.0
    assert 0.01 < model.height.known() < 0.1


@pytest.mark.parametrize("name", [ODS9, OGD592])
def test_distance(name: str) -> None:
    model = load_sensor(name, DistanceModel)
    near, far = model.range_min.known(), model.range_max.known()
    assert 0 < near < far < 5.0
    assert model.resolution.known() < (far - near) / 100
    assert model.io_link is not None
    data = model.io_link.process_data
    largest = 2 ** (data.bits - 1) - 1 if data.signed else 2**data.bits - 1
    assert far / data.scale < largest, "the whole range can be sent"
    assert data.scale == pytest.approx(model.resolution.known())
    special = [*data.far, *data.invalid]
    assert len(set(special)) == len(special) > 0
    assert all(abs(count) <= largest for count in special)
    assert not any(near <= count * data.scale <= far for count in special), "no special value is also a distance"


def test_no_two_io_link_devices_say_that_they_are_the_same() -> None:
    links = [load_sensor(name, DistanceModel).io_link for name in (ODS9, OGD592)]
    assert None not in links
    assert len({(one.vendor_id, one.device_id) for one in links if one}) == 2
    assert len({one.product_name for one in links if one}) == 2


@pytest.mark.parametrize(("name", "beams", "frequency"), [("tim571", 811, 15), ("lms111", 541, 50)])
def test_scanner(name: str, beams: int, frequency: float) -> None:
    model = load_sensor(name, ScannerModel)
    assert model.beams == beams
    assert model.frequency.known() == frequency
    assert model.field_of_view.known() == pytest.approx(math.radians(270))
    assert (model.beams - 1) * model.resolution.known() == pytest.approx(model.field_of_view.known(), rel=1e-6)
    assert 0 < model.range_min.known() < 1.0 < model.range_max.known() < 100
    assert 0.001 < model.noise.known() < 0.05, "without noise, scans that repeat one another would look sound"


def test_all_sensors_are_looked_at_here() -> None:
    assert set(model_ids("sensor")) == {"axia80-m20", "gamma", ODS9, OGD592, "tim571", "lms111"}


@pytest.mark.parametrize(
    ("bit_offset", "bits", "fits"), [(0, 16, True), (16, 16, True), (17, 16, False), (0, 33, False)]
)
def test_process_data_must_fit_its_bytes(bit_offset: int, bits: int, fits: bool) -> None:
    given = {"provenance": {"source": "iodd", "verified": True}, "size": 4, "bit_offset": bit_offset, "bits": bits}
    if fits:
        assert ProcessData(**given, scale=0.001).bits == bits
    else:
        with pytest.raises(ValueError, match=r"do not fit into 4 bytes|less than or equal to 32"):
            ProcessData(**given, scale=0.001)
