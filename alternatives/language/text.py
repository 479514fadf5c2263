"""Texts by name, and how one becomes words."""

import gzip
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from alternatives.datasets import DatasetUnavailable
from alternatives.datasets.dataset import DATA
from alternatives.state import Named, Registry

WORD = re.compile(r"[\w'-]+|[^\w\s]")
"""Letters, digits, apostrophes and hyphens together are a word, and so is each punctuation mark."""


@dataclass(frozen=True)
class Text(Named):
    """A text in a packed file, in UTF-8. To add one, write a class with ``@TEXTS.register``."""

    path: ClassVar[Path]
    source: ClassVar[str]

    def lines(self) -> list[str]:
        """The text's lines; DatasetUnavailable if the file is missing or damaged."""
        try:
            with gzip.open(self.path, "rt", encoding="utf-8") as file:
                return file.read().splitlines()
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise DatasetUnavailable(
                f"The text {self.name} isn't available: the file data/{self.path.name} is missing or damaged."
            ) from error


TEXTS: Registry[Text] = Registry("text")


@TEXTS.register
@dataclass(frozen=True)
class KingJamesBible(Text):
    """31,102 verses, one a line."""

    name = "King James Bible"
    path = DATA / "king_james_bible.txt.gz"
    source = "text of 1611, public domain; Debian package bible-kjv-text"


def words(line: str) -> list[str]:
    """The words of a line in lower case: ``["noah's", "ark", "."]`` of "Noah's ark."."""
    return WORD.findall(line.lower())
