"""Language models: how a text becomes samples, what a step does, and that every number comes back."""

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alternatives.charts import replication_tables
from alternatives.commands import main
from alternatives.datasets import DatasetUnavailable
from alternatives.heads import HEADS, Integers
from alternatives.language import TEXTS, LanguageModel, NextWord, Text, Words, corpus, model
from alternatives.language.baselines import bigram, perplexity, unigram
from alternatives.language.corpus import BLOCK, ranked
from alternatives.language.text import words
from alternatives.language.tuning import FINALISTS, FIRST_SHARE
from alternatives.large_output import FAMILY, DenseOutput, Diverged, FactoredOutput
from alternatives.paper import SERIES, Replication, Series, Varied, found
from alternatives.paper.language import LanguageModels
from alternatives.paper.replication import trained
from alternatives.paper.tables import comparison_of, configuration
from alternatives.sweeps import Sweep

N_WORDS = 20
LINES = 1_050
FOLLOWERS = 3
"""After each word of the tiny text one of so many is likely."""

LIKELY = 0.9


def tiny_text() -> str:
    """A Markov chain, some of whose words are rare."""
    random = np.random.default_rng(0)
    followers = random.integers(0, N_WORDS // 2, (N_WORDS, FOLLOWERS))
    word, lines = 0, []
    for _ in range(LINES):
        line = []
        for _ in range(4):
            likely = random.random() < LIKELY
            word = followers[word, random.integers(FOLLOWERS)] if likely else random.integers(N_WORDS)
            line.append(f"w{word}")
        lines.append(" ".join(line))
    return "\n".join(lines)


@pytest.fixture(scope="module", autouse=True)
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Text]:
    file = tmp_path_factory.mktemp("text") / "tiny.txt.gz"
    file.write_bytes(gzip.compress(tiny_text().encode()))

    @TEXTS.register
    @dataclass(frozen=True)
    class Tiny(Text):
        """For tests."""

        name = "tiny"
        path = file
        source = "these tests"

    yield TEXTS["tiny"]
    TEXTS.unregister("tiny")


GIVEN = LanguageModel(
    vocabulary=12,
    context=2,
    n_embedding=4,
    n_units=8,
    learning_rate=0.5,
    output_rate=0.5,
    n_epochs=2,
    batch_size=64,
    n_seeds=2,
)


def given(**changes: object) -> LanguageModel:
    return GIVEN.replace(**{"text": "tiny"} | changes)


