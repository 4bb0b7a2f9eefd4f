from dataclasses import dataclass

import pytest

from calibrate.core.annotation import Annotation, annotation_text
from calibrate.core.group_annotations import GroupMember
from calibrate.plugins import ADAPTERS

# A dataclass with slots is made twice, so the name is compared.
KINDS = [kind for kind in Annotation.__subclasses__() if kind.__name__ != GroupMember.__name__]


@pytest.mark.parametrize(
    "kind", [*KINDS, *GroupMember.__subclasses__()], ids=lambda kind: kind.__name__
)
def test_the_adapters_that_messages_name_exist(kind):
    assert set(kind.adapters) <= set(ADAPTERS)


@dataclass
class Keypoints:
    """A plugin's own type, which is no annotation that calibrate knows."""

    points: tuple[int, ...]


def test_types_of_plugins_have_their_name():
    assert annotation_text(Keypoints((1, 2)), ()) == "Keypoints"
