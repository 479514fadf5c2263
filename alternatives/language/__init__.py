"""Language models: networks that predict the next word of a text, with a class for each frequent word."""

from alternatives.language.corpus import Corpus, Words, corpus
from alternatives.language.model import LanguageModel, Measured
from alternatives.language.network import NextWord
from alternatives.language.text import TEXTS, Text
from alternatives.language.tuning import Setting, Trial, Tuned

__all__ = [
    "TEXTS",
    "Corpus",
    "LanguageModel",
    "Measured",
    "NextWord",
    "Setting",
    "Text",
    "Trial",
    "Tuned",
    "Words",
    "corpus",
]
