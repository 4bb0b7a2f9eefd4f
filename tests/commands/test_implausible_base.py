"""A base that makes no sense is refused by `run` and named by `check`, on real models."""

from pathlib import Path

import pytest

from calibrate.cli.main import run

ROOT = Path(__file__).parents[2]
UNNORMALIZED = "preprocessing=[{type: grayscale}, {type: resize, size: 64}]"
SMALL = ("--set", "dataset.subsample_size=64")


def command(name: str, config: Path, tmp_path: Path, *settings: str) -> int:
    words = [word for setting in settings for word in ("--set", setting)]
    return run([name, str(config), "--output-dir", str(tmp_path / "out"), *SMALL, *words])


def test_a_forgotten_normalization_is_refused(tmp_path, capsys):
    config = ROOT / "configs" / "quickstart.yaml"
    assert command("run", config, tmp_path, UNNORMALIZED) == 1
    err = capsys.readouterr().err
    assert "metrics[0]: accuracy@1 of the floating-point model is" in err
    assert "no better than a model that answers the most frequent class every time" in err
    assert "; with values of -1 to 1 the floating-point model would score" in err
    assert "--allow-implausible" in err
    assert not (tmp_path / "out" / "quickstart.xml").exists()


def test_check_names_the_normalization(tmp_path, capsys):
    config = ROOT / "configs" / "quickstart.yaml"
    assert command("check", config, tmp_path, UNNORMALIZED) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert out.startswith("The config can be run, but its base makes no sense.")
    assert "Implausible: accuracy@1 of the floating-point model is" in out
    assert "With values of -1 to 1 the floating-point model would score" in out


def test_check_lets_it_pass_where_that_is_allowed(tmp_path):
    config = ROOT / "configs" / "quickstart.yaml"
    assert command("check", config, tmp_path, UNNORMALIZED, "search.allow_implausible=true") == 0


def test_check_names_shifted_class_numbers(tmp_path, capsys):
    config = ROOT / "configs" / "quickstart_detection.yaml"
    assert command("check", config, tmp_path, "decoder.label_offset=1") == 0
    out = " ".join(capsys.readouterr().out.split())
    assert out.startswith("The config works, but other settings score more.")
    assert "With label_offset: 0 the floating-point model would score" in out


def test_swapped_channels_are_refused(job, tmp_path, capsys):
    swapped = "preprocessing=[{type: rgb_to_bgr}, {type: normalization, preset: unit}]"
    assert run(["run", str(job), "--set", swapped]) == 1
    assert "with RGB the floating-point model would score" in capsys.readouterr().err


def test_a_budget_that_nothing_can_break_is_refused(job, capsys):
    assert run(["run", str(job), "--set", "budget.max_drop=0.65"]) == 1
    err = capsys.readouterr().err
    assert "so that the budget of 65.00 points would allow a model that answers" in err


@pytest.mark.zoo
@pytest.mark.usefixtures("zoo")
@pytest.mark.parametrize(
    ("config", "setting", "problem", "better"),
    [
        (
            "zoo_cifar10_resnet20",
            "preprocessing=[]",
            "no better than a model that answers the most frequent class",
            "with ImageNet's mean and deviation",
        ),
        (
            "zoo_ssd_mobilenet_v1_detection_output",
            "decoder={type: ssd}",
            "a model that answers no box at all",
            "with label_map: coco_91_to_80",
        ),
    ],
)
def test_real_models(config, setting, problem, better, tmp_path, capsys):
    metric = "accuracy" if "cifar" in config else "coco_precision"
    metrics = f"metrics=[{{type: {metric}}}]"  # without a published value
    assert command("run", ROOT / "configs" / f"{config}.yaml", tmp_path, setting, metrics) == 1
    err = capsys.readouterr().err
    assert problem in err
    assert f"{better} the floating-point model would score" in err


@pytest.mark.zoo
@pytest.mark.usefixtures("zoo")
def test_forgotten_bgr_is_reported(tmp_path, capsys):
    config = ROOT / "configs" / "zoo_cifar10_resnet20.yaml"
    swapped = (
        "preprocessing=[{type: rgb_to_bgr}, {type: normalization, preset: imagenet}]",
        "metrics=[{type: accuracy}]",
    )
    assert command("check", config, tmp_path, *swapped) == 0
    assert "With RGB the floating-point model would score 87.5 % instead of" in " ".join(
        capsys.readouterr().out.split()
    )
