"""Whatever a config holds, it gives a config or a message."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calibrate.config.load import load_config
from calibrate.errors import CalibrateError

KEYS = st.sampled_from(
    [
        "model",
        "path",
        "dataset",
        "adapter",
        "type",
        "metrics",
        "budget",
        "max_drop",
        "preprocessing",
        "quantization",
        "ignored_scope",
        "output",
        "dir",
        "search",
        "decoder",
        "1",
        "<<",
        "x.y",
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["parts.py:Scale", "parts.py:Accuracy", "${X}", "${PATH}", "1e999", "/", "~"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
SYNTAX = st.text(alphabet="abc:-[]{}&*!|>'\"#%@`,?\n\t \\${}<~.0é\x00\x85", max_size=60)
MANY = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def attempt(content: str | bytes, overrides: tuple[str, ...] = ()) -> None:
    data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    Path("hostile.yaml").write_bytes(data)
    try:
        load_config(Path("hostile.yaml"), overrides=overrides)
    except CalibrateError as error:
        assert str(error).strip()  # noqa: PT017  # that there is a message is the point


@MANY
@given(text=SYNTAX)
def test_syntax(folder, text):
    attempt(text)


@MANY
@given(data=st.binary(max_size=60))
def test_bytes(folder, data):
    attempt(data)


def as_yaml(value: object) -> str:
    """Flow style, with every text quoted unless it is a variable."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_yaml(k)}: {as_yaml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_yaml, value)) + "]"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return "~" if value is None else str(value).lower()


@MANY
@given(value=st.dictionaries(KEYS, VALUES, max_size=6))
def test_structures(folder, value):
    attempt(as_yaml(value))


@MANY
@given(position=st.integers(0, 260), junk=SYNTAX.map(lambda text: text[:6]), cut=st.integers(0, 20))
def test_a_damaged_config(folder, position, junk, cut):
    text = (folder / "run.yaml").read_text()
    attempt(text[:position] + junk + text[position + cut :])


@MANY
@given(key=st.text(alphabet="abmodel.[]\"'0123=path", max_size=12), value=SYNTAX)
def test_overrides(folder, key, value):
    attempt((folder / "run.yaml").read_text(), (f"{key}={value}",))


@MANY
@given(key=st.sampled_from(["model", "dataset", "metrics", "metrics[0]", "decoder"]), value=VALUES)
def test_override_values(folder, key, value):
    attempt((folder / "run.yaml").read_text(), (f"{key}={as_yaml(value)}",))


@pytest.mark.parametrize("name", ["a\x00b", "x" * 5000, "a\nb", "~nobody-is-here/x"])
def test_paths(folder, name):
    text = (folder / "run.yaml").read_text()
    quoted = '"' + name.replace("\x00", "\\0").replace("\n", "\\n") + '"'
    for old in ("model.onnx", "images", "out", "parts.py:Scale"):
        attempt(text.replace(old, quoted))
    attempt(f"{text}\ndataset: {quoted}\n")
    attempt(text.replace("dataset:\n", f"dataset: {quoted}\nx:\n"))
