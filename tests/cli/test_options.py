from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from calibrate.cli.options import Display, as_override, config_options, display_options
from calibrate.config.compose import Composer
from calibrate.config.overrides import apply_override, parse_override
from calibrate.config.tree import Place, at


@click.command()
@config_options
@display_options
def command(overrides: tuple[str, ...], allow_plugins: bool, display: Display) -> None:
    click.echo(repr((overrides, allow_plugins, display)))


@pytest.mark.parametrize(
    ("words", "overrides", "display"),
    [
        ([], (), Display()),
        (["--set", "a=1", "--set", "b.c=x y"], ("a=1", "b.c=x y"), Display()),
        (["--set", "a=1", "--output-dir", "/o u/t"], ("a=1", 'output.dir="/o u/t"'), Display()),
        (["-o", "/o"], ('output.dir="/o"',), Display()),
        (["-q"], (), Display(quiet=True, progress=False)),
        (["-v", "--no-progress"], (), Display(verbose=True, progress=False)),
        (["--json"], (), Display(json=True)),
    ],
)
def test_what_a_command_gets(words, overrides, display):
    done = CliRunner().invoke(command, words)
    assert done.output.strip() == repr((overrides, True, display))


def test_plugins_can_be_refused():
    done = CliRunner().invoke(command, ["--no-plugins"])
    assert done.output.strip() == repr(((), False, Display()))


def test_quiet_and_verbose_exclude_each_other():
    done = CliRunner().invoke(command, ["-q", "-v"])
    assert done.exit_code == 2
    assert "--quiet and --verbose exclude each other." in done.output


@pytest.mark.parametrize("name", ["out", "a b", "a: b", "#1", "'\"", "${HOME}", "ü", "a\\n", "*x"])
def test_any_folder_survives_as_an_override(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = as_override("output.dir", Path(name))
    root = Composer(lambda line: Place(Path("/f"), "f", line), {}).compose("output: {dir: x}")
    assert root is not None
    changed, problems = apply_override(root, parse_override(text), {"HOME": "/wrong"})
    node = at(changed, ("output", "dir"))
    assert node is not None
    assert (node.value, problems) == (str(tmp_path / name), [])