class TestText:
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("Noah's ark.", ["noah's", "ark", "."]),
            ("And he said, (Lo!) -", ["and", "he", "said", ",", "(", "lo", "!", ")", "-"]),
            ("Beth-el; the sons' 3 days:", ["beth-el", ";", "the", "sons'", "3", "days", ":"]),
            ("", []),
        ],
    )
    def test_words_are_lower_case_and_punctuation_marks_are_words(
        self, line: str, expected: list[str]
    ) -> None:
        assert words(line) == expected

    def test_the_bible_is_what_data_says(self) -> None:
        bible = TEXTS["King James Bible"]
        checksum = hashlib.sha256(bible.path.read_bytes()).hexdigest()
        assert checksum in (bible.path.parent / "README.md").read_text("utf-8")
        found = ranked(bible)
        assert found.lines[-1] + 1 == 31_102
        assert (len(found.ranks), len(found.types)) == (913_373, 12_842)
        assert found.types[:3] == (",", "the", "and")
        whole = corpus(bible, 12_800, 1)
        sizes = [len(each) for each in (whole.training, whole.validation, whole.test)]
        assert sizes == [726_523, 93_645, 93_205]

    def test_a_missing_or_damaged_file_is_said(
        self, tiny: Text, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = tiny.path.read_bytes()
        monkeypatch.setattr(type(tiny), "path", tmp_path / "tiny.txt.gz")
        for contents in (None, b"no archive", whole[:-20], whole[:50] + b"\0" * 9 + whole[59:]):
            if contents is not None:
                tiny.path.write_bytes(contents)
            with pytest.raises(DatasetUnavailable, match=r"file data/tiny.txt.gz is missing or damaged"):
                tiny.lines()


class TestCorpus:
    def test_samples_are_those_of_a_loop(self, tiny: Text) -> None:
        found, order = corpus(tiny, 12, 3), ranked(tiny).types
        classes = {word: place + 1 for place, word in enumerate(order[:11])}
        sets: dict[str, list[tuple[list[int], int]]] = {"training": [], "validation": [], "test": []}
        lines = tiny.lines()
        for start in range(0, len(lines), BLOCK):
            name = {8: "validation", 9: "test"}.get(start // BLOCK % 10, "training")
            block = [classes.get(word, 0) for line in lines[start : start + BLOCK] for word in words(line)]
            padded = [found.beginning] * 3 + block
            sets[name] += [(padded[n : n + 3], padded[n + 3]) for n in range(len(block))]
        for name, expected in sets.items():
            own: Words = getattr(found, name)
            np.testing.assert_array_equal(own.contexts, [context for context, _ in expected])
            np.testing.assert_array_equal(own.targets, [target for _, target in expected])

    def test_frequent_words_have_classes_of_their_own(self, tiny: Text) -> None:
        found = ranked(tiny)
        is_training = found.lines // BLOCK % 10 < 8
        counts = np.bincount(found.ranks[is_training], minlength=N_WORDS)
        assert (np.diff(counts) <= 0).all()
        part = corpus(tiny, 12, 1)
        assert np.count_nonzero(part.training.targets == 0) == counts[11:].sum()
        every = np.concatenate([part.training.targets, part.validation.targets, part.test.targets])
        assert every.max() < part.n_classes == part.beginning

    def test_validation_and_test_lines_choose_no_word(
        self, tiny: Text, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = corpus(tiny, 12, 3)
        lines = tiny.lines()
        others = [
            "zebra zebra zebra yak" if number // BLOCK % 10 >= 8 else line
            for number, line in enumerate(lines)
        ]
        monkeypatch.setattr(type(tiny), "lines", lambda text: others)
        for cached in (ranked, corpus):
            cached.cache_clear()
        after = corpus(tiny, 12, 3)
        for cached in (ranked, corpus):
            cached.cache_clear()
        np.testing.assert_array_equal(after.training.contexts, before.training.contexts)
        np.testing.assert_array_equal(after.training.targets, before.training.targets)
        assert (after.test.targets == 0).all()

    def test_what_the_text_does_not_have_is_said(self, tiny: Text) -> None:
        assert corpus(tiny, N_WORDS + 1, 1).n_classes == N_WORDS + 1
        with pytest.raises(ValueError, match="at most 21 of tiny, which has 20 different words; got 22"):
            corpus(tiny, N_WORDS + 2, 1)


def network(head: str, **changes: object) -> NextWord:
    loss = {**HEADS, **FAMILY}[head]
    settings = {"seed": 3, "dtype": np.float64} | changes
    return NextWord(12, 2, 4, 8, loss, **settings)


@pytest.fixture
def batch(tiny: Text) -> tuple[Integers, Integers]:
    some = corpus(tiny, 12, 2).training
    return some.contexts[:40], some.targets[:40]


def logits(of: NextWord, contexts: Integers) -> np.ndarray:
    """By loops, as the definition says."""
    found = []
    for context in contexts:
        inputs = np.concatenate([of.embeddings[word] for word in context])
        hidden = np.append(np.maximum(inputs @ of.weights + of.biases, 0), 1)
        found.append([hidden @ row for row in of.output.weights])
    return np.array(found)


class TestNetwork:
    @pytest.mark.parametrize("head", ["softmax", "spherical softmax", "Taylor softmax"])
    def test_perplexity_is_the_exponential_of_the_mean_negative_log_probability(
        self, head: str, tiny: Text
    ) -> None:
        test, one = corpus(tiny, 12, 2).test, network(head)
        probabilities = HEADS[head].probabilities(logits(one, test.contexts))
        total = 0.0
        for row, target in zip(probabilities, test.targets, strict=True):
            total -= np.log(row[target])
        np.testing.assert_allclose(np.exp(one.log_loss(test)), np.exp(total / len(test)), rtol=1e-12)

    @pytest.mark.parametrize("head", ["softmax", "spherical softmax", "Taylor softmax", "Z-loss"])
    def test_a_step_goes_along_the_gradient(self, head: str, batch: tuple[Integers, Integers]) -> None:
        """Fourth-order central differences of the loss by numbers of every array."""
        before, after, rate = network(head), network(head), 1e-3
        after.step(*batch, rate, rate)
        hidden = before._forward(batch[0])[1]

        def loss(changed: NextWord, output: DenseOutput) -> float:
            return output.loss(changed._forward(batch[0])[1], batch[1], changed.head)

        random, h = np.random.default_rng(0), 1e-4
        assert hidden.shape == (40, 9)
        for name in ("embeddings", "weights", "biases", "output"):
            moved = after.output.weights if name == "output" else getattr(after, name)
            kept = before.output.weights if name == "output" else getattr(before, name)
            gradient = (kept - moved) / rate
            for place in random.choice(gradient.size, 8):
                values = []
                for step in (-2, -1, 1, 2):
                    changed, output = network(head), before.output.weights
                    array = output if name == "output" else getattr(changed, name)
                    array.ravel()[place] += step * h
                    values.append(loss(changed, DenseOutput(output)))
                numeric = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h)
                np.testing.assert_allclose(gradient.ravel()[place], numeric, rtol=1e-6, atol=1e-9)

    @pytest.mark.parametrize("head", ["spherical softmax", "Taylor softmax", "Z-loss"])
    def test_the_factored_layer_learns_what_the_dense_one_does(self, head: str, tiny: Text) -> None:
        training = corpus(tiny, 12, 2).training
        dense, factored = network(head, layer=DenseOutput), network(head)
        assert isinstance(factored.output, FactoredOutput)
        for start in range(0, 2_000, 40):
            some = slice(start, start + 40)
            losses = [
                each.step(training.contexts[some], training.targets[some], 0.5, 2.0)
                for each in (dense, factored)
            ]
            np.testing.assert_allclose(*losses, rtol=1e-9)
        for name in ("embeddings", "weights", "biases"):
            np.testing.assert_allclose(getattr(factored, name), getattr(dense, name), rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(factored.output.weights, dense.output.weights, rtol=1e-7, atol=1e-9)

    def test_the_best_words_are_those_of_the_largest_probabilities(self, tiny: Text) -> None:
        test = corpus(tiny, 12, 2).test
        for head in ("softmax", "spherical softmax", "Z-loss"):
            one = network(head)
            found = logits(one, test.contexts)
            ranks = found**2 if head == "spherical softmax" else found
            better = (ranks > np.take_along_axis(ranks, test.targets[:, None], 1)).sum(1)
            expected = [np.mean(better < k) for k in (1, 3, 12)]
            np.testing.assert_allclose(one.among_best(test, 1, 3, 12), expected)

    def test_a_head_without_probabilities_has_no_log_loss(self, tiny: Text) -> None:
        for head in ("Z-loss", "squared error", "sigmoid"):
            assert np.isnan(network(head).log_loss(corpus(tiny, 12, 2).test))

    def test_what_is_not_finite_is_said(self, batch: tuple[Integers, Integers]) -> None:
        one = network("softmax", dtype=np.float32)
        one.biases[:] = np.inf
        with pytest.raises(Diverged, match="an output of the hidden layer isn't finite"):
            one.step(*batch, 1.0, 1.0)


class TestModel:
    @pytest.mark.parametrize("head", ["softmax", "Taylor softmax"])
    def test_it_learns_more_than_counts_of_words(self, head: str) -> None:
        one = given(head=head, n_epochs=4, learning_rate=1.0, output_rate=1.0)
        found = one.corpus
        alone = unigram(found)[found.test.targets]
        for measured in one.run():
            assert np.exp(measured.log_loss) < 0.8 * perplexity(alone)
            assert measured.error < 1 - np.mean(found.test.targets == unigram(found).argmax())
            assert measured.top_10 >= 1 - measured.error
            assert not measured.diverged

    @pytest.mark.parametrize("head", ["softmax", "spherical softmax", "Z-loss"])
    def test_a_seed_has_the_same_numbers_alone_and_again(self, head: str) -> None:
        every = given(head=head).run()
        alone = given(head=head, first_seed=1, n_seeds=1).run()
        for measured, again in ((every[1], alone[0]), (every[0], given(head=head).run()[0])):
            for name in ("seed", "error", "top_10", "log_loss"):
                np.testing.assert_equal(getattr(measured, name), getattr(again, name))
        assert every[0].error != every[1].error

    def test_one_that_diverged_is_a_result(self) -> None:
        (measured,) = given(learning_rate=1e4, output_rate=1e6, n_seeds=1).run()
        assert measured.diverged
        assert np.isnan([measured.error, measured.top_10, measured.log_loss]).all()

    def test_its_link_gives_it_again(self) -> None:
        one = given(head="spherical softmax(epsilon=0.1)", vocabulary=13)
        assert LanguageModel.from_link(one.to_link()) == (one, ())
        assert LanguageModel().to_link() == {"text": "King James Bible"}

    def test_its_link_is_no_comparisons(self) -> None:
        with pytest.raises(ValueError, match="there is no setting 'text'"):
            comparison_of(configuration(LanguageModel()))

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"vocabulary": 1}, "vocabulary must be a whole number from 2 to 100000, got '1'"),
            ({"head": "softmux"}, "head must be one of softmax"),
            ({"text": "Ulysses"}, "text must be one of King James Bible, tiny; got 'Ulysses'"),
            ({"n_epochs": 0}, "epochs must be a whole number from 1 to 100"),
        ],
    )
    def test_bad_values_are_refused(self, changes: dict[str, object], sentence: str) -> None:
        with pytest.raises(ValueError, match=sentence):
            LanguageModel(**changes)

    def test_what_is_left_to_choose_is_not_trained(self) -> None:
        for changes in ({"n_epochs": None}, {"output_rate": None}, {"head_parameters": "own best"}):
            assert given(**changes).is_tuned
            with pytest.raises(ValueError, match="must be replaced by what tuning chose"):
                given(**changes).run()
        assert given().tune() is None


