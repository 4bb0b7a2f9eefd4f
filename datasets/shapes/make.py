"""Render the shapes: circles, squares and triangles on noise, annotated in VOC layout.

Run: `python datasets/shapes/make.py`; the images it writes are committed. The training script
renders its own images with the same functions and another seed.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

FOLDER = Path(__file__).parent
CLASSES = ("circle", "square", "triangle")
SIDE = 96
IMAGES = 300
SEED = 2024
QUALITY = 85
SMOOTHING = 4
"""Shapes are drawn so many times larger and scaled down, which makes their edges smooth."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One object: its class and its box, pixels, xmin ymin xmax ymax."""

    kind: str
    box: tuple[int, int, int, int]


def _background(rng: Generator) -> Image.Image:
    """A colour with texture of three sizes and a slope of brightness."""
    base = rng.uniform(40, 215, 3)
    slope = np.linspace(-1, 1, SIDE)[:, np.newaxis] * rng.uniform(-50, 50)
    pixels = np.broadcast_to(base, (SIDE, SIDE, 3)) + slope[..., np.newaxis]
    for cells in (6, 24, SIDE):
        noise = rng.normal(0, rng.uniform(5, 22), (cells, cells, 3))
        shifted = np.clip(noise + 128, 0, 255).astype(np.uint8)
        grown = Image.fromarray(shifted).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        pixels = pixels + np.asarray(grown, np.float64) - 128
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _outline(kind: str, size: float, rng: Generator) -> NDArray[np.float64]:
    """Corners [K, 2] around the origin, x and y in pixels; a circle has many."""
    corners = {"circle": 48, "square": 4, "triangle": 3}[kind]
    turn = rng.uniform(0, 2 * np.pi) if kind == "triangle" else rng.uniform(-0.35, 0.35)
    angles = turn + np.pi / 4 + np.arange(corners) * 2 * np.pi / corners
    stretch = rng.uniform(0.8, 1.25, 2)
    return size / 2 * np.stack([np.cos(angles), np.sin(angles)], 1) * stretch


def _mask(kind: str, rng: Generator) -> Image.Image:
    """One shape at a random place, 8-bit coverage."""
    size = rng.uniform(14, 50)
    centre = rng.uniform(size / 2, SIDE - size / 2, 2)
    points = (_outline(kind, size, rng) + centre) * SMOOTHING
    large = Image.new("L", (SIDE * SMOOTHING, SIDE * SMOOTHING))
    ImageDraw.Draw(large).polygon([(x, y) for x, y in points], fill=255)
    return large.resize((SIDE, SIDE), Image.Resampling.BOX)


def render(rng: Generator) -> tuple[Image.Image, list[Shape]]:
    """One image of 96 x 96 pixels with one to four shapes, of which at least 60 % each is seen."""
    image = _background(rng)
    kinds, covers = [], []
    for _ in range(int(rng.integers(1, 5))):
        kind = CLASSES[int(rng.integers(3))]
        mask = _mask(kind, rng)
        cover = np.asarray(mask) > 127
        if cover.sum() < 40 or any((cover & old).sum() > 0.4 * old.sum() for old in covers):
            continue
        # Paint with a texture of its own, so that colour alone does not tell a shape apart.
        paint = rng.uniform(0, 255, 3) + rng.normal(0, 12, (SIDE, SIDE, 3))
        textured = Image.fromarray(np.clip(paint, 0, 255).astype(np.uint8))
        image.paste(textured, mask=mask)
        # What is covered twice counts for the later shape.
        covers = [old & ~cover for old in covers] + [cover]
        kinds.append((kind, mask))
    if rng.random() < 0.5:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9)))
    boxes = [mask.point(lambda value: 255 * (value > 127)).getbbox() for _, mask in kinds]
    return image, [Shape(kind, box) for (kind, _), box in zip(kinds, boxes, strict=True) if box]


def compressed(image: Image.Image) -> bytes:
    """As JPEG, which the images are trained on and judged in."""
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def annotation(name: str, shapes: list[Shape]) -> str:
    """The XML of one image, as VOC writes it; coordinates count from 0."""
    root = ET.Element("annotation")
    ET.SubElement(root, "filename").text = f"{name}.jpg"
    size = ET.SubElement(root, "size")
    for key, value in (("width", SIDE), ("height", SIDE), ("depth", 3)):
        ET.SubElement(size, key).text = str(value)
    for shape in shapes:
        node = ET.SubElement(root, "object")
        ET.SubElement(node, "name").text = shape.kind
        ET.SubElement(node, "difficult").text = "0"
        box = ET.SubElement(node, "bndbox")
        for key, edge in zip(("xmin", "ymin", "xmax", "ymax"), shape.box, strict=True):
            ET.SubElement(box, key).text = str(edge)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def main() -> None:
    """Write JPEGImages, Annotations and ImageSets/Main/val.txt."""
    rng = np.random.default_rng(SEED)
    for folder in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (FOLDER / folder).mkdir(parents=True, exist_ok=True)
    names = [f"{index:04d}" for index in range(IMAGES)]
    for name in names:
        image, shapes = render(rng)
        (FOLDER / "JPEGImages" / f"{name}.jpg").write_bytes(compressed(image))
        (FOLDER / "Annotations" / f"{name}.xml").write_text(annotation(name, shapes))
    (FOLDER / "ImageSets" / "Main" / "val.txt").write_text("\n".join(names) + "\n")
    print(f"{FOLDER}: {len(names)} images")


if __name__ == "__main__":
    main()
