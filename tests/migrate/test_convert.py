import copy
import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calibrate.config.load import load_config
from calibrate.errors import CalibrateError
from calibrate.migrate.accuracy_checker import Surroundings
from calibrate.migrate.convert import convert, read_definitions


def written(folder: Path, name: str, content: object) -> Path:
    path = folder / name
    dump = json.dumps if name.endswith(".json") else yaml.safe_dump
    path.write_text(dump(content))
    return path


@pytest.mark.parametrize("name", ["net.yml", "net.json"])
def test_what_is_written_loads(name, checker, pot, definitions, tmp_path):
    content = pot if name.endswith(".json") else checker
    given_file = written(tmp_path, "definitions.yml", {"datasets": list(definitions.values())})
    around = Surroundings(definitions=read_definitions(given_file))
    (entry,) = convert(written(tmp_path, name, content), around)
    assert entry.notes.full
    assert entry.text is not None
    path = tmp_path / f"{entry.name}.yaml"
    path.write_text(entry.text)
    config = load_config(path, check_files=False).config
    assert config.dataset.name == "thousand"
    assert config.model.path.is_relative_to(tmp_path)


def test_a_config_beside_the_pot_config(checker, pot, definitions, tmp_path):
    pot["engine"] = {"config": "net.yml"}
    written(tmp_path, "net.yml", checker)
    (entry,) = convert(written(tmp_path, "pot.json", pot), Surroundings(definitions=definitions))
    assert (entry.name, entry.notes.full) == ("small", True)


def test_a_name_that_is_no_file_name(checker, definitions, tmp_path):
    checker["models"][0]["name"] = "../../etc/pass wd"
    (entry,) = convert(written(tmp_path, "a.yml", checker), Surroundings(definitions=definitions))
    assert entry.name == "_.._etc_pass_wd"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yml", "model: {}\n", "this is no config of the Accuracy Checker"),
        ("a.yml", "a: [", "this is not valid YAML"),
        ("a.json", "[1]", "this is no config of POT"),
        ("a.json", "{", "this is not valid JSON"),
        ("a.json", " " * (1 << 20) + " ", "larger than 1 MiB"),
    ],
)
def test_other_files(name, text, message, tmp_path):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(CalibrateError, match=message):
        convert(path, Surroundings())


def test_a_missing_file(tmp_path):
    with pytest.raises(CalibrateError, match="cannot be read"):
        convert(tmp_path / "a.json", Surroundings())


def test_the_examples_of_the_page_on_migrating(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "migrating.md").read_text()
    blocks = re.findall(r"```(?:json|yaml)\n(.*?)```", page, re.DOTALL)
    pot, ours_of_pot, checker, ours_of_checker, _ = blocks
    (tmp_path / "pot.json").write_text(pot)
    (tmp_path / "net.yml").write_text(checker)
    for name, ours in (("net.yml", ours_of_checker), ("pot.json", ours_of_pot)):
        (entry,) = convert(tmp_path / name, Surroundings())
        assert entry.notes.full
        assert entry.text is not None
        assert yaml.safe_load(entry.text).items() >= yaml.safe_load(ours).items()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


def paths(value: object, above: tuple = ()) -> list[tuple]:
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [
        path for key, child in children for path in [(*above, key), *paths(child, (*above, key))]
    ]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
@pytest.mark.parametrize("name", ["net.yml", "net.json"])
def test_no_value_anywhere_breaks_it(name, data, checker, pot, definitions):
    """Any value in place of any other: a valid config, or none and a reason."""
    model = checker["models"][0]
    model["datasets"][0] |= definitions["thousand"]
    content = copy.deepcopy(pot if name.endswith(".json") else checker)
    *above, last = data.draw(st.sampled_from(paths(content)))
    holder = content
    for key in above:
        holder = holder[key]
    holder[last] = data.draw(values)
    with TemporaryDirectory() as folder:
        try:
            converted = convert(written(Path(folder), name, content), Surroundings())
        except CalibrateError:
            return
        for entry in converted:
            if entry.text is None:
                assert entry.notes.of("lost")
                continue
            path = Path(folder) / "out.yaml"
            path.write_text(entry.text, encoding="utf-8")
            load_config(path, allow_plugins=False, check_files=False)


def test_of_a_key_that_stands_twice_the_last_counts(tmp_path):
    path = tmp_path / "a.yml"
    path.write_text("models:\n  - name: first\n    name: second\n    launchers: [{model: m.xml}]\n")
    (converted,) = convert(path, Surroundings())
    (note,) = [note for note in converted.notes.of("check") if "twice" in note.why]
    assert "the last counts, as in the Accuracy Checker" in note.why
    assert converted.name == "second"
