"""Two folders of images: what the model gets, and what it should make of it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import Field, model_validator

from calibrate.core.annotation import ImageTarget
from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.images import ImageComponent, read_image_item, read_target_image
from calibrate.datasets.formats.listing import Affix, paired
from calibrate.errors import CalibrateError


class ImagePairs(ImageComponent):
    """Input and target images, partners by name: super-resolution, denoising, restoration.

    Both may be in one folder if their names differ by prefix or suffix. Inputs without a
    target are errors; targets without an input are ignored.

    Example:
        type: image_pairs
        input_dir: Set5
        target_dir: Set5
        input_suffix: _lr_x3
        target_suffix: _hr
        scale: 3
    """

    input_dir: AnchoredPath
    """Folder of the images that the model gets."""
    target_dir: AnchoredPath
    """Folder of the images that it should make."""
    input_prefix: str = ""
    """Prefix of an input's name before the common part; files without it are ignored."""
    input_suffix: str = ""
    """Suffix of the name after the common part, before the file extension."""
    target_prefix: str = ""
    """Prefix of a target's name before the common part."""
    target_suffix: str = ""
    """Suffix of the name after the common part, before the file extension."""
    scale: int | None = Field(default=None, ge=1)
    """How many times larger than its input a target has to be, per side; null: not checked."""
    allow_outside: bool = False
    """Whether links may lead out of the folders."""

    @model_validator(mode="after")
    def _fits(self) -> "ImagePairs":
        same = (self.input_prefix, self.input_suffix) == (self.target_prefix, self.target_suffix)
        if self.input_dir == self.target_dir and same:
            raise ValueError("input_dir and target_dir are one folder; give a prefix or suffix")
        return self

    def items(self) -> Sequence[Item]:
        """All inputs in the order of their names, each with its target."""
        pairs = paired(
            (self.input_dir, Affix(self.input_prefix, self.input_suffix)),
            (self.target_dir, Affix(self.target_prefix, self.target_suffix)),
            wanted="target image",
        )
        return [
            Item(shown(name), self.input_dir / name, target_source=self.target_dir / target)
            for name, target in pairs
        ]

    def read(self, item: Item) -> Sample:
        """Decode an input and its target."""
        fences = (None, None) if self.allow_outside else (self.input_dir, self.target_dir)
        sample = read_image_item(item, fences[0], bits=self.bits)
        if item.target_source is None:
            raise CalibrateError("the entry has no target image", item.id)
        target = read_target_image(item.target_source, fences[1], bits=self.bits)
        height, width = sample.image.shape[:2]
        if self.scale and target.shape[:2] != (height * self.scale, width * self.scale):
            raise CalibrateError(
                f"the target is {target.shape[1]}x{target.shape[0]}, not {self.scale} times "
                f"the input's {width}x{height}",
                shown(item.target_source),
                "correct scale, or the image",
            )
        return replace(sample, annotation=ImageTarget(target))

    def sources(self) -> Sequence[Path]:
        """Both folders."""
        return [self.input_dir, self.target_dir]

    def label_names(self) -> Sequence[str]:
        """None: images have no classes."""
        return ()
