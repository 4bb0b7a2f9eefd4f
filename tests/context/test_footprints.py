import threading

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.context import footprints as module
from calibrate.context.footprints import Footprint, Footprints
from calibrate.context.measurement_store import MeasurementStore
from calibrate.context.store_backend import StoreBackend
from calibrate.core.costs import Costs
from calibrate.errors import CalibrateError
from calibrate.runtime.background import background_tasks
from calibrate.store.run_journal import FileJournal


def model(scale: float) -> ov.Model:
    given = ops.parameter([1, 2], np.float32)
    return ov.Model([ops.multiply(given, np.float32(scale))], [given], "scaled")


@pytest.fixture
def store(tmp_path):
    with FileJournal(tmp_path / "journal", lambda _: None) as journal:
        yield MeasurementStore(StoreBackend(None, journal), {}, "", Costs(lambda: 0.0))


@pytest.fixture(name="beside")
def processes():
    with background_tasks() as begun:
        yield begun


def test_each_model_is_measured_once(store, beside, tmp_path, monkeypatch):
    measured = []
    monkeypatch.setattr(module, "peak_memory", lambda path: measured.append(path.name) or 7)
    entry, other = model(2), model(3)
    footprints = Footprints(store, beside, tmp_path)
    for name, given in (("fp32", entry), ("int8", other), ("result", entry.clone())):
        footprints.begin(name, given)
    files = sum((tmp_path / f"fp32{suffix}").stat().st_size for suffix in (".xml", ".bin"))
    assert footprints.of(entry) == footprints.of(entry) == Footprint(files, 7)
    assert footprints.of(other).peak == 7
    assert sorted(measured) == ["fp32.xml", "int8.xml"]

    again = Footprints(store, beside, tmp_path / "nowhere")
    again.begin("fp32", entry)
    assert again.of(entry) == footprints.of(entry)


def test_a_model_that_does_not_run_is_reported_where_it_is_asked_for(
    store, beside, tmp_path, monkeypatch
):
    def fails(path):
        raise CalibrateError("the model does not run in its process", where=str(path))

    monkeypatch.setattr(module, "peak_memory", fails)
    broken = model(2)
    footprints = Footprints(store, beside, tmp_path)
    footprints.begin("fp32", broken)
    beside.wait()
    with pytest.raises(CalibrateError, match="in its process"):
        footprints.of(broken)


def test_what_had_too_little_memory_beside_the_run_is_measured_once_more(
    store, beside, tmp_path, monkeypatch
):
    results = iter([CalibrateError("killed"), 5])

    def peak_memory(path):
        result = next(results)
        if isinstance(result, CalibrateError):
            raise result
        return result

    monkeypatch.setattr(module, "peak_memory", peak_memory)
    footprints = Footprints(store, beside, tmp_path)
    footprints.begin("fp32", given := model(2))
    assert footprints.of(given).peak == 5


def test_nothing_is_left_beside_what_is_timed(beside):
    begun, go = threading.Event(), threading.Event()
    done = []

    def work() -> None:
        begun.set()
        go.wait(10)
        done.append(True)

    future = beside.begin(work)
    assert begun.wait(10)
    assert not future.done()
    go.set()
    beside.wait()
    assert done == [True]
    beside.wait()
