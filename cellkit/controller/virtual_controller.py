"""The base class of virtual arm controllers: the vendor's protocols, implemented strictly, with cellkit's kernel."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import partial

from typing_extensions import override

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.plants.parallel_gripper import JawPlant
from cellkit.controller.plants.signal_image import AnalogImage, IoImage
from cellkit.controller.virtual_device import LOOPBACK, Endpoint, VirtualDevice
from cellkit.devices.analog_io import AnalogSignal
from cellkit.devices.safety import Fault, OperationalMode, SafetyStatus
from cellkit.errors import ConfigError

__all__ = ["LOOPBACK", "Endpoint", "VirtualController"]


class VirtualController(VirtualDevice):
    """The virtual controller of an arm. Each vendor has a subclass with endpoints, ``_open`` and the vendor's rules.

    Its switches act on the kernel.
    """

    def __init__(self, kernel: ArmController) -> None:
        super().__init__()
        self.kernel = kernel
        self._depth = kernel.queue_depth
        self._wired_outputs: list[Callable[[], None]] = []

    # --- connected gripper and signals --------------------------------------------------------------------------

    def mount(self, jaws: JawPlant) -> None:
        """Connect a gripper that this controller itself drives.

        Only the controllers of vendors with such grippers override this. Raises ``ConfigError`` in all others.
        """
        raise ConfigError(f"the controller of {self.kernel.model.name} drives no gripper of its own")

    def set_digital_input(self, terminal: int, value: bool) -> None:
        """Switch an input (terminals as in the driver's ``OwnSignals``). Raises ``ConfigError`` without inputs."""
        raise ConfigError(f"the virtual controller of {self.kernel.model.name} has no digital inputs")

    def digital_output(self, terminal: int) -> bool:
        """Return the value that an output is set to. Raises ``ConfigError`` without outputs."""
        raise ConfigError(f"the virtual controller of {self.kernel.model.name} has no digital outputs")

    def set_analog_input(self, terminal: int, share: float) -> None:
        """Set an input to a share (0 to 1) of its range. Raises ``ConfigError`` without analog inputs."""
        raise ConfigError(f"the virtual controller of {self.kernel.model.name} has no analog inputs")

    def analog_output(self, terminal: int) -> float:
        """Return the value of an output as a share (0 to 1) of its range. Raises ``ConfigError`` without outputs."""
        raise ConfigError(f"the virtual controller of {self.kernel.model.name} has no analog outputs")

    def _outputs_changed(self) -> None:
        """Notify the listeners that an output may have changed. Subclasses call this."""
        for listener in tuple(self._wired_outputs):
            listener()

    def couple(self, image: IoImage, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> None:
        """Connect the digital signals of an image, by name, to terminals."""
        for signal, terminal in inputs.items():
            self._follow(image, signal, partial(self._put_digital, image, signal, terminal))

        def show() -> None:
            for signal, terminal in outputs.items():
                image[signal] = self.digital_output(terminal)

        self._wired_outputs.append(show)
        show()

    def couple_analog(
        self, image: AnalogImage, inputs: Mapping[str, AnalogSignal], outputs: Mapping[str, AnalogSignal]
    ) -> None:
        """Connect the analog signals of an image, by name, to terminals; a broken wire becomes 0."""
        for signal, described in inputs.items():
            self._follow(image, signal, partial(self._put_analog, image, signal, described.terminal))

        def show() -> None:
            for signal, described in outputs.items():
                image[signal] = self.analog_output(described.terminal)

        self._wired_outputs.append(show)
        show()

    def _follow(self, image: IoImage | AnalogImage, signal: str, put: Callable[[], None]) -> None:
        image.watch(signal, put)
        put()

    def _put_digital(self, image: IoImage, signal: str, terminal: int) -> None:
        self.set_digital_input(terminal, image[signal])

    def _put_analog(self, image: AnalogImage, signal: str, terminal: int) -> None:
        self.set_analog_input(terminal, image[signal] or 0.0)

    # --- switches: actions of people, and events in a real controller --------------------------------------------

    def press_emergency_stop(self) -> None:
        """Press the emergency stop button."""
        self.kernel.press_emergency_stop()

    def release_emergency_stop(self) -> None:
        """Release the emergency stop button; the status remains until a reset."""
        self.kernel.release_emergency_stop()

    def protective_stop(self) -> None:
        """Trigger a protective stop, as the safety system does."""
        self.kernel.protective_stop()

    @abstractmethod
    def example_fault(self) -> Fault:
        """Cause a typical fault that can be cleared; return the fault that a driver must report."""

    async def set_mode(self, mode: OperationalMode) -> None:
        """Change the operational mode, as with the key switch."""
        await self.kernel.set_mode(mode)

    def fill_buffer(self) -> None:
        """Fill the motion queue, so that the controller rejects further motions."""
        self.kernel.queue_depth = 0

    def stall(self) -> None:
        """Set the controller's own speed to 0, so that it accepts motions and never finishes them."""
        self.kernel.set_speed_override(0.0)

    # --- for the command line ------------------------------------------------------------------------------------

    @property
    @override
    def title(self) -> str:
        return self.kernel.model.name

    @override
    def switches(self) -> dict[str, Callable[..., object]]:
        return {
            "estop": self.press_emergency_stop,
            "release": self.release_emergency_stop,
            "protective": self.protective_stop,
            "fault": self.example_fault,
            "manual": lambda: self.set_mode(OperationalMode.MANUAL_REDUCED_SPEED),
            "automatic": lambda: self.set_mode(OperationalMode.AUTOMATIC),
            "full": self.fill_buffer,
            "stall": self.stall,
            "reset": self._reset_all,
        }

    async def _reset_all(self) -> None:
        self.kernel.release_emergency_stop()
        self.kernel.queue_depth = self._depth
        await self.kernel.reset()

    @override
    async def rest(self) -> None:
        if self.kernel.moving:
            await self.kernel.stop()

    @override
    def status_line(self) -> str:
        kernel = self.kernel
        degrees = " ".join(f"{q * 57.29577951308232:.1f}" for q in kernel.joints().position)
        parts = [kernel.mode.name.lower().replace("_", " ")]
        if kernel.safety is not SafetyStatus.NORMAL:
            parts.append(kernel.safety.value)
        if kernel.fault is not None:
            parts.append(f"fault {kernel.fault.code}")
        parts.append("power off" if not kernel.powered else "moving" if kernel.moving else "standing")
        return f"{', '.join(parts)}; joints {degrees} deg"
