import pytest

from calibrate.datasets.formats.voc import colour, colours


@pytest.mark.parametrize(
    ("index", "rgb"),
    [
        (0, (0, 0, 0)),
        (1, (128, 0, 0)),
        (2, (0, 128, 0)),
        (7, (128, 128, 128)),
        (8, (64, 0, 0)),
        (15, (192, 128, 128)),
        (20, (0, 64, 128)),
        (255, (224, 224, 192)),
    ],
)
def test_the_palette_of_the_devkit(index, rgb):
    assert colour(index) == rgb


def test_colours_are_distinct_and_name_the_ignored_border():
    table = colours(21, 255)
    assert len(table) == 22
    assert table[224, 224, 192] == 255
