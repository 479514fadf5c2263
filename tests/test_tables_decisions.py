"""Decisions about a table have one short text, and no other text is one."""

import pickle
import re

import numpy as np
import pytest

from alternatives.tables import Decisions

EXAMPLES = {
    "": Decisions(),
    "t5": Decisions(target=5),
    "o1.4-9": Decisions(out=(9, 8, 1, 4, 5, 6, 7)),
    "o1-2": Decisions(out=(1, 2)),
    "u2_k3c": Decisions(taken=(2,), kinds={3: "category"}),
    "k1-3c.4-5d.7n.9n": Decisions(
        kinds={1: "category", 2: "category", 3: "category", 4: "date", 5: "date", 7: "number", 9: "number"}
    ),
    "rt": Decisions(rare="together"),
    "m-9.unknown": Decisions(missing=("unknown", "-9")),
    "m~2e": Decisions(missing=(".",)),
    "m-9~2e5.~5f~3a~7e~20a.~e2~82~ac": Decisions(missing=("-9.5", "_:~ a", "€")),
    "t5_o1.4-9_u2_k3c_rt_m-9": Decisions(5, (1, *range(4, 10)), (2,), {3: "category"}, "together", ("-9",)),
}


@pytest.mark.parametrize(("text", "decisions"), EXAMPLES.items(), ids=EXAMPLES)
def test_round_trip(text: str, decisions: Decisions) -> None:
    assert decisions.text() == text
    assert Decisions.parse(text) == decisions
    assert hash(Decisions.parse(text)) == hash(decisions)
    assert pickle.loads(pickle.dumps(decisions)) == decisions
    assert re.fullmatch(r"[A-Za-z0-9.+\-_:~]*", text)
    assert bool(decisions) == bool(text)


def random_decisions(random: np.random.Generator) -> Decisions:
    columns = random.permutation(40) + 1
    ends = np.sort(random.integers(0, 40, 3))
    characters = "az09-+._~: €\"'<>\\%漢é"
    return Decisions(
        target=random.choice([None, 1, 7, 5_000]),
        out=tuple(columns[: ends[0]]),
        taken=tuple(columns[ends[0] : ends[1]]),
        kinds={k: str(random.choice(["number", "category", "date"])) for k in columns[ends[1] : ends[2]]},
        rare=str(random.choice(["out", "together"])),
        missing=tuple(
            f"x{''.join(random.choice([*characters], random.integers(0, 9)))}x"
            for _ in range(random.integers(0, 4))
        ),
    )


def test_round_trip_of_random_decisions() -> None:
    random = np.random.default_rng(0)
    texts = set()
    for _ in range(1_000):
        decisions = random_decisions(random)
        text = decisions.text()
        assert re.fullmatch(r"[A-Za-z0-9.+\-_:~]*", text)
        assert Decisions.parse(text) == decisions
        texts.add(text)
    assert len(texts) > 950


def test_all_columns_of_the_widest_table_are_a_short_text() -> None:
    every = Decisions(out=tuple(range(1, 5_001)))
    assert every.text() == "o1-5000"
    other = Decisions(kinds={k: ["number", "category"][k % 2] for k in range(1, 5_001)})
    assert Decisions.parse(other.text()) == other


def test_order_and_types_do_not_matter() -> None:
    same = [
        Decisions(target=3, out=(2, 1), missing=("a", "b")),
        Decisions(target=np.int64(3), out=[1, 2, 2], missing=["b", "a", " a "]),  # type: ignore[arg-type]
        Decisions(target=3.0, out=np.array([2.0, 1.0]), missing={"a": 1, "b": 2}),  # type: ignore[arg-type]
    ]
    assert len({*same}) == len({repr(each) for each in same}) == 1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"target": 0}, "Columns are numbered from 1 to 100,000, got '0'."),
        ({"target": "x"}, "Columns are numbered from 1 to 100,000, got 'x'."),
        ({"out": (1.5,)}, "Columns are numbered from 1 to 100,000, got '1.5'."),
        ({"taken": (float("nan"),)}, "Columns are numbered from 1 to 100,000, got 'nan'."),
        ({"taken": (10**30,)}, f"Columns are numbered from 1 to 100,000, got '{10**30}'."),
        ({"out": (1, 2), "taken": (2,)}, "Column 2 can't be left out and used."),
        ({"kinds": {1: "text"}}, "A column's kind is number, category or date, not 'text'."),
        ({"rare": "maybe"}, "Rare classes are put out or together, not 'maybe'."),
        (
            {"missing": ("",)},
            "A text that means a missing value has from 1 to 40 printable characters, got ''.",
        ),
        ({"missing": ("a\nb",)}, "A text that means a missing value has from 1 to 40 printable characters, "),
        ({"missing": tuple(map(str, range(21)))}, "At most 20 texts can mean a missing value, got 21."),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        Decisions(**given)  # type: ignore[arg-type]


BAD = re.split(
    " +",
    "x t t0 t05 t1.2 t1c T5 t٣ t-1 t1_t2 t1_ _t1 __ o o2.1 o1.1 o1.2 o1-1 o3-1 o1-3.3 o1-999999999 "
    "o100001 o1c k1 k1x k1cc k1c.2c r ro rtogether m m~ m~4 m~zz m~FF m~ff m~61 m~0a m~20a m.a "
    "ma.a mb.a rt_t5 o1_u1 o1,2 <script> ${jndi} a=b",
)
LONG = ["t" + 10_000 * "9", "o" + 50_000 * "1.", "_" * 90_000, 200_000 * "a", "m" + 41 * "a"]
BAD += [*LONG, "t5 ", " t5", "t5\n", " ", "\x00", "m" + ".".join(f"{k:02d}" for k in range(21))]


@pytest.mark.parametrize("text", BAD, ids=[repr(each[:20]) for each in BAD])
def test_other_texts_are_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].*[.…']$") as refused:
        Decisions.parse(text)
    assert len(str(refused.value)) < 250


def test_ten_thousand_hostile_texts() -> None:
    random = np.random.default_rng(0)
    alphabet = [*"toukrm0123456789..--__~~abcdefnct:+ \n\x00<>$€٣", "\ud800", "~e2", "_o", "_k", "_m"]
    n_read = 0
    refused = []
    for k in range(10_000):
        if k % 2:
            text = "".join(random.choice(alphabet, random.integers(0, 12)))
        else:  # a good one with a mistake
            text = random_decisions(random).text()
            place = random.integers(0, len(text) + 1)
            text = text[:place] + str(random.choice(alphabet)) + text[place + random.integers(0, 2) :]
        try:
            found = Decisions.parse(text)
        except ValueError as error:
            refused.append(error)
        else:
            assert found.text() == text
            n_read += 1
    assert {*map(type, refused)} == {ValueError}  # a sentence, not what happened to fail inside
    assert all(re.match("[A-Z]", str(error)) for error in refused)
    assert 100 < n_read < 9_000
