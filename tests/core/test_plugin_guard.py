"""A user's component is held to its contract; what is wrong names it, its line and the sample."""

import pickle
import textwrap
from pathlib import Path

import numpy as np
import pytest

from calibrate.core.annotation import ClassLabel
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.sample import Facts, Item, Sample
from calibrate.errors import CalibrateError, PluginError
from calibrate.plugins import load

FACTS = Facts("s1")
SCORES = ClassScores(np.array([0.5, 0.5], np.float32))
ITEM = Item("s1")

SOURCE = '''
from pathlib import Path
import numpy as np
from calibrate import CalibrateError, Component, Sample


class Adapter(Component):
    """An adapter."""

    result: str = "right"
    """What is returned."""

    def items(self):
        return [{"id": 1}]

    def read(self, item):
        if self.result == "right":
            return Sample(item.id, {"image": np.zeros(1)})
        if self.result == "refuse":
            raise CalibrateError("refused", "here")
        value = {}
        return value[self.result]

    def sources(self):
        return ["a"]

    def label_names(self):
        return "abc"


class Metric(Component):
    """A metric."""

    def score(self, prediction, target, facts):
        return 1.0

    def aggregate(self, evidence, counts):
        return np.zeros(len(counts) + 1)


class Decoder(Component):
    """A decoder."""

    def predict(self, outputs, facts):
        return [0.5]

    def signature(self, outputs):
        return [1]

    def divergence(self, reference, outputs):
        return np.zeros(2)

    def problems(self, shapes):
        return "none"
'''


@pytest.fixture
def make(tmp_path):
    (tmp_path / "own.py").write_text(textwrap.dedent(SOURCE))
    return lambda kind, name, **fields: load(kind, f"own.py:{name}", folder=tmp_path)(**fields)


@pytest.mark.parametrize(
    ("kind", "name", "method", "args", "message"),
    [
        ("adapters", "Adapter", "items", (), "a list with dict in it, not Item alone"),
        ("adapters", "Adapter", "sources", (), "list of str, not a list of Path"),
        ("adapters", "Adapter", "label_names", (), "str, not a list of str"),
        ("metrics", "Metric", "score", (SCORES, ClassLabel(0), FACTS),
         "float, not numbers [K] as a numpy array, on sample s1"),
        ("metrics", "Metric", "aggregate", ([], np.ones((3, 2))),
         "an array [4] of float64, not a value for each of the 3 sets"),
        ("decoders", "Decoder", "predict", ({}, FACTS), "list of float, not a prediction"),
        ("decoders", "Decoder", "signature", ({},), "list of int, not a mapping"),
        ("decoders", "Decoder", "divergence", ({}, {}), "an array [2] of float64, not one number"),
        ("decoders", "Decoder", "problems", ({},), "str, not a list of str"),
    ],
)  # fmt: skip
def test_results(make, kind, name, method, args, message):
    with pytest.raises(PluginError) as caught:
        getattr(make(kind, name), method)(*args)
    assert message in str(caught.value)
    assert f"{name}.{method} returns" in str(caught.value)
    file, _, line = caught.value.where.rpartition(":")
    assert Path(file).name == "own.py"
    assert f"def {method}" in SOURCE.splitlines()[int(line) - 1]


def test_an_exception_names_its_line_and_the_sample(make):
    with pytest.raises(
        PluginError, match=r"Adapter.read fails with KeyError: 'x', on sample s1"
    ) as caught:
        make("adapters", "Adapter", result="x").read(ITEM)
    line = int(caught.value.where.rpartition(":")[2])
    assert "value[self.result]" in SOURCE.splitlines()[line - 1]
    assert isinstance(caught.value.__cause__, KeyError)


def test_what_is_right_passes(make):
    adapter = make("adapters", "Adapter")
    assert isinstance(adapter.read(ITEM), Sample)
    assert pickle.loads(pickle.dumps(adapter)) == adapter
    with pytest.raises(CalibrateError, match="here: refused"):
        make("adapters", "Adapter", result="refuse").read(ITEM)
