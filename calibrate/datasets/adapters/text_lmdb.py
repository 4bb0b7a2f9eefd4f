"""LMDB databases of text recognition: images and their texts by number."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from calibrate.core.component import AnchoredPath
from calibrate.core.extras import import_extra
from calibrate.core.sample import Item, Sample, image_sample
from calibrate.core.text import shown
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.images import decode_image
from calibrate.datasets.formats.paths import regular_file
from calibrate.datasets.formats.text_recognition import TextRecognition
from calibrate.errors import CalibrateError


class TextLmdb(TextRecognition):
    """An LMDB database with `num-samples`, `image-000000001` and `label-000000001` (from 1).

    The form in which IIIT5K, SVT, ICDAR and the training sets of text recognition are published.
    Needs the package lmdb: `pip install 'openvino-calibrate[lmdb]'`.

    Example:
        type: text_lmdb
        data_source: IIIT5K_3000
        alphabet: 0123456789abcdefghijklmnopqrstuvwxyz
        alphabet_offset: 1
        case: lower
    """

    data_source: AnchoredPath
    """The folder of `data.mdb`."""

    def items(self) -> Sequence[Item]:
        """All samples in the order of their numbers; images are not read."""
        findings = Findings(shown(self.data_source))
        items = []
        with self._records() as records:
            for number in range(1, self._count(records) + 1):
                label = records.get(b"label-%09d" % number)
                if label is None:
                    findings.add("the database has no such key", f"label-{number:09d}")
                    continue
                try:
                    target = self.target(bytes(label).decode("utf-8"))
                except UnicodeDecodeError:
                    findings.add("the text is not UTF-8", f"label-{number:09d}")
                    continue
                except CalibrateError as error:
                    findings.add(error.message, f"label-{number:09d}", error.hint)
                    continue
                name = f"{shown(self.data_source.name)}#{number}"
                items.append(Item(name, self._file, target, index=number))
        findings.raise_any()
        return items

    def read(self, item: Item) -> Sample:
        """The decoded image."""
        where = f"{shown(self.data_source)} image-{item.index:09d}"
        with self._records() as records:
            data = records.get(b"image-%09d" % item.index)
            content = None if data is None else bytes(data)
        if content is None:
            raise CalibrateError("the database has no such key", where)
        return replace(
            image_sample(item, decode_image(content, where, bits=self.bits)), source=where
        )

    def sources(self) -> Sequence[Path]:
        """The file of the database, and that of the alphabet."""
        return [self._file, *self.files()]

    def label_names(self) -> Sequence[str]:
        """None: the classes are those of characters."""
        return ()

    @property
    def _file(self) -> Path:
        return self.data_source / "data.mdb"

    @contextmanager
    def _records(self) -> Iterator[Any]:
        """A reading transaction.

        Raises:
            CalibrateError: lmdb is not installed, or the file is missing or no whole database.
        """
        where = shown(self._file)
        lmdb = import_extra("lmdb", "lmdb")
        try:
            environment = _environment(regular_file(self._file).parent, where)
            with environment.begin(write=False) as records:
                yield records
        except lmdb.Error as error:
            raise CalibrateError(
                f"the database cannot be read ({error})", where, "get the file again"
            ) from error

    def _count(self, records: Any) -> int:  # noqa: ANN401  # lmdb.Transaction, of an extra
        count = records.get(b"num-samples")
        text = b"" if count is None else bytes(count).strip()
        if not text.isdigit() or int(text) < 1:
            raise CalibrateError(
                "the database has no key 'num-samples' with a number",
                shown(self._file),
                "databases of text recognition have num-samples, image-000000001, label-000000001",
            )
        return int(text)


@cache
def _environment(folder: Path, where: str) -> Any:  # noqa: ANN401  # lmdb.Environment, of an extra
    """An open database; a process opens each once, without locks, so nothing is written.

    Raises:
        CalibrateError: the file is shorter than its pages, which would end the process.
    """
    environment = import_extra("lmdb", "lmdb").open(str(folder), readonly=True, lock=False)
    length = (environment.info()["last_pgno"] + 1) * environment.stat()["psize"]
    held = (folder / "data.mdb").stat().st_size
    if held < length:
        environment.close()
        raise CalibrateError(
            f"the database has {length} bytes of pages, the file holds only {held}",
            where,
            "get the file again",
        )
    return environment
