"""A table is understood: the class, the kinds of columns, what is left out and why."""

import hashlib
import itertools
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from alternatives.tables import (
    HOSTED,
    OWN_MACHINE,
    BadTable,
    Column,
    Decisions,
    Understood,
    read_table,
    understand,
)
from tests.suite import CONSTANT, MISSING, PUBLISHED, SUITE, as_table, excerpt, numbered, suite_table

needs_suite = pytest.mark.skipif(not SUITE.exists(), reason="the shelf of real data isn't here")

TABLES = [name for name in PUBLISHED if name not in ("fashion_mnist", "omniglot")]
HEADERS = ["Class", "LABEL", "y", "class_label", "Outcome", "Species", "Diagnosis", "type"]
IMAGES = ["fashion_mnist", "omniglot"]

NOTHING_TELLS_FIRST = [
    *("adult", "car", "german_credit", "heart_cleveland", "mushroom", "soybean"),
]
"""With the class first and no word for it, their last column is as much like a class as the first."""


def rows(n: int = 60, **columns: Any) -> pd.DataFrame:
    """A table with two features and a class; more columns come first, in the order given."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.normal(size=n), "b": random.normal(size=n), "target": n * ["x"]})
    frame.loc[::2, "target"] = "y"
    for place, (name, values) in enumerate(columns.items()):
        frame.insert(place, name, values)
    return frame


def understood(frame: pd.DataFrame, decisions: Decisions | None = None, **about: Any) -> Understood:
    return understand(as_table(frame, **about), decisions)


def column(found: Understood, name: str) -> Column:
    return next(each for each in found.columns if each.name == name)


def is_used(name: str, values: Any, n: int = 60) -> bool:
    return column(understood(rows(n, **{name: values})), name).is_used


@needs_suite
class TestSuite:
    """What is published about real tables."""

    @pytest.mark.parametrize("name", PUBLISHED)
    def test_counts_are_the_published_ones_and_only_constants_are_left_out(self, name: str) -> None:
        found = understand(read_table(next(SUITE.glob(f"{name}.*"))))
        samples, features, numbers, classes, smallest = PUBLISHED[name]
        assert (found.n_samples, found.n_features, found.n_classes) == (samples, features, classes)
        assert min(found.sizes.values()) == smallest
        assert sum(found.sizes.values()) == samples
        assert sum(each.kind == "number" for each in found.columns) == numbers
        assert sum(each.kind == "category" for each in found.columns) == features - numbers
        assert sum(each.n_missing for each in found.columns) == MISSING.get(name, 0)
        left_out = [each for each in found.columns if not each.is_used]
        assert len(left_out) == CONSTANT.get(name, 0)
        assert all(each.n_values == 1 and "same value" in each.why for each in left_out)
        assert not found.n_without_label
        n_rare = sum(found.sizes[each] for each in found.rare)
        assert len(found.features) == len(found.targets) == samples - n_rare
        assert found.class_names == tuple(each for each in found.sizes if each not in found.rare)

    @pytest.mark.parametrize("name", IMAGES)
    def test_classes_have_the_names_that_the_file_has(self, name: str) -> None:
        table = suite_table(name)
        found = understand(table)
        assert found.class_names == table.class_names
        np.testing.assert_array_equal(found.targets, table.frame["y"])

    @pytest.mark.parametrize(("name", "header"), [*zip(TABLES, itertools.cycle(HEADERS), strict=False)])
    def test_the_header_says_which_column_is_the_class(self, name: str, header: str) -> None:
        frame = excerpt(name).rename(columns={"target": header})
        for each in (frame, frame[[header, *frame.columns[:-1]]]):
            found = understood(each)
            assert found.target.name == header
            assert found.target_because == "its header says so"
            assert "because its header says so" in " ".join(found.notes)

    @pytest.mark.parametrize("name", TABLES)
    def test_the_class_is_found_last_without_a_header(self, name: str) -> None:
        frame = excerpt(name)
        table = as_table(frame.set_axis(numbered(frame.shape[1]), axis=1), has_header=False)
        if name == "abalone":  # its sex is a text, and its rings are numbers like all the rest
            assert understand(table).target.number == 1
            table = replace(table, target=table.frame.columns[-1])
        found = understand(table)
        assert found.target.number == frame.shape[1]
        counts = found.n_samples, found.n_features, found.n_classes
        assert counts == (len(frame), frame.shape[1] - 1, frame["target"].nunique())

    @pytest.mark.parametrize("name", TABLES)
    def test_the_class_is_found_first_without_a_header(self, name: str) -> None:
        frame = excerpt(name)
        frame = frame[["target", *frame.columns[:-1]]]
        table = as_table(frame.set_axis(numbered(frame.shape[1]), axis=1), has_header=False)
        found = understand(table, target=1 if name in NOTHING_TELLS_FIRST else None)
        assert found.target.number == 1
        counts = found.n_samples, found.n_features, found.n_classes
        assert counts == (len(frame), frame.shape[1] - 1, frame["target"].nunique())
        if name in NOTHING_TELLS_FIRST:
            assert found.target_because == "it was chosen"
            assert understand(table).target.number > 1

    @pytest.mark.parametrize("name", TABLES)
    def test_features_are_the_table_s_columns(self, name: str) -> None:
        table = suite_table(name)
        found = understand(table)
        kept = table.frame[
            ~table.frame["target"].map(lambda each: str(each).removesuffix(".0")).isin(found.rare)
        ]
        for each, values in found.features.items():
            if isinstance(values.dtype, pd.CategoricalDtype):
                categories = values.cat.categories.tolist()
                assert categories == sorted(categories) or not all(map(str.isalpha, categories))
                assert {*categories} == {*table.frame[each].dropna()}
                assert values.astype(object).where(values.notna(), None).tolist() == kept[each].tolist()
            else:
                np.testing.assert_array_equal(values, kept[each])


IDS: dict[str, Callable[[int, np.random.Generator], Any]] = {
    "from 0": lambda n, random: np.arange(n),
    "from 1": lambda n, random: np.arange(1, n + 1),
    "backwards": lambda n, random: np.arange(n, 0, -1),
    "shuffled": lambda n, random: random.permutation(n),
    "shuffled from 1": lambda n, random: 1 + random.permutation(n),
    "from 4001": lambda n, random: np.arange(4001, 4001 + n),
    "with gaps": lambda n, random: np.sort(random.choice(int(1.5 * n), n, replace=False)),
    "in tens": lambda n, random: 10 * np.arange(n),
    "as parts of 1": lambda n, random: np.arange(n) / n,
    "texts": lambda n, random: [f"id_{k:04d}" for k in range(n)],
    "shuffled texts": lambda n, random: [f"id_{k:04d}" for k in random.permutation(n)],
    "uuids": lambda n, random: [str(uuid.UUID(bytes=random.bytes(16))) for _ in range(n)],
    "hashes": lambda n, random: [hashlib.sha256(random.bytes(4)).hexdigest() for _ in range(n)],
}


class TestRowNumbers:
    """They can't be learnt."""

    @needs_suite
    @pytest.mark.parametrize("ids", IDS)
    @pytest.mark.parametrize(("name", "header"), [("sonar", ""), ("glass", "measured"), ("car", "x")])
    def test_row_numbers_are_left_out_whatever_their_name(self, name: str, ids: str, header: str) -> None:
        frame = suite_table(name).frame.sort_values("target", kind="stable").reset_index(drop=True)
        without = understood(frame)
        values = IDS[ids](len(frame), np.random.default_rng(1))
        for place in (0, 3):
            numbered = frame.copy()
            numbered.insert(place, header, values)
            found = understood(numbered)
            assert not column(found, header).is_used
            assert any(f"“{header}” is left out" in each for each in found.notes)
            assert found.n_features == without.n_features + 1
            pd.testing.assert_frame_equal(found.features, without.features)
            taken = understood(numbered, Decisions(taken=(place + 1,)))
            assert column(taken, header).is_used
            assert column(taken, header).why
            assert header in taken.features
            assert f"“{header}”" in " ".join(taken.notes)

    @needs_suite
    @pytest.mark.parametrize("ids", ["from 1", "with gaps"])
    def test_accuracy_does_not_profit_by_row_numbers(self, ids: str) -> None:
        from sklearn.model_selection import cross_val_score
        from sklearn.tree import DecisionTreeClassifier

        def accuracy(found: Understood) -> float:
            scores = cross_val_score(
                DecisionTreeClassifier(random_state=0), found.features, found.targets, cv=5
            )
            return float(np.mean(scores))

        frame = suite_table("sonar").frame.sort_values("target", kind="stable")
        numbered = frame.copy()
        numbered.insert(0, "number 7", IDS[ids](len(frame), np.random.default_rng(1)))
        assert accuracy(understood(numbered)) == accuracy(understood(frame))
        # It would: the column isn't left out for nothing.
        assert accuracy(understood(numbered, Decisions(taken=(1,)))) > accuracy(understood(frame)) + 0.1

    @pytest.mark.parametrize(
        "name",
        [
            "Id",
            "ID",
            "id",
            "index",
            "Index",
            "row",
            "Unnamed: 0",
            "",
            "PassengerId",
            "customer_id",
            "No.",
            "#",
        ],
    )
    def test_named_ids_are_left_out_in_any_order(self, name: str) -> None:
        random = np.random.default_rng(0)
        assert not is_used(name, random.choice(10**6, 60, replace=False))

    def test_an_unnamed_first_column_of_no_header_can_be_an_id(self) -> None:
        frame = rows(i=np.arange(60)).set_axis([f"column {k + 1}" for k in range(4)], axis=1)
        found = understood(frame, has_header=False)
        assert [each.is_used for each in found.columns] == [False, True, True]
        assert found.target.number == 4

    @pytest.mark.parametrize(
        ("place", "low", "is_id"), [(0, 60_000, True), (0, 0, False), (1, 60_000, False)]
    )
    def test_an_unnamed_first_column_of_large_different_numbers_is_an_id(
        self, place: int, low: int, is_id: bool
    ) -> None:
        ids = np.random.default_rng(0).choice(10**6 if low else 200, 60, replace=False) + low
        ids[-2:] = ids[0]
        frame = rows().iloc[:60]
        frame.insert(place, "i", ids.astype(float))
        frame = frame.set_axis([f"column {k + 1}" for k in range(frame.shape[1])], axis=1)
        found = understood(frame, has_header=False)
        assert found.columns[place].is_used != is_id

    def test_parties_stand_out_among_votes(self) -> None:
        random = np.random.default_rng(0)
        votes = {f"column {k + 2}": random.choice(["y", "n"], 60).astype(object) for k in range(6)}
        party = np.array(["democrat", "republican"], dtype=object)[np.arange(60) % 2]
        found = understood(pd.DataFrame({"column 1": party, **votes}), has_header=False)
        assert found.target.number == 1

    def test_ids_that_some_rows_share_are_left_out_and_groups_stay(self) -> None:
        assert not is_used("patient_id", np.arange(60) // 2)
        assert is_used("ward_id", np.arange(60) // 10)
        assert is_used("patients", np.arange(60) // 2)

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("time", np.sort(np.random.default_rng(0).integers(27, 126, 60))),  # sorted, with ties
            ("fnlwgt", 10**5 + np.random.default_rng(0).choice(10**6, 60, replace=False)),
            ("weight", np.random.default_rng(0).normal(size=60)),
            ("sorted", np.sort(np.random.default_rng(0).normal(size=60))),
            ("refractive index", np.random.default_rng(0).normal(size=60)),
            ("id_score", np.random.default_rng(0).integers(0, 100, 60)),
            ("level_1", np.tile(np.arange(30), 2)),
            ("Column 1", np.tile(np.arange(30), 2)),
            ("acid", np.random.default_rng(0).integers(0, 10**6, 60)),
            ("day", np.tile(np.arange(30), 2)),
            ("colour", [f"colour {k % 12}" for k in range(60)]),
            ("town", [f"t{k // 5}" for k in range(60)]),
        ],
    )
    def test_measurements_stay(self, name: str, values: Any) -> None:
        assert is_used(name, values)

    def test_a_measurement_that_could_be_an_id_is_used_and_said(self) -> None:
        found = understood(rows(fnlwgt=10**5 + np.random.default_rng(0).choice(10**6, 60, replace=False)))
        assert "another whole number" in column(found, "fnlwgt").why
        assert any("“fnlwgt”" in each for each in found.notes)

    def test_rows_without_a_class_are_no_gaps(self) -> None:
        frame = rows(90, i=[*range(1, 61), *30 * [np.nan]], gaps=[*30 * [1.5, np.nan], *30 * [2.5]])
        frame["town"] = [*60 * ["here"], *30 * ["there"]]
        frame.loc[60:, "target"] = None
        found = understood(frame)
        assert "numbers the rows" in column(found, "i").why
        assert (column(found, "gaps").n_missing, column(found, "gaps").n_values) == (30, 1)
        assert "same value" in column(found, "town").why

    @pytest.mark.parametrize("name", ["__index_level_0__", "Unnamed: 0.1", "Unnamed: 0.1.1", "level_0"])
    def test_an_index_that_pandas_kept_is_left_out(self, name: str) -> None:
        assert not is_used(name, np.random.default_rng(0).choice(1_000, 60, replace=False))

    @pytest.mark.parametrize("name", ["", "Unnamed: 0", "__index_level_0__", "column 1"])
    @pytest.mark.parametrize(
        "numbers",
        [np.random.default_rng(0).integers(0, 60, 60), np.tile(np.arange(30), 2), np.arange(60) // 2],
    )
    def test_repeated_numbers_without_a_name_are_left_out_and_said(self, name: str, numbers: Any) -> None:
        found = understood(rows(**{name: numbers}))
        assert any(f"“{name}” is left out: it has no name" in each for each in found.notes)
        taken = understood(rows(**{name: numbers}), Decisions(taken=(1,)))
        assert column(taken, name).is_used
        assert is_used(name, numbers % 10)
        assert is_used(name, numbers / 8)

    @pytest.mark.parametrize("step", [10**11, 1])  # the latter are rounded to the same few
    def test_ids_that_are_too_large_to_be_exact_are_ids(self, step: int) -> None:
        ids = (1_234_567_890_123_456_789 + step * np.arange(600) ** 2).astype(float)
        assert not is_used("tweet_id", ids, 600)
        if step > 1:
            found = column(understood(rows(600, tweet=ids)), "tweet")
            assert "if it is an id" in found.why
        assert not column(understood(rows(600, mass=ids * 1e9)), "mass").why


class TestClassColumn:
    """Which column is the class."""

    @pytest.mark.parametrize(
        ("names", "right"),
        [
            (["sex", "class", "age"], "class"),
            (["workclass", "age", "income"], "income"),
            (["num_labels", "age", "bought"], "bought"),
            (["x", "y", "colour"], "colour"),
            (["x", "z", "y"], "y"),
            (["type", "age", "bought"], "type"),
            (["age", "type", "bought"], "bought"),
            (["class", "label", "target"], "target"),
            (["label", "age", "class"], "class"),
            (["Survived", "Pclass", "Embarked"], "Survived"),
            (["age", "Species", "where"], "Species"),
            (["age", "true_label", "where"], "true_label"),
            (["checking_status", "age", "good"], "good"),
            (["class_size", "age", "passed"], "passed"),
            (["age", "class_size", "passed"], "passed"),
        ],
    )
    def test_of_headers(self, names: list[str], right: str) -> None:
        random = np.random.default_rng(0)
        frame = pd.DataFrame({name: random.integers(0, 3, 60) for name in names})
        if right == "passed":
            frame["class_size"] = random.normal(20, 3, 60)
        assert understood(frame).target.name == right

    def test_a_choice_counts_before_all_else(self) -> None:
        frame = rows(c=np.arange(60) % 3).assign(d=np.arange(60) % 4)
        table = as_table(frame, target="target")
        assert understand(table).target.name == "target"
        assert understand(table, Decisions(target=1)).target.name == "c"
        for target in ("d", 5, "5", "D", " d "):
            found = understand(table, Decisions(target=1), target=target)
            assert found.target.name == "d"
            assert found.decisions == Decisions(target=5)
        assert understand(table, target="").target.name == "target"

    def test_a_name_that_is_a_number_is_a_name(self) -> None:
        frame = rows().rename(columns={"target": "1"})
        assert understand(as_table(frame), target="1").target.number == 3
        assert understand(as_table(frame.assign(other=np.arange(60) % 3)), target=4).target.name == "other"

    @pytest.mark.parametrize("target", [0, 4, -1, "e", "-1", "٣", "<script>", 10**30])
    def test_no_column(self, target: Any) -> None:
        with pytest.raises(
            BadTable, match=r"^The table has no column .* from 1 to 3, or by its name: “a”, “b” or"
        ):
            understand(as_table(rows()), target=target)

    def test_ids_first_and_the_class_second_without_a_header(self) -> None:
        """As in wdbc.data."""
        random = np.random.default_rng(0)
        frame = pd.DataFrame(
            {"column 1": random.choice(10**7, 60, replace=False), "column 2": 30 * ["M", "B"]}
        )
        frame = frame.assign(**{f"column {k}": random.normal(size=60) for k in range(3, 9)})
        found = understood(frame, has_header=False)
        assert (found.target.number, found.target_because) == (
            2,
            "it is the first column that could be it, and the last one is more like a feature",
        )

    def test_row_numbers_at_the_end_are_no_class(self) -> None:
        frame = rows().assign(number=np.arange(60)).rename(columns={"target": "kind of"})
        assert understood(frame).target_because == "it is the last column that could be it"

    def test_nothing_says_which(self) -> None:
        random = np.random.default_rng(0)
        frame = pd.DataFrame(
            {"a": random.normal(size=60), "b": 30 * [1, 2], "c": 20 * [1, 2, 3], "d": random.normal(size=60)}
        )
        with pytest.raises(BadTable, match=r"^Nothing says which column is the class.* “b” or “c”\.$"):
            understood(frame)

    @pytest.mark.parametrize(
        "values",
        [
            np.random.default_rng(0).normal(size=1_000),
            np.random.default_rng(0).integers(25, 347, 1_000),  # diabetes
            np.random.default_rng(0).geometric(0.005, 1_000),  # counts of bicycles
            np.random.default_rng(0).choice([1.5, 2.0], 1_000),
        ],
        ids=["prices", "whole numbers", "counts", "halves"],
    )
    @pytest.mark.parametrize("chosen", [True, False])
    def test_a_quantity_is_refused_in_words(self, values: NDArray[Any], chosen: bool) -> None:
        frame = rows(1_000).assign(target=values)
        with pytest.raises(BadTable) as refused:
            understood(frame, Decisions(target=3) if chosen else None)
        text = str(refused.value)
        assert text.startswith("Column 3, “target”, can't be the class: it has ")
        assert "(regression)" in text
        assert text.endswith(
            "Choose another column as the class, by its name or number, or say that column 3 is a category."
        )

    @pytest.mark.parametrize("n_values", [2, 20, 28, 100])
    def test_grades_are_classes(self, n_values: int) -> None:
        values = 3 + np.arange(2_000) % n_values
        values[values == 4] = 500  # a gap
        assert understood(rows(2_000).assign(target=values)).n_classes == n_values

    def test_codes_may_be_many(self) -> None:
        codes = np.arange(2_500) % 250
        assert understood(rows(2_500).assign(target=codes)).n_classes == 250
        with pytest.raises(BadTable, match="regression"):
            understood(rows(2_500).assign(target=3 * codes))
        with pytest.raises(BadTable, match="250 different values, and at most 100 classes are allowed"):
            understand(as_table(rows(2_500).assign(target=codes)), bounds=HOSTED)

    def test_a_quantity_is_a_class_if_one_says_so(self) -> None:
        frame = rows(1_000).assign(target=np.tile([10.5, 2.25, -1, 100], 250))
        found = understood(frame, Decisions(kinds={3: "category"}))
        assert found.class_names == ("-1", "2.25", "10.5", "100")
        assert found.targets[:4].tolist() == [2, 1, 0, 3]

    def test_texts_that_hardly_come_again_are_no_class(self) -> None:
        with pytest.raises(BadTable, match="60 different values in 60 rows"):
            understood(rows().assign(target=[f"n{k}" for k in range(60)]), Decisions(target=3))

    def test_a_class_with_one_value(self) -> None:
        with pytest.raises(BadTable, match="one value only"):
            understood(rows().assign(target="x"))
        with pytest.raises(BadTable, match="is empty"):
            understood(rows().assign(target=np.nan))

    def test_too_little(self) -> None:
        with pytest.raises(BadTable, match=r"^A table needs at least two columns"):
            understood(rows()[["target"]])
        with pytest.raises(BadTable, match="no rows"):
            understood(rows().iloc[:0])


class TestClasses:
    """Their names, order and sizes."""

    @pytest.mark.parametrize(
        ("values", "names"),
        [
            ([10, 9, 1], ("1", "9", "10")),
            ([0.0, -0.0, 1.0], ("0", "1")),
            (["10", "9", "1.0"], ("1", "9", "10")),
            (["1", "1.0", "b"], ("1", "b")),
            (["b", "a", "10", "9"], ("9", "10", "a", "b")),
            ([True, False], ("False", "True")),
            (["007", "7"], ("007", "7")),
            (["α", "<b>", "$x$"], ("$x$", "<b>", "α")),
            (["a\nb", "a b"], ("a b", "a b (2)")),
            ([80 * "a" + "1", 80 * "a" + "2"], (59 * "a" + "…", 55 * "a" + "… (2)")),
            (["x\u202ey", "\u0007"], ("(blank)", "x y")),
        ],
    )
    def test_names(self, values: list[Any], names: tuple[str, ...]) -> None:
        column = pd.Series(values * 60)
        n = len(column)
        found = understood(rows(n).assign(target=column))
        assert found.class_names == tuple(found.sizes) == names
        assert sum(found.sizes.values()) == n
        if len(names) == len(values):
            of_first = [found.class_names[k] for k in found.targets[: len(values)]]
            assert len({*of_first}) == len(values)

    def test_rows_without_a_class_are_left_out_and_counted(self) -> None:
        frame = rows()
        frame.loc[3:5, "target"] = None
        found = understood(frame)
        assert (found.n_samples, found.n_without_label, len(found.features)) == (57, 3, 57)
        assert "3 rows have no class and are left out." in found.notes
        assert found.features["a"].tolist() == frame["a"].drop([3, 4, 5]).tolist()

    def _with_rare(self, *sizes: int) -> pd.DataFrame:
        values = [name for k, size in enumerate(sizes) for name in size * [f"rare{k}"]]
        frame = rows(60 + len(values))
        frame["target"] = [*(60 * ["x"]), *values]
        frame.loc[:29, "target"] = "y"
        return frame

    def test_rare_classes_are_left_out(self) -> None:
        found = understood(self._with_rare(4, 1, 5))
        assert found.rare == ("rare0", "rare1")
        assert (found.n_samples, found.n_classes) == (70, 5)
        assert found.class_names == ("rare2", "x", "y")
        assert len(found.targets) == len(found.features) == 65
        assert (
            "2 classes have fewer than 5 samples: “rare0” (4) and “rare1” (1). They are left out."
            in found.notes
        )

    def test_rare_classes_are_put_together(self) -> None:
        frame = self._with_rare(4, 1, 5).replace({"target": {"rare2": "other"}})
        found = understood(frame, Decisions(rare="together"))
        assert found.class_names == ("other", "x", "y", "other (2)")
        assert np.bincount(found.targets).tolist() == [5, 30, 30, 5]
        assert (found.n_samples, found.n_classes) == (70, 5)
        assert any("put together as the class “other (2)”" in each for each in found.notes)

    def test_rare_classes_that_are_few_even_together(self) -> None:
        found = understood(self._with_rare(2, 1), Decisions(rare="together"))
        assert found.class_names == ("x", "y")
        assert any(
            "Even together they are fewer than 5, so they are left out" in each for each in found.notes
        )

    def test_fewer_than_two_classes_are_left(self) -> None:
        frame = rows().assign(target=[*(57 * ["x"]), "y", "y", "z"])
        with pytest.raises(BadTable, match=r"has one such class: “x” \(57\), “y” \(2\) and “z” \(1\)\.$"):
            understood(frame)


class TestKinds:
    """Numbers, categories, dates and texts."""

    @pytest.mark.parametrize(
        ("texts", "days"),
        [
            (["1970-01-02", "2024-02-29"], [1, 19782]),
            (["1970-01-01T12:00:00", "1970-01-02"], [0.5, 1]),
            (["1970-01-01 06:00", "1970-01-02 00:00"], [0.25, 1]),
            (["1970-01-01T00:00:00+02:00", "1970-01-01T00:00:00Z"], [-1 / 12, 0]),
            (["1.2.1970", "13.1.1970"], [31, 12]),
            (["1/2/1970", "13/1/1970"], [31, 12]),
            (["1/2/1970", "1/13/1970"], [1, 12]),
            (["1/2/1970 6:00", "1/13/1970"], [1.25, 12]),
            (["1970/1/2", "1970/02/01"], [1, 31]),
            (["2 Jan 1970", "1 Feb 1970"], [1, 31]),
            (["2-Jan-1970", "1-Feb-1970"], [1, 31]),
            (["January 2, 1970", "May 1, 1970"], [1, 120]),
            (["2 January 1970", "1 February 1970"], [1, 31]),
            (["1600-01-01", "9999-12-31"], [-135140, 2932896]),
        ],
    )
    def test_dates(self, texts: list[str], days: list[float]) -> None:
        found = understood(rows(when=[*texts, None] * 20))
        assert column(found, "when").kind == "date"
        assert column(found, "when").n_missing == 20
        np.testing.assert_allclose(found.features["when"][:3], [*days, np.nan], atol=1e-9)

    @pytest.mark.parametrize(
        "texts",
        [
            ["1/2/1970", "3/4/1970"],  # the second of January or the first of February
            ["13/1/1970", "1/13/1970"],
            ["2024-02-30", "2024-02-29"],
            ["2024-02-29", "soon"],
            ["90-100", "lt-80"],
            ["1.2.3", "1.2.4"],
            ["october", "may"],
            ["2024-02-29", "29.2.2024"],
        ],
    )
    def test_no_dates(self, texts: list[str]) -> None:
        assert column(understood(rows(when=texts * 30)), "when").kind == "category"

    def test_ambiguous_dates_are_dates_if_one_says_so(self) -> None:
        frame = rows(when=["1/2/1970", "3/4/1970", "3/4/1970"] * 20)
        assert "day first" in column(understood(frame), "when").why
        found = understood(frame, Decisions(kinds={1: "date"}))
        assert found.features["when"][:2].tolist() == [31, 92]
        assert any("“when”" in each and "day first" in each for each in found.notes)

    def test_numbers_that_are_dates(self) -> None:
        found = understood(rows(when=[19700102, 19700201] * 30), Decisions(kinds={1: "date"}))
        assert found.features["when"][:2].tolist() == [1, 31]
        with pytest.raises(BadTable, match=r"^Column 2, “a”, can't be read as dates\."):
            understood(rows(when=1), Decisions(kinds={2: "date"}))
        with pytest.raises(BadTable, match=r"^Column 3, “target”, can't be read as dates\."):
            understood(rows(), Decisions(kinds={3: "date"}))

    def test_codes_are_categories_if_one_says_so(self) -> None:
        frame = rows(code=[10, 9, np.nan] * 20, share=[0.5, -0.25, 0.5] * 20)
        assert column(understood(frame), "code").kind == "number"
        found = understood(frame, Decisions(kinds={1: "category", 2: "category"}))
        assert found.features["code"].cat.categories.tolist() == ["9", "10"]
        assert found.features["code"].cat.codes[:3].tolist() == [1, 0, -1]
        assert found.features["share"].cat.categories.tolist() == ["-0.25", "0.5"]
        assert column(found, "code").n_missing == 20

    def test_texts_are_numbers_if_one_says_so(self) -> None:
        frame = rows(size=["1", "2.5", "large", "-1e3"] * 15)
        assert column(understood(frame), "size").kind == "category"
        found = understood(frame, Decisions(kinds={1: "number"}))
        np.testing.assert_array_equal(found.features["size"][:4], [1, 2.5, np.nan, -1000])
        assert column(found, "size").why == "15 texts that are no numbers are counted as missing"
        with pytest.raises(BadTable, match=r"^Column 1, “size”, can't be read as numbers"):
            understood(rows(size=30 * ["1_0", "٣"]), Decisions(kinds={1: "number"}))

    @pytest.mark.parametrize(
        ("texts", "numbers"),
        [
            (["1,5", "-2,25", "k.A."], [1.5, -2.25]),
            (["1.234,5", "7", "k.A."], [1234.5, 7]),
            (["12 %", "3%", "k.A."], [12, 3]),
            (["1,234", "999", "k.A."], [1234, 999]),
            (["$1,234", "$5", "k.A."], [1234, 5]),
            (["1e3", "-.5", "k.A."], [1000, -0.5]),
        ],
    )
    def test_numbers_beside_missing_texts_are_read_as_any(
        self, texts: list[str], numbers: list[float]
    ) -> None:
        frame = rows(size=texts * 20)
        for decisions in (Decisions(missing=("k.A.",)), Decisions(kinds={1: "number"})):
            found = understood(frame, decisions)
            np.testing.assert_array_equal(found.features["size"][:3], [*numbers, np.nan])
            assert column(found, "size").n_missing == 20

    @pytest.mark.parametrize("text", ["-9,5", "-9.5", "-9.50", "-9,5 %"])
    def test_a_number_that_means_missing_is_written_in_any_way(self, text: str) -> None:
        found = understood(rows(size=[-9.5, 1.0, 2.0] * 20), Decisions(missing=(text,)))
        assert column(found, "size").n_missing == 20

    def test_codes_beside_missing_texts_stay_codes(self) -> None:
        frame = rows(code=["01234", "90210", "k.A."] * 20)
        found = understood(frame, Decisions(missing=("k.A.",)))
        assert found.features["code"].cat.categories.tolist() == ["01234", "90210"]
        found = understood(frame, Decisions(kinds={1: "number"}))
        np.testing.assert_array_equal(found.features["code"][:2], [1234, 90210])

    def test_free_text_is_left_out(self) -> None:
        phrases = [f"the {k % 41} birds sang {k % 37} songs" for k in range(90)]
        found = understood(rows(90, note=phrases))
        assert (column(found, "note").kind, column(found, "note").is_used) == ("text", False)
        taken = understood(rows(90, note=phrases), Decisions(taken=(1,)))
        assert column(taken, "note").kind == "category"
        assert taken.features["note"].astype(object).tolist() == phrases

    def test_many_categories_are_categories_if_they_come_again(self) -> None:
        towns = [f"town {k % 140}" for k in range(300)]
        found = understood(rows(300, town=towns))
        assert column(found, "town").kind == "category"
        assert column(found, "town").n_values == 140

    def test_a_bound_on_categories(self) -> None:
        towns = [f"t{min(k, 250) // 2}" for k in range(300)]
        found = understand(as_table(rows(300, town=towns)), bounds=HOSTED)
        values = found.features["town"]
        assert len(values.cat.categories) == 100
        assert values.value_counts()["other"] == 2 * 27  # 126 towns, of which 99 are kept
        assert values.value_counts()["t125"] == 50
        assert "27 rarest count as one" in column(found, "town").why

    def test_bounds_only_refuse(self) -> None:
        towns = [f"t{min(k, 250) // 2}" for k in range(300)]
        table = as_table(rows(300, town=towns))
        pd.testing.assert_frame_equal(
            understand(table, bounds=HOSTED).features, understand(table, bounds=OWN_MACHINE).features
        )
        few = replace(HOSTED, classes=2)
        last = as_table(rows(300).assign(target=30 * [*range(10)]).rename(columns={"target": "last"}))
        last.frame.insert(1, "middle", 100 * ["x", "y", "z"])
        named = as_table(rows(300, kind=150 * ["x", "y"]).assign(target=30 * [*range(10)]))
        for table in (last, named):
            assert understand(table, bounds=HOSTED).target.number == table.frame.shape[1]
            with pytest.raises(BadTable, match="10 different values, and at most 2 classes are allowed"):
                understand(table, bounds=few)

    def test_missing_texts_are_told(self) -> None:
        frame = rows(
            size=[1, -9, 2] * 20, colour=["red", "-9", "unknown"] * 20, weight=["1", "unknown", "2.5"] * 20
        )
        assert column(understood(frame), "size").n_missing == 0
        found = understood(frame, Decisions(missing=("-9", "unknown")))
        assert [each.n_missing for each in found.columns[:3]] == [20, 40, 20]
        assert [each.kind for each in found.columns[:3]] == ["number", "category", "number"]
        np.testing.assert_array_equal(found.features["size"][:3], [1, np.nan, 2])
        np.testing.assert_array_equal(found.features["weight"][:3], [1, np.nan, 2.5])
        assert found.features["colour"].cat.categories.tolist() == ["red"]
        assert "80 values are missing: 40 in “colour”, 20 in “size” and 20 in “weight”." in found.notes

    def test_missing_texts_count_for_the_class_too(self) -> None:
        frame = rows().assign(target=20 * [0, 1, -9])
        assert understood(frame).n_classes == 3
        found = understood(frame, Decisions(missing=("-9.0",)))
        assert (found.n_classes, found.n_without_label) == (2, 20)

    def test_numbers_beyond_reason_are_missing(self) -> None:
        found = understood(rows(size=[1.0, np.inf, 1e300] * 20))
        assert column(found, "size").n_missing == 40
        assert "larger than 10³⁰" in column(found, "size").why


class TestLeftOut:
    """Constants, empty columns, and columns that give the class away."""

    def test_constant_and_empty_columns(self) -> None:
        found = understood(rows(c=1, d="x", e=np.nan, f=None, g=30 * [1, np.nan], h=30 * ["x", None]))
        assert [each.name for each in found.columns if each.is_used] == ["g", "h", "a", "b"]
        assert found.n_features == 8
        assert any(
            each.startswith("2 columns are left out, “c” and “d”, each because") for each in found.notes
        )

    @pytest.mark.parametrize("values", [["no", "yes"], [0, 1], [2.5, 1.5]])
    def test_the_class_again(self, values: list[Any]) -> None:
        found = understood(rows(copy=30 * values))
        assert not column(found, "copy").is_used
        assert any("“copy” is left out: it gives the class away" in each for each in found.notes)
        taken = understood(rows(copy=30 * values), Decisions(taken=(1,)))
        assert column(taken, "copy").is_used
        assert "gives the class away" in column(taken, "copy").why

    def test_nearly_the_class_stays(self) -> None:
        assert is_used("copy", [*(29 * ["no", "yes"]), "yes", "yes"])
        assert is_used("copy", [*(29 * ["no", "yes"]), "no", "maybe"])
        assert is_used("copy", np.random.default_rng(0).normal(size=60))

    def test_a_copy_with_gaps_and_rows_without_a_class(self) -> None:
        frame = rows(copy=30 * ["no", "yes"])
        frame.loc[0, "copy"] = None
        frame.loc[1, ["copy", "target"]] = ["unknown", None]
        assert not column(understood(frame), "copy").is_used

    def test_decisions_count(self) -> None:
        found = understood(rows(), Decisions(out=(2,)))
        assert [(each.is_used, each.why) for each in found.columns] == [
            (True, ""),
            (False, "you left it out"),
        ]
        assert list(found.features) == ["a"]
        assert understood(rows(), Decisions(out=(3,))).target.name == "target"  # the class is no feature

    @pytest.mark.parametrize("decisions", [{"out": (9,)}, {"taken": (4,)}, {"kinds": {4: "number"}}])
    def test_a_decision_about_no_column(self, decisions: dict[str, Any]) -> None:
        with pytest.raises(BadTable, match=r"^The table has no column \d: its columns are 1 to 3\.$"):
            understood(rows(), Decisions(**decisions))
        with pytest.raises(BadTable, match=r"^The table has no column '?7"):
            understood(rows(), Decisions(target=7))

    def test_no_feature_is_left(self) -> None:
        with pytest.raises(BadTable, match=r"^No column is left to learn from: “a”, for example, because"):
            understood(rows(), Decisions(out=(1, 2)))


HOSTILE = ["<script>a</script>", "$\\input{x}$", "=cmd()", "**bold**", "[a](javascript:b)", "{0}", "%s"]


class TestReport:
    """Sentences."""

    def test_hostile_names_and_texts_are_only_quoted(self) -> None:
        frame = rows(**{name: [f"{name}{k % 3}" for k in range(60)] for name in HOSTILE})
        frame["target"] = [HOSTILE[k % 4] for k in range(60)]
        frame.loc[:2, "target"] = HOSTILE[4]
        found = understood(frame, Decisions(out=(1, 2, 3)))
        assert found.class_names == tuple(sorted(HOSTILE[:4]))
        for each in found.notes:
            outside = re.sub("“[^”]*”", "", each)
            assert not any(name in outside for name in HOSTILE)
            assert re.search(r"[.!?]$", each)
        with pytest.raises(BadTable) as refused:
            understand(as_table(frame), target=300 * "<b>")
        assert len(str(refused.value)) < 500

    def test_it_says_how_the_table_was_read_first(self) -> None:
        found = understood(rows(), notes=("Its cells are separated by semicolons.",))
        assert found.notes == (
            "Its cells are separated by semicolons.",
            "The table has 60 rows and 3 columns.",
            "The class is the column “target”, because its header says so: 2 classes with 30 samples each.",
            "2 features, all numbers.",
            "No value of a feature is missing.",
        )

    def test_one_column_with_gaps_is_said_once(self) -> None:
        assert "20 values are missing, all in “c”." in understood(rows(c=20 * [1, 2.5, np.nan])).notes
        assert "One value is missing, in “c”." in understood(rows(c=[*59 * [1.5], np.nan])).notes

    def test_no_class_is_large_enough(self) -> None:
        frame = rows(12).assign(target=[f"k{k % 4}" for k in range(12)])
        with pytest.raises(BadTable, match="has no such class: “k0” "):
            understood(frame)

    def test_thousands_have_commas(self) -> None:
        notes = " ".join(understood(rows(12_000, c=[*(6_000 * [np.nan, 1])])).notes)
        assert "12,000 rows" in notes
        assert "6,000 values are missing" in notes

    def test_the_table_is_left_as_it_is(self) -> None:
        table = as_table(rows(size=["1", "?", "2"] * 20))
        before = table.frame.copy()
        understand(table, Decisions(missing=("?",), kinds={2: "category"}, out=(3,)), bounds=OWN_MACHINE)
        pd.testing.assert_frame_equal(table.frame, before)


def random_column(random: np.random.Generator, n: int) -> Any:
    texts = [
        "a",
        "b",
        " ",
        "\x00",
        "1",
        "1.0",
        "<b>",
        "2020-01-32",
        "1/2/2020",
        "31/12/9999 99:99",
        9_999 * "z",
    ]
    numbers = [np.nan, np.inf, -0.0, 5e-324, 1e300, 2.0**60, 1.0, 2.0, 1e9 + 0.5]
    kind = random.integers(0, 6)
    if kind == 0:
        return random.normal(size=n)
    if kind == 1:
        return random.permutation(n).astype(float)
    if kind < 4:
        some = random.choice(numbers, random.integers(1, 5))
        return random.choice(some, n)
    some = random.choice([*texts, ""], random.integers(1, 5))
    return [str(each) or None for each in random.choice(some, n)]


def test_any_table_is_understood_or_refused_in_a_sentence() -> None:
    random = np.random.default_rng(0)
    names = np.array(["id", "target", "class", "y", "x", "", "type", "é<"])
    n_understood = 0
    for k in range(500):
        n = int(random.choice([1, 12, 40, 60]))
        columns = {name: random_column(random, n) for name in random.choice(names, 5, replace=False)}
        kind = str(random.choice(["number", "category", "date"]))
        kinds = {} if k % 3 else {int(random.integers(1, 6)): kind}
        taken = (int(random.integers(1, 6)),) if k % 2 else ()
        decisions = Decisions(taken=taken, kinds=kinds, rare=["out", "together"][k % 2], missing=("a", "1"))
        if k % 4 == 0:
            decisions = Decisions(target=int(random.integers(1, 6)))
        table = as_table(pd.DataFrame(columns), has_header=bool(k % 5), class_names=("a", "a", "\x00"))
        try:
            found = understand(table, decisions)
        except BadTable as error:
            refusal = str(error)
            assert re.fullmatch(r"[A-Z“].*\.", refusal), refusal
            continue
        n_understood += 1
        assert len(found.features) == len(found.targets) <= found.n_samples <= n
        assert np.bincount(found.targets).min() >= 5
        assert {*found.targets} == {*range(len(found.class_names))}
        assert len({*found.class_names}) == len(found.class_names) >= 2
        assert all(name.isprintable() and len(name) <= 60 for name in found.class_names)
        assert list(found.features) == [each.name for each in found.columns if each.is_used]
        pd.testing.assert_frame_equal(understand(table, found.decisions).features, found.features)
    assert 50 < n_understood < 450
