"""What becomes of every kind of image file."""

import io
import struct
from contextlib import suppress
from zlib import compress, crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from calibrate.core.sample import Geometry, Item
from calibrate.datasets.formats.images import decode_image, read_image, read_image_item
from calibrate.errors import CalibrateError

PIXELS = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [10, 20, 30]]], np.uint8)
GREY = np.array([[0, 128], [200, 255]], np.uint8)
PALETTE = Image.fromarray(PIXELS).quantize(4)
WIDE = np.array([[0, 257], [32896, 65535]], np.uint16)


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(Image.fromarray(PIXELS), exif=exif)


RGB_OF_GREY = np.repeat(GREY[..., None], 3, 2)
ALPHA = np.dstack([PIXELS, np.array([[0, 128], [255, 0]], np.uint8)])
FRAMES = [Image.fromarray(PIXELS), Image.fromarray(255 - PIXELS)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(encoded(Image.fromarray(PIXELS)), PIXELS, id="rgb"),
        pytest.param(encoded(Image.fromarray(PIXELS), "BMP"), PIXELS, id="bmp"),
        pytest.param(encoded(Image.fromarray(PIXELS), "PPM"), PIXELS, id="ppm"),
        pytest.param(encoded(Image.fromarray(PIXELS), "TGA"), PIXELS, id="tga"),
        pytest.param(encoded(Image.fromarray(PIXELS), "TIFF"), PIXELS, id="tiff"),
        pytest.param(encoded(Image.fromarray(GREY)), RGB_OF_GREY, id="grey"),
        pytest.param(encoded(Image.fromarray(GREY > 128)), RGB_OF_GREY // 200 * 255, id="bits"),
        pytest.param(encoded(PALETTE), np.asarray(PALETTE.convert("RGB")), id="palette"),
        pytest.param(encoded(PALETTE, transparency=0), PALETTE.convert("RGB"), id="palette-alpha"),
        pytest.param(encoded(Image.fromarray(ALPHA)), PIXELS, id="alpha-is-dropped"),
        pytest.param(
            encoded(Image.fromarray(np.dstack([GREY, GREY]), "LA")), RGB_OF_GREY, id="grey-alpha"
        ),
        pytest.param(
            encoded(FRAMES[0], save_all=True, append_images=FRAMES[1:]), PIXELS, id="animated-png"
        ),
        pytest.param(
            encoded(FRAMES[0], "TIFF", save_all=True, append_images=FRAMES[1:]),
            PIXELS,
            id="pages-of-tiff",
        ),
        pytest.param(
            encoded(FRAMES[0], "WEBP", save_all=True, append_images=FRAMES[1:], lossless=True),
            PIXELS,
            id="animated-webp",
        ),
        pytest.param(turned(1), PIXELS, id="upright"),
        pytest.param(turned(3), PIXELS[::-1, ::-1], id="upside-down"),
        pytest.param(turned(6), np.rot90(PIXELS, -1), id="clockwise"),
        pytest.param(turned(8), np.rot90(PIXELS, 1), id="anticlockwise"),
        pytest.param(turned(5), PIXELS.transpose(1, 0, 2), id="transposed"),
        pytest.param(turned(77), PIXELS, id="orientation-unknown"),
    ],
)
def test_lossless_kinds(data, expected):
    image = decode_image(data, "x.png")
    np.testing.assert_array_equal(image, np.asarray(expected))
    assert image.dtype == np.uint8
    assert image.flags.writeable
    assert image.flags.c_contiguous


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(encoded(Image.fromarray(WIDE)), id="png"),
        pytest.param(encoded(Image.fromarray(WIDE), "TIFF"), id="tiff"),
        pytest.param(b"P5 2 2 65535\n" + WIDE.astype(">u2").tobytes(), id="pgm"),
    ],
)
def test_16_bits(data):
    kept = decode_image(data, "x.png", bits=16)
    assert kept.dtype == np.uint16
    np.testing.assert_array_equal(kept, np.repeat(WIDE[..., None], 3, 2))
    scaled = decode_image(data, "x.png", bits=8)
    assert scaled.dtype == np.uint8
    np.testing.assert_array_equal(scaled, np.repeat(WIDE[..., None] // 257, 3, 2))
    with pytest.raises(CalibrateError, match="does not say how many of them count"):
        decode_image(data, "x.png")
    with pytest.raises(CalibrateError, match="a pixel is 65535, beyond the 12 bits"):
        decode_image(data, "x.png", bits=12)


def chunk(kind, content):
    return (
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc32(kind + content))
    )


def test_16_bit_colour_is_not_cut_in_silence():
    rows = b"".join(b"\0" + struct.pack(">6H", 257, 0, 65535, 1, 2, 3) for _ in range(2))
    header = struct.pack(">IIBBBBB", 2, 2, 16, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", compress(rows)), (b"IEND", b""))
    data = b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)
    with pytest.raises(CalibrateError, match="16 bits a colour channel"):
        decode_image(data, "x.png", bits=16)
    assert decode_image(data, "x.png", bits=8)[0].tolist() == [[1, 0, 255], [0, 0, 0]]


@pytest.mark.parametrize("mode", ["CMYK", "RGB", "L", "YCbCr"])
def test_jpeg_modes(mode):
    image = Image.new("RGB", (16, 8), (200, 100, 50)).convert(mode)
    pixels = decode_image(encoded(image, "JPEG", quality=95), "x.jpg")
    np.testing.assert_allclose(pixels, np.asarray(image.convert("RGB")), atol=4)


def test_animated_gif_gives_the_first_frame():
    data = encoded(FRAMES[0], "GIF", save_all=True, append_images=FRAMES[1:])
    first = Image.open(io.BytesIO(data)).convert("RGB")
    np.testing.assert_array_equal(decode_image(data, "x.gif"), np.asarray(first))


GOOD = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)))
GARBLED = GOOD[: len(GOOD) // 2] + b"garbage!" + GOOD[len(GOOD) // 2 + 8 :]
JPEG = encoded(Image.new("RGB", (64, 64), (1, 2, 3)), "JPEG")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "not an image", id="empty"),
        pytest.param(b"hello", "not an image", id="text"),
        pytest.param(
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image", id="eps"
        ),
        pytest.param(GOOD[:20], "not an image|corrupt", id="header-only"),
        pytest.param(GOOD[: len(GOOD) // 2], "corrupt", id="png-cut-in-half"),
        pytest.param(GARBLED, "corrupt", id="png-with-garbage"),
        pytest.param(JPEG[: len(JPEG) * 3 // 4], "corrupt", id="jpeg-truncated"),
        pytest.param(
            encoded(Image.fromarray(np.ones((2, 2), np.float32)), "TIFF"),
            "floating-point",
            id="float-tiff",
        ),
        pytest.param(
            encoded(Image.fromarray(np.ones((2, 2), np.int32)), "TIFF"), "32-bit", id="int-tiff"
        ),
    ],
)
def test_broken_images_name_their_file(data, message):
    with pytest.raises(CalibrateError, match=message) as caught:
        decode_image(data, "data/x.png")
    assert caught.value.where == "data/x.png"


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("limit", [150, 75])
def test_decompression_bomb(monkeypatch, limit):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    assert decode_image(encoded(Image.new("L", (5, 15))), "x.png").shape == (15, 5, 3)
    with pytest.raises(CalibrateError, match="decompression bomb") as caught:
        decode_image(encoded(Image.new("L", (8, 20))), "x.png")
    assert caught.value.where == "x.png"


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "TGA"]),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=4),
    length=st.floats(0, 1),
)
def test_mutated_images_give_pixels_or_our_error(kind, changes, length):
    data = bytearray(encoded(Image.fromarray(PIXELS).resize((17, 9)), kind))
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    # Anything but pixels or a CalibrateError fails this test.
    with suppress(CalibrateError):
        pixels = decode_image(bytes(data[: max(1, int(length * len(data)))]), "x")
        assert pixels.shape[2:] == (3,)
        assert pixels.dtype == np.uint8


def test_read_image_item(tmp_path):
    path = tmp_path / "a\udcff \n.png"
    path.write_bytes(encoded(Image.fromarray(PIXELS[:1])))
    sample = read_image_item(Item("a", path), tmp_path)
    np.testing.assert_array_equal(sample.image, PIXELS[:1])
    assert sample.geometry == Geometry(1, 2, 1, 2)
    assert sample.source == f"{tmp_path}/a\\xff \\n.png"
    with pytest.raises(CalibrateError, match="no image file"):
        read_image_item(Item("a"))


def test_missing_image(tmp_path):
    with pytest.raises(CalibrateError, match="no such file") as caught:
        read_image(tmp_path / "x.png")
    assert caught.value.where == str(tmp_path / "x.png")
