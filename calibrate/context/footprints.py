"""Measure a model's footprint: bytes of its files and of a process that runs it."""

from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path

import openvino as ov

from calibrate.context.measurement_store import MeasurementStore
from calibrate.core.stage import Stage
from calibrate.errors import CalibrateError
from calibrate.models.write import write_model
from calibrate.runtime.background import BackgroundTasks
from calibrate.runtime.memory_footprint import file_bytes, peak_memory

_KIND = "footprint"


@dataclass(frozen=True, slots=True)
class Footprint:
    """The footprint of one model.

    Attributes:
        files: bytes of the IR.
        peak: peak resident bytes of a process that only loads and runs it.
    """

    files: int
    peak: int


class Footprints:
    """Measures models in the background, each as soon as it exists and only once.

    Args:
        store: store of measurements, with the ledger.
        background: runs the measuring processes.
        work: folder for the files of models.
    """

    def __init__(self, store: MeasurementStore, background: BackgroundTasks, work: Path) -> None:
        self._store = store
        self._background = background
        self._work = work
        self._measured: dict[str, Footprint] = {}
        self._pending: dict[str, tuple[Path, Future[int]]] = {}

    def begin(self, name: str, model: ov.Model) -> None:
        """Start measuring a model, unless it was started under another name.

        Args:
            name: of its file in the work folder.
            model: it may be changed afterwards.
        """
        store = self._store
        digest = store.digest(model)
        if digest in self._measured or digest in self._pending:
            return
        for content in store.of_machine.recall(_KIND, {"model": digest}):
            self._measured[digest] = Footprint(**content)
            return
        path = self._work / f"{name}.xml"
        write_model(model, path)
        child = self._background.begin(lambda: peak_memory(path))
        self._pending[digest] = path, child

    def of(self, model: ov.Model) -> Footprint:
        """Return the footprint of a model whose measurement was started.

        Raises:
            CalibrateError: the model does not run in a separate process.
        """
        store = self._store
        digest = store.digest(model)
        if digest not in self._measured:
            path, child = self._pending[digest]
            with store.costs.stage(Stage.MEMORY):
                try:
                    peak = child.result()
                except CalibrateError:
                    # During the run there may have been too little memory; now the run waits.
                    peak = peak_memory(path)
            footprint = Footprint(file_bytes(path), peak)
            store.of_machine.record(_KIND, {"model": digest}, asdict(footprint))
            self._measured[digest] = footprint
        return self._measured[digest]
