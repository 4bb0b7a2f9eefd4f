import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from calibrate.cli.convert_config import convert_config
from calibrate.cli.exit_codes import ERROR, WITHIN_BUDGET

CONFIG = """
models:
  - name: net
    launchers:
      - {framework: openvino, adapter: ADAPTER}
    datasets:
      - name: defined
        reader: READER
        preprocessing: [{type: resize, size: 8}]
        metrics: [{type: accuracy}]
"""
DEFINITIONS = """
datasets:
  - name: defined
    data_source: images
    annotation_conversion: {converter: imagenet, annotation_file: val.txt}
"""


@pytest.fixture
def files(tmp_path) -> Path:
    (tmp_path / "definitions.yml").write_text(DEFINITIONS)
    return tmp_path


def run(folder: Path, *words: str, adapter: str = "classification", reader: str = "opencv_imread"):
    text = CONFIG.replace("ADAPTER", adapter).replace("READER", reader)
    (folder / "net.yml").write_text(text)
    arguments = [str(folder / "net.yml"), "-d", str(folder / "definitions.yml")]
    arguments += ["-o", str(folder / "out"), *words]
    return CliRunner().invoke(
        convert_config, arguments, standalone_mode=False, catch_exceptions=False
    )


def test_in_full(files):
    done = run(files, "-m", "/m/net.xml", "-s", "/data")
    assert done.return_value == WITHIN_BUDGET
    assert done.stdout.startswith(f"{files / 'out' / 'net.yaml'}: carried over in full\n")
    assert "Not carried over" not in done.stdout
    text = (files / "out" / "net.yaml").read_text()
    assert "path: /m/net.xml" in text
    assert "data_source: /data/images" in text


def test_relative_paths_are_written_from_the_folder_of_the_result(files, monkeypatch):
    monkeypatch.chdir(files)
    assert run(files, "-m", "ir/net.xml", "-s", "data").return_value == WITHIN_BUDGET
    text = (files / "out" / "net.yaml").read_text()
    assert f"path: {os.path.relpath(files / 'ir/net.xml', files / 'out')}" in text
    assert f"data_source: {os.path.relpath(files / 'data/images', files / 'out')}" in text


def test_a_partial_conversion_lists_what_is_missing(files):
    done = run(files, adapter="stacked_hourglass")
    assert done.return_value == WITHIN_BUDGET
    assert "carried over in part" in done.stdout
    assert "adapter.type (stacked_hourglass): no decoder reads such" in done.stdout


def test_nothing_is_an_error(files):
    done = run(files, reader="wav_reader")
    assert done.return_value == ERROR
    assert done.stdout == ""
    assert "net: nothing is written" in done.stderr
    assert not (files / "out").exists()


def test_quiet(files):
    assert run(files, "--quiet").stdout == ""