class TestTuning:
    def test_every_head_has_the_same_budget(self) -> None:
        for head in ("softmax", "spherical softmax", "Z-loss"):
            found = searched(head=head, n_settings=5).tune()
            assert found is not None
            shares = [trial.share for trial in found.trials]
            assert shares == [FIRST_SHARE] * 5 + [1.0] * FINALISTS
            assert [len(trial.losses) for trial in found.trials] == [1] * 5 + [2] * FINALISTS
            assert found.winner in found.trials[5:]
            assert found.winner.loss == min(trial.loss for trial in found.trials[5:])
            assert found.n_epochs == 1 + int(np.argmin(found.winner.losses))

    def test_what_is_given_stays(self) -> None:
        found = searched(head="softmax", learning_rate=0.7, n_epochs=1).tune()
        assert found is not None
        assert {trial.setting.learning_rate for trial in found.trials} == {0.7}
        assert len({trial.setting.output_rate for trial in found.trials}) > 1
        assert found.n_epochs == 1

    def test_parameters_are_tried_where_they_are_to_be_tuned(self) -> None:
        forms = {str(trial.setting.head) for trial in searched(n_settings=4).tune().trials}
        assert len(forms) > 1
        as_given = searched(head_parameters="as given").tune()
        assert {str(trial.setting.head) for trial in as_given.trials} == {"spherical softmax"}

    def test_test_words_choose_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        one = searched(head="Taylor softmax")
        before = one.tune()
        without = replace(one.corpus, test=Words(np.empty((0, 2), np.int32), np.empty(0, np.int32)))
        monkeypatch.setattr(model, "corpus", lambda *given: without)
        assert one.tune() == before

    def test_settings_that_diverge_lose(self) -> None:
        found = searched(head="softmax", learning_rate=1e4, output_rate=1e6).tune()
        assert found is not None
        assert all(trial.loss == np.inf for trial in found.trials)


