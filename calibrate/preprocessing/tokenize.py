"""Step `tokenize`."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from pydantic import Field

from calibrate.core.annotation import TokenTarget
from calibrate.core.component import AnchoredPath, Component
from calibrate.core.sample import Sample
from calibrate.core.text import shown
from calibrate.core.tokenizers import check_characters, padding_token, read_tokenizer
from calibrate.errors import CalibrateError
from calibrate.preprocessing._lib.pixels import array_of, place

Ids = Literal["input_ids", "attention_mask", "token_type_ids"]


class Tokenize(Component):
    """Turn raw text into token ids by a `tokenizer.json`, padded to one length.

    The results have the keys `input_ids`, `attention_mask` and `token_type_ids`, and each input of
    the model takes the array with its name; the text is removed from the sample. A list of words is
    tokenized word by word, and a label of each word goes to its first token, as in token
    classification. Needs the package tokenizers: `pip install 'openvino-calibrate[text]'`.

    Example:
        preprocessing:
          - {type: tokenize, tokenizer: tokenizer.json, max_length: 128}
          - {type: tokenize, tokenizer: tokenizer.json, max_length: 384, pair: context}
    """

    tokenizer: AnchoredPath
    """The file `tokenizer.json` of Hugging Face's tokenizers."""
    max_length: int = Field(default=128, ge=1)
    """Tokens of each sample: longer ones are cut, shorter ones padded. The model is compiled for
    this length."""
    input: str = "text"
    """Key of the text in the sample's data."""
    pair: str | None = None
    """Key of a second text, which follows the first."""
    truncation: Literal["longest_first", "only_first", "only_second", "error"] = "longest_first"
    """Which text is cut; `error` refuses samples that are too long."""
    padding_side: Literal["right", "left"] = "right"
    """The side that is padded."""
    pad_token: str | None = None
    """The token of padding; by default that of the file, else `[PAD]` or `<pad>`."""
    add_special_tokens: bool = True
    """Whether the tokenizer adds special tokens such as `[CLS]` and `[SEP]`."""
    keep: tuple[Ids, ...] = ("input_ids", "attention_mask", "token_type_ids")
    """Which arrays are made; a model with one input needs `[input_ids]` alone."""

    def __call__(self, sample: Sample) -> Sample:
        """The sample with int64 arrays [max_length] in place of its text.

        Raises:
            CalibrateError: the data is no text, or too long with `truncation: error`.
        """
        tokenizer = _tokenizer(self)
        texts = [self._text(sample, key) for key in (self.input, self.pair) if key is not None]
        words = isinstance(texts[0], list)
        encoded = tokenizer.encode(
            *texts, is_pretokenized=words, add_special_tokens=self.add_special_tokens
        )
        if len(encoded.ids) > self.max_length:
            raise CalibrateError(
                f"tokenize: the text has {len(encoded.ids)} tokens, max_length is "
                f"{self.max_length}",
                place(sample),
                "raise max_length, or choose a truncation",
            )
        arrays = {
            "input_ids": encoded.ids,
            "attention_mask": encoded.attention_mask,
            "token_type_ids": encoded.type_ids,
        }
        data = {
            key: value for key, value in sample.data.items() if key not in (self.input, self.pair)
        }
        data |= {key: np.array(arrays[key], np.int64) for key in self.keep}
        annotation = sample.annotation
        if words and isinstance(annotation, TokenTarget):
            annotation = _aligned(annotation, encoded.word_ids, len(texts[0]), sample)
        return replace(sample, data=data, annotation=annotation)

    def _text(self, sample: Sample, key: str) -> Any:  # noqa: ANN401  # a text, or words
        array = array_of(sample, key, "tokenize")
        if array.dtype.kind != "U" or array.ndim > 1:
            raise CalibrateError(
                f"tokenize: '{key}' holds {array.dtype}, no text",
                place(sample),
                "name a column of text in `text_columns` of the adapter",
            )
        text: str | list[str] = array.item() if array.ndim == 0 else array.tolist()
        check_characters([text] if isinstance(text, str) else text, place(sample))
        return text


def _aligned(
    target: TokenTarget, words: Sequence[int | None], count: int, sample: Sample
) -> TokenTarget:
    """Labels of words to labels of tokens: the first of a word has it, others do not count."""
    if len(target.tokens) != count:
        raise CalibrateError(
            f"tokenize: there are {count} words and {len(target.tokens)} labels", place(sample)
        )
    ignore = -100 if target.ignore is None else target.ignore
    labels, previous = [], None
    for word in words:
        labels.append(ignore if word is None or word == previous else int(target.tokens[word]))
        previous = word
    return TokenTarget(np.array(labels, np.int64), ignore)


@lru_cache(maxsize=8)
def _tokenizer(step: Tokenize) -> Any:  # noqa: ANN401  # tokenizers has no types
    tokenizer = read_tokenizer(step.tokenizer)
    pad = padding_token(tokenizer, step.pad_token, shown(step.tokenizer))
    if step.truncation == "error":
        tokenizer.no_truncation()
    else:
        tokenizer.enable_truncation(step.max_length, strategy=step.truncation)
    tokenizer.enable_padding(
        direction=step.padding_side,
        pad_id=tokenizer.token_to_id(pad),
        pad_token=pad,
        length=step.max_length,
    )
    return tokenizer
