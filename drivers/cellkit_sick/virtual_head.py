"""The measuring side of a virtual scanner: what it is set to, its turns, and the scans they make.

What is written is read back at once, and the scans follow when the user logs out (``Run``, or a connection that ends):
"the new values will be activated only after log out" says sick_scan_xd's source of another family.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cellkit.controller.plants.scanner import ScannerPlant
from cellkit.geometry import Array
from cellkit.models.sensor import ScannerModel
from cellkit.timing import now
from cellkit_sick.protocol.commands import FIELD, Values
from cellkit_sick.protocol.errors import BadValue, Sfa
from cellkit_sick.protocol.scandata import DISTANCE, STATUS_ERROR, Channel, Encoder, ScanData, Timestamp
from cellkit_sick.scans import DAZZLED, TICKS, model_grid, to_counts

SERIAL = 21020042
DARK, BUSY = 2.0, 5.0
"""s after a restart in which it does not answer at all, and in which it is not ready."""
REMISSION, FULL = 0.5, {8: 0xFF, 16: 0xFFFF}
"""A made-up share of the full remission for whatever is seen; a dazzled beam shows all of it (LMS4000, LMS5xx)."""
TOP_INTERVAL = 50_000


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """What can be written. Angles in 1/10000 deg; ``data`` is LMDscandatacfg."""

    start: int
    stop: int
    data: Values
    location: str = "not defined"
    address: Values = (192, 168, 0, 1)
    particle: Values = (0, 500)
    mean: Values = (0, 2, 0)


@dataclass(frozen=True, slots=True)
class Label:
    """What a family of scanners says it is, and what its telegrams hold as delivered.

    ``outputs`` is the first byte of its digital outputs, ``data`` its LMDscandatacfg.
    """

    ident: str
    version: str
    firmware: str
    device_type: str
    order: str
    outputs: int
    data: Values


def label_of(model: ScannerModel) -> Label:
    """As recorded from a TiM561, a TiM571 and LMS1xx, with the model's name in it; order numbers from memory."""
    if model.id.startswith("lms"):
        data = (1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1)
        return Label(f"{model.name[:5]}x_FieldEval", "V1.80", "V1.80.1  ", f"{model.name}-10100", "1041114", 7, data)
    data = (1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1)  # its name as well
    return Label(model.name, "V2.51-21.08.15", "V2.51", f"{model.name}-2050101", "1075091", 1, data)


