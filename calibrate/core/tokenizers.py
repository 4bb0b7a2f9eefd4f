"""Hugging Face's `tokenizer.json`, read with the package tokenizers."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from calibrate.core.extras import import_extra
from calibrate.core.text import shown
from calibrate.errors import CalibrateError


def read_tokenizer(path: Path) -> Any:  # noqa: ANN401  # tokenizers has no types
    """The tokenizer of a file.

    Raises:
        CalibrateError: the package is not installed, or the file is no tokenizer.
    """
    tokenizers = import_extra("tokenizers", "text")
    try:
        return tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:
        # The package raises Exception itself, whatever is wrong with the file.
        raise CalibrateError(
            f"the tokenizer cannot be read ({error})",
            shown(path),
            "give the tokenizer.json that `save_pretrained` of a fast tokenizer writes",
        ) from error


def check_characters(texts: Iterable[str], where: str) -> None:
    """Refuse texts that no tokenizer takes.

    Raises:
        CalibrateError: a text holds bytes that are not UTF-8, or half of a character.
    """
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise CalibrateError(
                f"character {error.start + 1} of the text is not UTF-8: {shown(text[error.start])}",
                where,
                "save the file as UTF-8",
            ) from error


def padding_token(tokenizer: Any, stated: str | None, where: str) -> str:  # noqa: ANN401
    """The token of padding: as stated, else that of the file, else `[PAD]` or `<pad>`.

    Raises:
        CalibrateError: the tokenizer has none of them.
    """
    from_file = (tokenizer.padding or {}).get("pad_token")
    known = [token for token in (stated, from_file, "[PAD]", "<pad>") if token is not None]
    if stated is not None:
        known = [stated]
    for token in known:
        if tokenizer.token_to_id(token) is not None:
            return str(token)
    raise CalibrateError(
        f"the tokenizer has no token {' or '.join(known)} for padding", where, "set pad_token"
    )
