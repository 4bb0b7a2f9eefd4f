"""Ground truth of samples that are judged together: pairs, and windows of one text."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import Annotation


@dataclass(frozen=True, slots=True)
class GroupMember(Annotation):
    """Ground truth of a sample that belongs to a group, which stays in one set of a split."""

    @property
    @abstractmethod
    def group_name(self) -> str:
        """The group."""


@dataclass(frozen=True, slots=True)
class PairMember(GroupMember):
    """The pairs of a verification list in which this sample stands first.

    Attributes:
        name: of this sample in the list.
        partners: names of the second samples.
        same: whether each pair shows one identity.
        group: samples of one group are connected by pairs, and stay in one set of a split.
    """

    adapters: ClassVar[tuple[str, ...]] = ("verification_pairs",)

    name: str
    partners: tuple[str, ...] = ()
    same: tuple[bool, ...] = ()
    group: str = ""

    def describe(self, names: Sequence[str]) -> str:
        """`3 pairs, 2 of one identity`."""
        del names
        return f"{len(self.same)} pairs, {sum(self.same)} of one identity"

    @property
    def group_name(self) -> str:
        """The samples that pairs connect."""
        return self.group


NO_OFFSETS = np.zeros((0, 2), np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class AnswerTarget(GroupMember):
    """The accepted answers of a question, for one window of its context.

    Attributes:
        question: id of the question, which all its windows have.
        context: the text that holds the answer.
        answers: accepted ones; none where the context has no answer.
        offsets: [T, 2] int64, first character and the one after the last of each token in
            `context`; -1 for tokens outside it.
        may_be_empty: whether the dataset has questions without an answer (SQuAD 2.0).
    """

    adapters: ClassVar[tuple[str, ...]] = ("squad",)

    question: str
    context: str
    answers: tuple[str, ...] = ()
    offsets: NDArray[np.int64] = field(default_factory=lambda: NO_OFFSETS)
    may_be_empty: bool = False

    @property
    def group_name(self) -> str:
        """The question."""
        return self.question

    def describe(self, names: Sequence[str]) -> str:
        """`answer 'the 1940s'`."""
        del names
        return f"answer {self.answers[0]!r}" if self.answers else "no answer"