def searched(**changes: object) -> LanguageModel:
    settings: dict[str, object] = {"head": "spherical softmax", "head_parameters": "own best"}
    settings |= {"learning_rate": None, "output_rate": None, "n_epochs": None}
    return given(**settings | {"n_settings": 3, "max_epochs": 2} | changes)


class TestBaselines:
    def test_the_bigram_is_that_of_a_loop(self, tiny: Text) -> None:
        found = corpus(tiny, 12, 2)
        alone, probabilities = unigram(found), bigram(found)
        np.testing.assert_allclose(alone.sum(), 1)
        following: dict[int, list[int]] = {}
        for context, target in zip(found.training.contexts, found.training.targets, strict=True):
            following.setdefault(int(context[-1]), []).append(int(target))
        for place in range(200):
            target, known = found.test.targets[place], following[int(found.test.contexts[place, -1])]
            n, new = len(known), len(set(known))
            expected = (known.count(int(target)) + new * alone[target]) / (n + new)
            np.testing.assert_allclose(probabilities[place], expected)
        assert perplexity(probabilities) < perplexity(alone[found.test.targets])

    def test_perplexity_of_equal_probabilities_is_their_number(self) -> None:
        assert perplexity(np.full(7, 1 / 50)) == pytest.approx(50)


@pytest.fixture
def series(monkeypatch: pytest.MonkeyPatch) -> Series:
    small = {"text": "tiny", "context": "2", "embedding": "4", "units": "8", "batch_size": "64"}
    found = Series(
        "words",
        "Does it come back?",
        (
            Sweep(
                small | {"settings": "4", "max_epochs": "2", "seeds": "2", "head_parameters": "own best"},
                {"head": ("softmax", "Z-loss"), "vocabulary": ("8", "12")},
                LanguageModel,
            ),
        ),
        seeds_at_a_time=1,
        varied=Varied("vocabulary", "words"),
        procedure=LanguageModels(),
    )
    monkeypatch.setitem(SERIES, "words", found)
    return found


