from pathlib import Path

import pytest

from calibrate.config.load import load_config, load_recorded
from calibrate.errors import CalibrateError

ADAPTER = "{type: parts.py:Folder, data_source: more}"


@pytest.fixture
def more(folder) -> Path:
    (folder / "more").mkdir()
    (folder / "more.yaml").write_text(
        "name: more\n" + "adapter: {type: parts.py:Folder, data_source: more}\n"
    )
    return folder


@pytest.mark.parametrize(
    "value", ["more.yaml", "{name: more, adapter: {type: parts.py:Folder, data_source: more}}"]
)
def test_a_mapping_or_the_path_of_a_file(more, value):
    text = Path("run.yaml").read_text()
    Path("run.yaml").write_text(f"{text}calibration: {value}\n")
    resolved = load_config(Path("run.yaml"), overrides=["calibration.subsample_size=5"])
    assert resolved.calibration_adapter.sources() == [more / "more"]
    assert resolved.adapter.sources() == [more / "images"]
    assert resolved.config.calibration.subsample_size == 5
    again = load_recorded(resolved.given, more, shown="recorded")
    assert again.digest == resolved.digest


def test_another_section_is_another_config_and_a_name_changes_nothing(more):
    plain = load_config(Path("run.yaml"))
    given = {
        name: load_config(Path("run.yaml"), overrides=["calibration=more.yaml", change]).digest
        for name, change in {
            "same": "calibration.name=same",
            "other": "calibration.name=other",
            "fewer": "calibration.subsample_size=5",
        }.items()
    }
    assert plain.calibration_adapter is None
    assert "calibration" not in plain.document
    assert given["same"] == given["other"]
    assert len({plain.digest, given["same"], given["fewer"]}) == 3


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("calibration=no.yaml", "no.yaml"),
        (
            "calibration={adapter: {type: parts.py:Folder, data_source: no}}",
            "there is no file or folder",
        ),
        ("calibration={adapter: {type: nothing}}", "nothing"),
        ("calibration={name: x}", "the key is missing"),
    ],
)
def test_mistakes_are_reported_with_their_key(more, override, message):
    with pytest.raises(CalibrateError) as caught:
        load_config(Path("run.yaml"), overrides=[override])
    assert "calibration" in str(caught.value)
    assert message in str(caught.value)
