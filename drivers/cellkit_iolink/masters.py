"""Both protocols as a driver uses them: data points of an IoT Core, resources of JSON for IO-Link."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from cellkit.errors import ConnectionLost, DeviceFault, ProtocolError
from cellkit.transport import Network
from cellkit_iolink.config import IotCoreConfig, IotCoreIoConfig, JsonConfig
from cellkit_iolink.protocol import iotcore, jsoniol
from cellkit_iolink.protocol.iotcore import Item
from cellkit_iolink.session import PAUSE, RETRIES, MasterRefused, MasterSession

HIGHEST_CID = 32000  # masters take 16 bits


class IotCore:
    """Requests to ifm's IoT Core, which all raise what ``MasterSession`` does.

    ``MasterRefused`` for other diagnostic codes than those of success; ``DeviceFault`` with the code for 530, and with
    the device's own error for 531.
    """

    def __init__(self, device: str, network: Network, config: IotCoreConfig | IotCoreIoConfig) -> None:
        self._device = device
        self._config = config
        self._session = MasterSession(device, network, config)
        self._cid = 0

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def get(self, paths: Sequence[str]) -> dict[str, Item]:
        """Several data points in one request, each with a diagnostic code of its own."""
        data = await self._call("/getdatamulti", {"datatosend": list(paths)})
        return iotcore.items_in(data, paths)

    async def set(self, path: str, value: Any) -> None:
        """Set a data point."""
        await self._call(f"{path}/setdata", {"newvalue": value})

    async def _call(self, adr: str, data: Mapping[str, Any]) -> Any:
        for attempt in range(1 + RETRIES):
            if attempt:
                await asyncio.sleep(PAUSE)
            answer = await self._ask(adr, data)
            if answer.code in iotcore.FINE:
                return answer.data
            if answer.code != iotcore.INTERNAL:
                raise self._refusal(adr, answer)
        raise ConnectionLost(self._device, f"the master answered {1 + RETRIES} times with {_words(answer)}")

    async def _ask(self, adr: str, data: Mapping[str, Any]) -> iotcore.Answer:
        self._cid = cid = self._cid % HIGHEST_CID + 1
        config = self._config
        request = iotcore.Request(cid, adr, data, config.user, config.password)
        response = await self._session.post("/", iotcore.encode_request(request))
        if response.status_code != httpx.codes.OK:
            raise MasterRefused(self._device, f"{adr}: HTTP {response.status_code}", response.status_code)
        return iotcore.decode_answer(response.content, cid)

    def _refusal(self, adr: str, answer: iotcore.Answer) -> Exception:
        text = f"{adr}: {_words(answer)}"
        if answer.code == iotcore.UNAUTHORIZED:
            return self._session.login_refused()
        if answer.code in (iotcore.INVALID_DATA, iotcore.IO_LINK_ERROR):
            return DeviceFault(self._device, text, code=str(answer.code))
        return MasterRefused(self._device, text, answer.code)


def _words(answer: iotcore.Answer) -> str:
    detail = iotcore.text_in(answer.data)
    known = iotcore.DIAGNOSTICS.get(answer.code, "unknown diagnostic code")
    return f"{answer.code} ({known}{': ' if detail else ''}{detail})"


class JsonMaster:
    """Requests by JSON for IO-Link, which all raise what ``MasterSession`` does, and ``MasterRefused``."""

    def __init__(self, device: str, network: Network, config: JsonConfig) -> None:
        self._device = device
        self._session = MasterSession(device, network, config, basic=True)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def places(self, path: str) -> list[jsoniol.Place]:
        """Read a list of devices or ports."""
        return jsoniol.decode_places(await self._read(f"{jsoniol.BASE}{path}"))

    async def status(self, master: int, port: int) -> str:
        """``statusInfo`` of a port."""
        return jsoniol.decode_status(await self._read(jsoniol.port_path(master, port, "status")))

    async def identification(self, alias: str) -> jsoniol.Identification:
        """Read the identification of a device."""
        return jsoniol.decode_identification(await self._read(jsoniol.device_path(alias, "identification")))

    async def process_data(self, alias: str) -> jsoniol.ProcessValue:
        """Read the cyclic process data of a device."""
        path = jsoniol.device_path(alias, "processdata/getdata/value?format=byteArray")
        return jsoniol.decode_process_data(await self._read(path))

    async def _read(self, path: str) -> bytes:
        response = await self._session.get(path)
        if response.status_code == httpx.codes.OK:
            return response.content
        failure = jsoniol.decode_failure(response.content)
        if failure is not None:
            raise MasterRefused(self._device, f"{path}: {failure}", failure.code)
        if response.is_client_error or response.is_server_error:
            raise MasterRefused(self._device, f"{path}: HTTP {response.status_code}", response.status_code)
        raise ProtocolError(self._device, f"{path}: HTTP {response.status_code}", data=response.content[:200])
