import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops
from PIL import Image

from calibrate.commands.new.data_guess import DataGuess
from calibrate.commands.new.match_colours import colours_of, with_colour_order
from calibrate.models.write import write_model

COLOURS = [[0, 0, 200], [10, 10, 10], [90, 0, 0]]
ORDER = [2, 0, 1]
"""Which of the colours each class of the model means."""


def segmenter(path, shades):
    """Classes by the nearest shade of each pixel's red."""
    source = ops.parameter([1, 3, 8, 8], np.float32, name="image")
    red = ops.slice(source, [0], [1], [1], [1])
    distance = ops.squared_difference(red, np.array(shades, np.float32).reshape(1, -1, 1, 1))
    scores = ops.negative(distance)
    write_model(ov.Model([ops.result(scores)], [source], "net"), path)
    return path


def dataset(folder):
    generator = np.random.default_rng(0)
    for part in ("images", "masks"):
        (folder / part).mkdir()
    for name in "abcd":
        classes = generator.integers(0, 3, (8, 8))
        image = np.repeat((classes * 40).astype(np.uint8)[..., None], 3, 2)
        Image.fromarray(image).save(folder / f"images/{name}.png")
        mask = np.array(COLOURS, np.uint8)[np.array(ORDER)[classes]]
        Image.fromarray(mask).save(folder / f"masks/{name}.png")
    folders = {"images_dir": folder / "images", "masks_dir": folder / "masks"}
    adapter = {"type": "mask_pairs", **folders, "colors": COLOURS, "ignore": None}
    return DataGuess(adapter, "mask", "", doubts=("which colour is which class?",))


@pytest.mark.parametrize(
    ("shades", "order"),
    [
        ([0, 40, 80], ORDER),
        ([0, 40, 80, 200], ORDER),  # a class that these images do not have
        ([80, 200, 220, 0, 40], [0, 1, 2]),  # classes beyond the colours
    ],
)
def test_order(tmp_path, shades, order):
    data = dataset(tmp_path)
    path = segmenter(tmp_path / "model.xml", shades)
    base = {
        "model": {"path": path},
        "dataset": {"adapter": data.adapter},
        "metrics": [{"type": "mean_iou"}],
        "budget": {"max_drop": 0.01},
    }
    ordered = with_colour_order(ov.Core().read_model(path), data, base, [[]])
    assert ordered.adapter["colors"] == [COLOURS[place] for place in order]
    assert ("the model's predictions suggest" in ordered.doubts[0]) == (order == ORDER)


def test_colours(tmp_path):
    dataset(tmp_path)
    masks = sorted((tmp_path / "masks").iterdir())
    assert list(map(list, colours_of(masks))) == COLOURS
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (20, 20, 3), np.uint8)).save(masks[0])
    assert colours_of(masks) == ()  # a picture
    assert colours_of(sorted((tmp_path / "images").iterdir())[:0]) == ()
