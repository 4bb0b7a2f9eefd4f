"""Adapter `squad`: questions about texts, in windows of tokens."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from calibrate.core.component import AnchoredPath, Component
from calibrate.core.group_annotations import AnswerTarget
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.core.tokenizers import check_characters, padding_token, read_tokenizer
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.squad import Question, has_unanswerable, parse_squad
from calibrate.datasets.formats.text import read_text
from calibrate.datasets.split import subsample
from calibrate.errors import CalibrateError

Ids = Literal["input_ids", "attention_mask", "token_type_ids"]

_CONTEXT = 1
"""Number of the context among the two texts of an encoding."""


class Squad(Component):
    """Questions about texts in SQuAD's JSON (1.1 and 2.0), each as windows of tokens.

    A window holds the question and a part of its context, padded to `max_length`; windows of one
    question overlap by `doc_stride` tokens and stay in one set of a split. The answer is that of
    the window with the greatest sum of logits. Data: `input_ids`, `attention_mask`,
    `token_type_ids`, so no step `tokenize`. Decoder: `span`; metrics: `answer_exact_match`,
    `answer_f1`. Needs the package tokenizers: `pip install 'openvino-calibrate[text]'`.

    Example:
        type: squad
        annotation: dev-v1.1.json
        tokenizer: tokenizer.json
        questions: 500
    """

    annotation: AnchoredPath
    """The JSON file."""
    tokenizer: AnchoredPath
    """The file `tokenizer.json` of the model."""
    max_length: int = Field(default=384, ge=8)
    """Tokens of a window; the model is compiled for this length."""
    doc_stride: int = Field(default=128, ge=0)
    """Tokens by which windows of one context overlap, as in Hugging Face's `run_qa.py`."""
    max_query_length: int = Field(default=64, ge=1)
    """Tokens of a question; longer ones are cut."""
    questions: int | None = Field(default=None, ge=1)
    """How many questions are used, drawn by seed, with all their windows; all by default."""
    seed: int = 0
    """The seed of the draw of questions."""
    pad_token: str | None = None
    """The token of padding; by default that of the file, else `[PAD]` or `<pad>`."""
    keep: tuple[Ids, ...] = ("input_ids", "attention_mask", "token_type_ids")
    """Which arrays are made."""

    @model_validator(mode="after")
    def _fits(self) -> "Squad":
        if self.max_query_length + self.doc_stride + 4 > self.max_length:
            raise ValueError("max_length has no room for max_query_length and doc_stride")
        return self

    def items(self) -> Sequence[Item]:
        """All windows, question by question.

        Raises:
            CalibrateError: the file is no JSON of SQuAD, or the tokenizer cannot be read.
        """
        return [
            Item(f"{question}#{number}", self.annotation, target, index=index)
            for index, (question, number, target, _) in enumerate(self._windows)
        ]

    def read(self, item: Item) -> Sample:
        """The int64 arrays [max_length] of one window."""
        _, _, target, arrays = self._windows[item.index]
        where = f"{shown(self.annotation)} {item.id}"
        return Sample(item.id, {key: arrays[key] for key in self.keep}, target, source=where)

    def sources(self) -> Sequence[Path]:
        """The JSON file and the tokenizer."""
        return [self.annotation, self.tokenizer]

    def label_names(self) -> Sequence[str]:
        """None."""
        return ()

    def _questions(self) -> list[Question]:
        findings = Findings(shown(self.annotation))
        try:
            document = json.loads(read_text(self.annotation))
        except (ValueError, RecursionError) as error:
            raise CalibrateError(f"this is no JSON ({error})", shown(self.annotation)) from error
        questions = parse_squad(document, findings)
        findings.raise_any()
        for question in questions:
            texts = (question.text, question.context)
            check_characters(texts, f"{shown(self.annotation)} {shown(question.id)}")
        return questions

    @cached_property
    def _windows(self) -> list[tuple[str, int, AnswerTarget, Mapping[str, NDArray[np.int64]]]]:
        questions = self._questions()
        may_be_empty = has_unanswerable(questions)
        if self.questions is not None and self.questions < len(questions):
            names = [question.id for question in questions]
            drawn = subsample(names, [None] * len(names), self.questions, seed=self.seed)
            questions = [questions[index] for index in sorted(drawn)]
        tokenizer = read_tokenizer(self.tokenizer)
        return [
            (
                question.id,
                number,
                _target(question, encoding, may_be_empty=may_be_empty),
                {
                    "input_ids": np.array(encoding.ids, np.int64),
                    "attention_mask": np.array(encoding.attention_mask, np.int64),
                    "token_type_ids": np.array(encoding.type_ids, np.int64),
                },
            )
            for question, encodings in self._encoded(tokenizer, questions)
            for number, encoding in enumerate(encodings)
        ]

    def _encoded(
        self,
        tokenizer: Any,  # noqa: ANN401  # tokenizers has no types
        questions: Sequence[Question],
    ) -> Iterator[tuple[Question, Sequence[Any]]]:
        """Each question with the encodings of its windows."""
        pad = padding_token(tokenizer, self.pad_token, shown(self.tokenizer))
        texts = list(self._cut(tokenizer, questions))
        tokenizer.enable_truncation(self.max_length, stride=self.doc_stride, strategy="only_second")
        tokenizer.enable_padding(
            pad_id=tokenizer.token_to_id(pad), pad_token=pad, length=self.max_length
        )
        contexts = [question.context for question in questions]
        for question, encoding in zip(
            questions, tokenizer.encode_batch(list(zip(texts, contexts, strict=True))), strict=True
        ):
            yield question, [encoding, *encoding.overflowing]

    def _cut(
        self,
        tokenizer: Any,  # noqa: ANN401  # tokenizers has no types
        questions: Sequence[Question],
    ) -> Iterator[str]:
        """The questions without leading blanks, at most `max_query_length` tokens long."""
        tokenizer.no_truncation()
        tokenizer.no_padding()
        texts = [question.text.lstrip() for question in questions]
        for text, encoding in zip(
            texts, tokenizer.encode_batch(texts, add_special_tokens=False), strict=True
        ):
            ends = [end for _, end in encoding.offsets[: self.max_query_length]]
            yield text if len(encoding.ids) <= self.max_query_length else text[: max(ends)]


def _target(question: Question, encoding: Any, *, may_be_empty: bool) -> AnswerTarget:  # noqa: ANN401
    offsets = np.array(encoding.offsets, np.int64)
    outside = np.array([number != _CONTEXT for number in encoding.sequence_ids])
    offsets[outside] = -1
    return AnswerTarget(question.id, question.context, question.answers, offsets, may_be_empty)
