from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.config.quantization import Quantization
from calibrate.context.measurement_store import MeasurementStore
from calibrate.context.store_backend import StoreBackend
from calibrate.core.costs import Costs
from calibrate.core.precision import FP32, INT8, Candidate, Group, int8_variant
from calibrate.core.progress import NoProgress
from calibrate.errors import CalibrateError
from calibrate.models.names import number_names
from calibrate.store.machine_cache import MachineCache
from calibrate.store.run_journal import JOURNAL_NAME, FileJournal


class Notes(NoProgress):
    def __init__(self):
        self.texts = []

    def note(self, text):
        self.texts.append(text)


@pytest.fixture
def notes():
    return Notes()


@pytest.fixture
def memory(tmp_path, notes):
    """Memories of several sittings in one folder; `where` names the output folder."""
    opened = ExitStack()

    def make(facts=None, where="out"):
        opened.close()  # one process at a time
        journal = opened.enter_context(FileJournal(tmp_path / where / JOURNAL_NAME, notes.note))
        machine = MachineCache(tmp_path / "cache", notes.note)
        models = tmp_path / where / "models"
        backend = StoreBackend(models, journal, machine, forget=journal.forget)
        costs = Costs(lambda: 0.0)
        return MeasurementStore(backend, facts or {"images": "a"}, "judge", costs, notes)

    with opened:
        yield make


def counting(memory, found):
    def make():
        memory.costs.spend(inferences=7)
        found.append(1)
        return {"value": len(found)}

    return make


@pytest.mark.parametrize(
    ("facts", "where", "timed", "made"),
    [
        (None, "out", False, 1),
        (None, "out", True, 1),
        ({"images": "b"}, "out", False, 2),
        ({"images": "b"}, "out", True, 1),
        (None, "elsewhere", False, 2),
        (None, "elsewhere", True, 1),
    ],
)
def test_what_is_made_once(memory, facts, where, timed, made):
    calls = []
    first = memory()
    assert (
        first.get_or_compute("kind", {"of": "x"}, counting(first, calls), timed=timed)["value"] == 1
    )
    second = memory(facts, where)
    content = second.get_or_compute("kind", {"of": "x"}, counting(second, calls), timed=timed)
    assert content["value"] == len(calls) == made
    assert second.costs.total.inferences == 7


def network(value: float) -> ov.Model:
    given = ops.parameter([1, 4], np.float32, name="given")
    added = ops.constant(np.full(4, value, np.float32))
    model = ov.Model([ops.add(given, added, name="sum")], [given], "one")
    model.get_results()[0].set_friendly_name("result")
    return model


def quantized(memory, made, settings=None, samples="s"):
    def make():
        made.append(1)
        return network(2.0)

    fp32 = network(1.0)
    number_names(fp32, ())
    return memory.quantized(make, settings or Quantization(), samples, fp32)


def test_a_stored_model_is_read_back_alike(memory):
    made = []
    first, second = (quantized(memory(), made) for _ in range(2))
    assert len(made) == 1
    names = [
        [op.get_friendly_name() for op in model.get_ordered_ops()] for model in (first, second)
    ]
    assert names[0] == names[1]
    assert "Constant.0" in names[0]


@pytest.mark.parametrize("other", [{"settings": Quantization(subset_size=7)}, {"samples": "t"}])
def test_other_settings_or_samples_are_another_model(memory, other):
    made = []
    quantized(memory(), made)
    quantized(memory(), made, **other)
    assert len(made) == 2


@pytest.mark.parametrize("damage", ["delete", "change"])
def test_a_stored_model_that_was_touched_is_made_again(memory, tmp_path, notes, damage):
    made = []
    quantized(memory(), made)
    (weights,) = (tmp_path / "out" / "models").glob("*.bin")
    if damage == "delete":
        weights.unlink()
    else:
        weights.write_bytes(bytes(weights.stat().st_size))
    quantized(memory(), made)
    assert len(made) == 2
    assert len(notes.texts) == 1
    assert "is not what was written; the model is quantized again" in notes.texts[0]


RECIPE = int8_variant("recipe")
GROUPS = tuple(Group(name, (name,), (f"{name}/fq",)) for name in ("a", "b"))


def key(memory, precisions, models):
    return dict(memory.of(Candidate(precisions), models, GROUPS).facts)


def test_a_candidate_is_its_precisions_and_the_models_it_is_made_of(memory):
    models = {INT8: network_of(1.0), RECIPE: network_of(2.0)}
    store = memory()
    base = key(store, (INT8, FP32), models)
    assert key(store, (INT8, FP32), {INT8: network_of(1.0)}) == base
    assert key(store, (FP32, INT8), models) != base
    assert key(store, (INT8, FP32), {INT8: network_of(3.0)}) != base
    with_recipe = key(store, (RECIPE, FP32), models)
    assert key(store, (RECIPE, FP32), {**models, RECIPE: network_of(4.0)}) != with_recipe
    # Every candidate is composed on the first model's graph.
    assert key(store, (RECIPE, FP32), {**models, INT8: network_of(4.0)}) != with_recipe


def test_what_is_not_reused_is_reported(memory, notes):
    first = memory({"images": "a"})
    first.get_or_compute("kind", {}, dict)
    memory({"images": "b"}).report_reuse()
    assert notes.texts == ["1 measurement of an earlier run is not reused: images was a, is b"]


def network_of(value):
    model = network(value)
    number_names(model, ())
    return model


def quantize(memory, model):
    return memory.quantized(lambda: model, Quantization(), "samples", network_of(1.0))


def test_what_another_model_left_goes_when_it_outweighs_the_rest(memory, tmp_path):
    models = tmp_path / "out" / "models"
    old = memory({"images": "a"})
    quantize(old, network_of(2.0))
    old.get_or_compute("kind", {}, lambda: {"values": np.zeros(4000)})
    stale = {path.name for path in models.iterdir()}
    new = memory({"images": "b"})
    quantize(new, network_of(2.0))
    new.get_or_compute("kind", {}, lambda: {"values": np.zeros(1000)})
    assert len(list(models.iterdir())) == 4
    new.tidy()
    left = {path.name for path in models.iterdir()}
    assert len(left) == 2
    assert not left & stale
    again = memory({"images": "b"})
    result: list[int] = []
    again.get_or_compute("kind", {}, counting(again, result))
    assert result == []
    made: list[int] = []
    again.quantized(lambda: made.append(1), Quantization(), "samples", network_of(1.0))
    assert made == []


def test_a_model_of_the_user_stays(memory, tmp_path):
    store = memory()
    (tmp_path / "out" / "models").mkdir(parents=True)
    (tmp_path / "out" / "models" / "mine.xml").touch()
    store.tidy()
    assert (tmp_path / "out" / "models" / "mine.xml").exists()


def test_what_cannot_be_tidied_is_reported(memory, notes):
    def full(_):
        raise CalibrateError("No space left")

    store = memory()
    replace(store, backend=replace(store.backend, forget=full)).tidy()
    assert notes.texts == ["No space left"]