class TestSeries:
    def test_it_has_the_heads_and_vocabularies_of_the_question(self) -> None:
        searches = SERIES["language"].comparisons()
        assert {(each.head.name, each.vocabulary) for each in searches} == {
            (head, vocabulary)
            for head in ("softmax", "spherical softmax", "Taylor softmax", "Z-loss")
            for vocabulary in (500, 2_000, 6_400, 12_800)
        }
        assert {each.n_seeds for each in searches} == {3}
        assert len({each.replace(head="softmax", vocabulary=500) for each in searches}) == 1

    def test_rows_are_what_was_chosen_and_come_back(self, series: Series, tmp_path: Path) -> None:
        rows, failed = Replication.of(series, tmp_path).run(n_jobs=1)
        assert not failed
        assert tuple(rows.columns) == LanguageModels.rows
        assert len(rows) == 2 * 2 * 2
        search = pd.read_csv(tmp_path / "words-search.csv")
        assert tuple(search.columns) == LanguageModels.search
        assert (search.groupby("configuration")["chosen"].sum() == 1).all()
        assert (search.groupby("configuration").size() == 4 + FINALISTS).all()
        chosen = search[search["chosen"]].set_index(["head", "vocabulary"])
        for row in rows.to_dict("records"):
            won = chosen.loc[(row["head"], row["vocabulary"])]
            for name in ("form", "learning_rate", "output_rate", "epochs"):
                assert row[name] == won[name]
            again = trained(series.procedure, "words", "", series.procedure.value(row["configuration"]))
            (measured,) = again.to_dict("records")
            for name in ("dataset", "head", "seed", "error", "top10", "log_loss", "perplexity", "form"):
                np.testing.assert_equal(measured[name], row[name])
        with_probabilities = rows["head"] != "Z-loss"
        np.testing.assert_array_equal(rows["log_loss"].notna(), with_probabilities)
        np.testing.assert_allclose(rows["perplexity"], np.exp(rows["log_loss"]))
        (read,) = found(tmp_path)
        assert read.heads == ("softmax", "Z-loss")
        said = replication_tables.searched(read, replication_tables.unlinked)
        assert set(said["Tried"]) == {"4 settings"}  # the finalists, which are tried again, count once
        differences = read.differences("log loss").set_index(["head", "setting"])
        assert set(differences.loc["softmax"].index) == {8, 12}
        assert differences.loc["Z-loss", "mean"].isna().all()
        assert read.differences("error")["mean"].notna().all()

    def test_the_command_goes_on_and_checks(
        self, series: Series, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        some = ["paper", "words", "--folder", str(tmp_path)]
        assert main([*some, "--heads", "Z-loss", "--jobs", "1", "--quiet"]) == 0
        printed = capsys.readouterr().out
        assert "words.csv has 4 networks." in printed
        assert "12 words, Z-loss: error" in printed
        before = (tmp_path / "words.csv").read_bytes()
        assert main([*some, "--heads", "Z-loss", "--jobs", "1", "--quiet"]) == 0
        assert (tmp_path / "words.csv").read_bytes() == before
        capsys.readouterr()
        assert main([*some, "--check", "60"]) == 0
        assert "4 networks of 4 (Z-loss), trained again" in (found := capsys.readouterr().out)
        assert "the same to the last bit" in " ".join(found.split())

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (
                ["--heads", "sigmoid"],
                "--heads must be one of softmax, spherical softmax, Taylor softmax, Z-loss;",
            ),
            (["--datasets", "iris"], "--datasets must be one of King James Bible; got 'iris'"),
        ],
    )
    def test_what_the_series_lacks_is_refused(
        self, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["paper", "language", *arguments]) == 2
        assert sentence in capsys.readouterr().err

    def test_a_vocabulary_that_the_text_lacks_is_said(self, series: Series, tmp_path: Path) -> None:
        too_many = replace(series, sweeps=(Sweep({"text": "tiny"}, {"vocabulary": ("99",)}, LanguageModel),))
        rows, failed = Replication.of(too_many, tmp_path).run(n_jobs=1)
        assert not len(rows)
        assert list(failed.values()) == [
            "vocabulary must be at most 21 of tiny, which has 20 different words; got 99"
        ]