class Head:
    """Motor, laser and memory. Times are cell time."""

    def __init__(self, model: ScannerModel, plant: ScannerPlant) -> None:
        self.model = model
        self.label = label_of(model)
        self.grid = model_grid(model)
        self.period = 1.0 / model.frequency.known()
        self.frequency = round(model.frequency.known() * 100)
        side = self.grid.start + round(np.degrees(model.field_of_view.known()) * TICKS)
        self.factory = HeadSettings(self.grid.start, side, self.label.data)
        self.saved = self.pending = self.active = self.factory
        self.measuring = True
        self.dazzled = False
        self.status = 0
        """Second byte of the device status."""
        self.powered = 0.0
        """Cell time at which its clock showed 0."""
        self.power_ups = 1
        self._plant = plant
        self._turns = 0
        self._telegrams = 0
        self._ended = 0.0
        self._last: tuple[int, Array] | None = None

    # --- power ------------------------------------------------------------------------------------------------

    def power_up(self, restart: bool = False) -> None:
        """Begin to count; a restart takes some time and forgets what was not saved."""
        self.powered = now() if restart else now() - 2 * BUSY
        self._turns = 0 if restart else round(2 * BUSY / self.period)  # one that was on before has turned before
        self._telegrams = 0
        self._ended = now()
        self._last = None
        self.measuring = True
        if restart:
            self.power_ups += 1
            self.pending = self.active = self.saved

    @property
    def dark(self) -> bool:
        """Whether it starts and does not answer."""
        return now() - self.powered < DARK

    @property
    def ready(self) -> bool:
        """Whether it has started."""
        return now() - self.powered >= BUSY

    def apply(self) -> None:
        """From now on the scans are as was written."""
        self.active = self.pending

    # --- turns ------------------------------------------------------------------------------------------------

    def turn(self) -> bool:
        """Return a turn has ended; whether its scan is due to be sent."""
        self._ended = now()
        if not self.measuring or not self.ready:
            return False
        self._turns += 1
        interval = int(self.active.data[11])
        return self._turns % interval == 0

    def scan(self) -> ScanData:
        """Return the newest turn, as another telegram. Raises ``BadValue`` before there is one."""
        if not self._turns:
            raise BadValue(Sfa.CONDITION_FAILED, "no turn has ended yet")
        self._telegrams += 1
        settings = self.active
        wide, narrow = self._channels(self._counts(), settings)
        _, _, _, _, _, encoder, _, position, name, comment, time, _ = settings.data
        measurements = self.frequency * 360 * TICKS // (self.grid.step * 100 * 100)
        return ScanData(
            SERIAL, self._telegrams & 0xFFFF, self._turns & 0xFFFF, self._clock(self._ended - self.period),
            self._clock(self._ended), self.frequency, measurements, wide, narrow, (0, self.status),
            outputs=(self.label.outputs, 0), encoders=(Encoder(0, 0),) if encoder else (),
            position=(0.0,) * 7 if position else (), name=settings.location if name else None,
            comment="" if comment else None, time=self._date() if time else None,
        )  # fmt: skip

    def _counts(self) -> Array:
        """(n,) counts of the newest turn; it is measured once."""
        if self._last is None or self._last[0] != self._turns:
            counts = to_counts(self._plant.ranges(), self.model)
            self._last = self._turns, np.full_like(counts, DAZZLED) if self.dazzled else counts
        return self._last[1]

    def _channels(self, counts: Array, settings: HeadSettings) -> tuple[tuple[Channel, ...], tuple[Channel, ...]]:
        step = self.grid.step
        # A third of a degree does not come out even: the last beam is where the last angle is, for all that.
        nominal = (self.factory.stop - self.factory.start) / (self.grid.count - 1)
        first = round((settings.start - self.factory.start) / nominal)
        last = round((settings.stop - self.factory.start) / nominal)
        start = settings.start
        counts = counts[first : last + 1]
        distances = Channel(DISTANCE, counts, start, step)
        if not settings.data[2]:
            return (distances,), ()
        bits = 16 if settings.data[3] else 8
        seen = np.where(counts == DAZZLED, 1.0, np.where(counts > DAZZLED, REMISSION, 0.0))
        remission = Channel("RSSI1", np.floor(seen * FULL[bits]), start, step)
        return ((distances, remission), ()) if bits == 16 else ((distances,), (remission,))

    def _clock(self, moment: float) -> int:
        return round((moment - self.powered) * 1e6) % (1 << 32)

    def _date(self) -> Timestamp:
        """Return the device time as recorded from a scanner whose clock was not set: it counts from 1970 on."""
        seconds, micro = divmod(self._clock(self._ended), 1_000_000)
        days, seconds = divmod(seconds, 86400)
        return Timestamp(1970, 1, 1 + days, seconds // 3600, seconds // 60 % 60, seconds % 60, micro)

    # --- settings ---------------------------------------------------------------------------------------------

    @property
    def evaluates_fields(self) -> bool:
        """Whether its family watches fields itself; none is set up."""
        return self.model.id.startswith("lms")

    def read(self, name: str, logged_in: bool) -> Values:
        """Return a variable. Raises ``KeyError`` for one that this family does not have."""
        pending, label = self.pending, self.label
        if (name == "LCMstate" or name.startswith(FIELD)) and not self.evaluates_fields:
            raise KeyError(name)
        hours = round((now() - self.powered) / 360.0)
        state = 2 if self.status == STATUS_ERROR else int(self.ready and not logged_in)
        values: dict[str, Values] = {
            "DeviceIdent": (label.ident, label.version), "FirmwareVersion": (label.firmware,),
            "SerialNumber": (str(SERIAL),), "DItype": (label.device_type,), "OrdNum": (label.order,),
            "DIornr": (label.order,), "LocationName": (pending.location,), "SCdevicestate": (state,),
            "LCMstate": (self.status >> 1,), "ODoprh": (hours,), "ODpwrc": (self.power_ups,),
            "EIIpAddr": pending.address,
            "LMPscancfg": (self.frequency, 1, self.grid.step, self.factory.start, self.factory.stop),
            "LMPoutputRange": (1, self.grid.step, pending.start, pending.stop),
            "LMDscandatacfg": pending.data, FIELD: (0,), "LFPparticle": pending.particle, "LFPmeanfilter": pending.mean,
        }  # fmt: skip
        return values[FIELD if name.startswith(FIELD) else name]

    def write(self, name: str, values: Values) -> None:
        """Set a variable. Raises ``BadValue`` for invalid values, and while the scanner starts."""
        if not self.ready:
            raise BadValue(Sfa.CONDITION_FAILED, "the scanner is not ready")
        if name == "LMPoutputRange":
            sectors, resolution, start, stop = map(int, values)
            inside = self.factory.start <= start < stop <= self.factory.stop
            self._require(
                sectors == 1 and resolution == self.grid.step and inside, "an output range that it does not have"
            )
            self.pending = replace(self.pending, start=start, stop=stop)
        elif name == "LMDscandatacfg":
            channel, high, _, sixteen, unit, encoder, other, *_, interval = map(int, values)
            self._require((channel, high) == (1, 0), "an echo that it does not measure")
            self._require(sixteen <= 1 and unit == 0, "a remission that it does not have")
            self._require(encoder == other == 0, "an encoder that it does not have")
            self._require(1 <= interval <= TOP_INTERVAL, "an interval that is none")
            self.pending = replace(self.pending, data=values)
        elif name == "LocationName":
            self._require(len(str(values[0])) <= 16, "a name of more than 16 characters")
            self.pending = replace(self.pending, location=str(values[0]))
        elif name == "EIIpAddr":
            self.pending = replace(self.pending, address=values)
        elif name == "LFPparticle":
            self.pending = replace(self.pending, particle=values)
        elif name == "LFPmeanfilter":
            self._require(2 <= int(values[1]) <= 100, "a mean of too few or too many turns")
            self.pending = replace(self.pending, mean=values)
        elif name == "SetActiveApplications":
            self._require(values[:2] in ((1, "FEVL"), (1, "RANG")), "an application that it does not have")

    def configure(self, wanted: Values) -> Values:
        """``mLMPsetscancfg``: a status (0 taken, 1 frequency, 2 resolution, 4 angles) and what it turns at now."""
        frequency, sectors, resolution, start, stop = map(int, wanted)
        status = 0
        if frequency != self.frequency:
            status = 1
        elif resolution != self.grid.step:
            status = 2
        elif sectors != 1 or (start, stop) not in ((0, 0), (self.factory.start, self.factory.stop)):
            status = 4
        return (status, *self.read("LMPscancfg", False))

    @staticmethod
    def _require(met: bool, complaint: str) -> None:
        if not met:
            raise BadValue(Sfa.CONDITION_FAILED, complaint)
