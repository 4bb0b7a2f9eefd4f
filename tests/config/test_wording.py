# ruff: noqa: E501  # messages stand whole, as a user reads them
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, model_validator

from calibrate.config.compose import Composer
from calibrate.config.tree import Place
from calibrate.config.validation import validate
from calibrate.errors import CalibrateError


class Inner(BaseModel, extra="forbid"):
    kind: Literal["inner"] = "inner"
    depth: int = 0


class Other(BaseModel, extra="forbid"):
    kind: Literal["other"] = "other"
    width: Annotated[float, Field(gt=0, le=2)] = 1


class Outer(BaseModel, extra="forbid"):
    mode: Literal["auto", "never"] | float = "auto"
    level: Literal[0, 1, 2] = 0
    part: Inner | None = None
    tagged: Annotated[Inner | Other, Field(discriminator="kind")] = Inner()
    pair: tuple[int, int] = (0, 0)
    names: tuple[str, ...] | str = ()
    table: dict[int, str] = {}
    path: Path = Path()
    word: str = Field("ab", max_length=2)

    @model_validator(mode="after")
    def together(self) -> "Outer":
        if self.mode == "never" and self.level:
            raise ValueError("`level` needs a mode")
        if self.word == "cc":
            raise CalibrateError("this word is taken", hint="take another")
        return self


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mode: nevr", "f.yaml:1 top.mode: unknown 'nevr'; did you mean 'never'?"),
        ("mode: [1]", "f.yaml:1 top.mode: expected 'auto' or 'never' or a number, got a list"),
        ("level: 3", "f.yaml:1 top.level: expected 0, 1 or 2, got 3"),
        ("part: {deep: 1}", "f.yaml:1 top.part.deep: unknown key; did you mean 'depth'?"),
        ("part: {depth: x}", "f.yaml:1 top.part.depth: expected a whole number, got 'x'"),
        (
            "tagged: {kind: other, width: 3}",
            "f.yaml:1 top.tagged.width: has to be at most 2, got 3",
        ),
        (
            "tagged: {kind: other, width: 0}",
            "f.yaml:1 top.tagged.width: has to be greater than 0, got 0",
        ),
        ("pair: [1, 2, 3]", "f.yaml:1 top.pair: needs at most 2 entries, has 3"),
        ("pair: [1, null]", "f.yaml:1 top.pair[1]: expected a whole number, got nothing; give it a value or leave the key out"),
        ("names: [a, 2]", "f.yaml:1 top.names[1]: expected text, got 2; put it in quotes"),
        ("names: {a: b}", "f.yaml:1 top.names: expected a list or text, got a mapping"),
        ("names: 5", "f.yaml:1 top.names: expected a list or text, got 5"),
        ("table: {a: b}", "f.yaml:1 top.table.a: expected a whole number, got 'a'"),
        ("path: 3", "f.yaml:1 top.path: expected a path, got 3; put it in quotes"),
        ("word: abc", "f.yaml:1 top.word: string should have at most 2 characters, got 'abc'"),
        ("mode: never\nlevel: 1", "f.yaml:1 top: `level` needs a mode"),
        ("word: cc", "f.yaml:1 top: this word is taken; take another"),
    ],
)  # fmt: skip
def test_messages(text, message):
    node = Composer(lambda line: Place(Path("/f.yaml"), "f.yaml", line), {}).compose(text)
    assert node is not None
    value, problems = validate(Outer, node, ("top",))
    assert value is None
    assert [str(problem) for problem in problems] == [message]
