import pytest
import yaml

from calibrate.cli.main import run


def new(folder, model, data, *words):
    return run(["new", str(model), str(data), "-o", str(folder / "new.yaml"), "-q", *words])


def written(folder):
    return yaml.safe_load((folder / "new.yaml").read_text())


def test_a_folder_a_class(job, capsys):
    folder = job.parent
    assert new(folder, folder / "model.xml", folder / "data") == 0
    found = written(folder)
    assert found["model"]["path"] == "model.xml"
    assert found["dataset"]["adapter"] == {"type": "image_folder", "data_source": "data"}
    assert found["decoder"]["type"] == "classification"
    assert found["metrics"] == [{"type": "accuracy"}]
    # The folders stand in another order than the model's channels, which BGR makes up for.
    assert {"type": "rgb_to_bgr"} in found["preprocessing"]
    assert run(["check", str(folder / "new.yaml")]) == 0
    capsys.readouterr()


def test_an_existing_file_stays(job, capsys):
    folder = job.parent
    (folder / "new.yaml").write_text("mine")
    assert new(folder, folder / "model.xml", folder / "data") == 1
    assert "the file is there already" in capsys.readouterr().err
    assert (folder / "new.yaml").read_text() == "mine"
    assert new(folder, folder / "model.xml", folder / "data", "--force") == 0


def test_images_without_labels(job, capsys):
    folder = job.parent
    assert new(folder, folder / "model.xml", folder / "data" / "red") == 0
    found = written(folder)
    assert found["dataset"]["adapter"]["type"] == "images"
    assert found["metrics"] == [{"type": "agreement"}]
    assert "Without labels no preprocessing can be tried" in (folder / "new.yaml").read_text()
    assert run(["check", str(folder / "new.yaml")]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(("model", "data"), [("none.xml", "data"), ("model.xml", "none")])
def test_missing_files(job, model, data, capsys):
    assert new(job.parent, job.parent / model, job.parent / data) == 1
    assert "there is no such" in capsys.readouterr().err
    assert not (job.parent / "new.yaml").exists()


@pytest.mark.zoo
@pytest.mark.parametrize(
    ("model", "data", "steps"),
    [
        ("cifar10_resnet20", "cifar10_dev", [{"type": "normalization", "preset": "imagenet"}]),
        ("mnist_cnn", "mnist_dev", [{"type": "grayscale"}]),
    ],
)
def test_real_models(zoo, tmp_path, model, data, steps, capsys):
    assert new(tmp_path, zoo / "models" / model / "model.onnx", zoo / "data" / data) == 0
    assert written(tmp_path)["preprocessing"] == steps
    assert written(tmp_path)["output"]["dir"] == f"out/{model}"
    assert run(["check", str(tmp_path / "new.yaml")]) == 0
    assert "label 8 (ship)" in capsys.readouterr().out or model == "mnist_cnn"
