"""What a model takes: bytes of its files, and of a process that runs it."""

from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path

import openvino as ov

from calibrate.context.run_context import RunContext
from calibrate.errors import CalibrateError
from calibrate.models.write import write_model
from calibrate.runtime.background import BackgroundTasks
from calibrate.runtime.memory_footprint import file_bytes, peak_memory

_KIND = "footprint"


@dataclass(frozen=True, slots=True)
class Footprint:
    """Of one model.

    Attributes:
        files: bytes of the IR.
        peak: bytes, resident, of a process that loads and runs it and nothing else.
    """

    files: int
    peak: int


class Footprints:
    """Measures models beside the run, each from when it is there; what is known is not measured.

    Args:
        context: for the ledger and the memory.
        beside: where the processes are.
        work: folder for the files of models.
    """

    def __init__(self, context: RunContext, beside: BackgroundTasks, work: Path) -> None:
        self._context = context
        self._background = beside
        self._work = work
        self._known: dict[str, Footprint] = {}
        self._under_way: dict[str, tuple[Path, Future[int]]] = {}

    def begin(self, name: str, model: ov.Model) -> None:
        """Have a model measured, unless it was begun under another name.

        Args:
            name: of its file in the work folder.
            model: it may be changed afterwards.
        """
        store = self._context.store
        digest = store.digest(model)
        if digest in self._known or digest in self._under_way:
            return
        for content in store.of_machine.recall(_KIND, {"model": digest}):
            self._known[digest] = Footprint(**content)
            return
        path = self._work / f"{name}.xml"
        write_model(model, path)
        child = self._background.begin(lambda: peak_memory(path))
        self._under_way[digest] = path, child

    def of(self, model: ov.Model) -> Footprint:
        """What was found of a model that was begun.

        Raises:
            CalibrateError: it does not run in a process of its own.
        """
        store = self._context.store
        digest = store.digest(model)
        if digest not in self._known:
            path, child = self._under_way[digest]
            with self._context.costs.stage("memory"):
                try:
                    peak = child.result()
                except CalibrateError:
                    # Beside the run there may have been too little memory; now it stands still.
                    peak = peak_memory(path)
            found = Footprint(file_bytes(path), peak)
            store.of_machine.record(_KIND, {"model": digest}, asdict(found))
            self._known[digest] = found
        return self._known[digest]
