from pathlib import Path

import pytest

from calibrate.cli.excerpt import excerpt
from calibrate.cli.main import run


@pytest.mark.parametrize(
    ("line", "key", "carets"),
    [
        ("  max_drpo: 0.01", "budget.max_drpo", "  ^^^^^^^^"),
        ("  - {type: acuracy, top_k: 1}", "metrics[0].type", "     ^^^^"),
        ("budget: 5", "budget", "^^^^^^"),
        ("  top_type: 1, type: 2", "metrics[0].type", " " * 15 + "^^^^"),
        ("  nothing of it", "a.b", "  ^^^^^^^^^^^^^"),
        ("a:\tb", "", "^^^^"),
        ("  - 5", "preprocessing[0].mean[2]", "  ^^^"),
        ('  "x.1": 3', 'model.inputs["x.1"]', "   ^^^"),
    ],
)
def test_carets_stand_below_the_key(tmp_path, line, key, carets):
    path = tmp_path / "a.yaml"
    path.write_text(f"first: 1\n{line}\n")
    assert excerpt(f"{path}:2 {key}".rstrip()) == [
        f"  2 | {line}".replace("\t", " "),
        f"    | {carets}",
    ]


def test_a_long_line_is_cut_around_the_key(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("x" * 300 + " type " + "y" * 300)
    shown, carets = excerpt(f"{path}:1 a.type")
    assert len(shown) <= 100
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "type"


@pytest.mark.parametrize(
    "where", ["", "--set a=1", "a.png", "none.yaml:3", "{}:99", "{}:2", "{}:0"]
)
def test_where_there_is_no_such_line(tmp_path, where):
    (tmp_path / "a.yaml").write_text("a: 1\n\n")
    assert excerpt(where.format(tmp_path / "a.yaml")) == []


def test_a_line_does_not_steer_the_terminal(tmp_path):
    (tmp_path / "a.yaml").write_text("a: \x1b[2J\n")
    assert excerpt(f"{tmp_path / 'a.yaml'}:1 a")[0] == "  1 | a: \\x1b[2J"


GOOD = """\
model: {path: model.xml}
dataset:
  adapter: {type: arrays, data_source: data.npz, inputs: {image: images}, label_key: labels}
preprocessing:
  - {type: normalization, mean: 127.5, std: 127.5}
decoder: {type: classification}
metrics:
  - {type: accuracy}
budget:
  max_drop: 0.01
output: {dir: out}
"""

# What people get wrong: the change, and what they read.
MISTAKES = {
    "a tab": (
        "  max_drop: 0.01",
        "\tmax_drop: 0.01",
        (
            "job.yaml:10: this is not valid YAML: found character '\\t' that cannot start any "
            "token; indent with spaces, not tabs\n  10 |  max_drop: 0.01\n     |  ^^^^^^^^^^^^^^\n"
        ),
    ),
    "indentation": (
        "  max_drop: 0.01",
        "max_drop: 0.01",
        (
            "max_drop: unknown key; did you mean 'budget.max_drop'?\n"
            "  10 | max_drop: 0.01\n     | ^^^^^^^^\n"
        ),
    ),
    "a misspelt key": (
        "max_drop",
        "max_dorp",
        (
            "job.yaml:10 budget.max_dorp: unknown key; did you mean 'max_drop'?\n"
            "  10 |   max_dorp: 0.01\n     |   ^^^^^^^^\n"
        ),
    ),
    "a misspelt component": (
        "type: accuracy",
        "type: acuracy",
        (
            "job.yaml:8 metrics[0].type: unknown 'acuracy'; did you mean 'accuracy'?\n"
            "  8 |   - {type: acuracy}\n    |      ^^^^\n"
        ),
    ),
    "a text for a number": (
        "0.01",
        "one per cent",
        (
            "budget.max_drop: expected a number, got 'one per cent'\n"
            "  10 |   max_drop: one per cent\n     |   ^^^^^^^^\n"
        ),
    ),
    "points for a fraction": (
        "0.01",
        "1",
        (
            "a drop of 1 allows everything: accuracy@1 is a fraction of 1; half a percentage point "
            "is 0.005, and 1 points are 0.01\n  10 |   max_drop: 1\n     |   ^^^^^^^^\n"
        ),
    ),
    "a wrong path": (
        "path: model.xml",
        "path: mode.xml",
        "did you mean 'model.xml'?\n  1 | model: {path: mode.xml}\n    |         ^^^^\n",
    ),
    "a key twice": (
        "output:",
        "budget: {max_drop: 0.02}\noutput:",
        (
            "job.yaml:11 budget: the key is given twice, first on line 9\n"
            "  11 | budget: {max_drop: 0.02}\n     | ^^^^^^\n"
        ),
    ),
    "a missing section": (
        "decoder: {type: classification}\n",
        "",
        (
            "decoder: the key is missing; "
            "it holds: The decoder, which turns the model's outputs into predictions\n"
        ),
    ),
    "a colon in a value": (
        "dir: out",
        "dir: out: b",
        (
            "expected ',' or '}', but got ':'; put the value in quotes\n"
            "  11 | output: {dir: out: b}\n"
        ),
    ),
    "an unset variable": (
        "data.npz",
        "'${NO_SUCH_VARIABLE}/data.npz'",
        (
            "the environment variable NO_SUCH_VARIABLE is not set; set it, or write "
            "${NO_SUCH_VARIABLE:-default}\n  3 | "
        ),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_typical_mistakes(make_job, mistake, capsys):
    job = make_job()
    old, new, message = MISTAKES[mistake]
    assert old in GOOD
    job.write_text(GOOD.replace(old, new, 1))
    assert run(["check", str(job)]) == 1
    assert message in capsys.readouterr().err


def test_a_model_where_a_config_belongs(make_job, capsys):
    model = make_job().parent / "model.xml"
    assert run(["check", str(model)]) == 1
    error = capsys.readouterr().err
    assert "model.xml" in error
    assert "Traceback" not in error
    assert Path(model).exists()
