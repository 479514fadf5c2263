"""Tables are read as what they say, in every form, and what can't be read says why."""

import gzip
import io
import os
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from alternatives.tables import HOSTED, BadTable, Bounds, Table, read_table
from alternatives.tables import arff as weka
from tests.hostile_tables import KINDS, hostile

ROOT = Path(__file__).parents[1]
PLACES = (ROOT / "data" / "suite", ROOT.parent / "shared" / "datasets" / "suite")
SUITE = next((folder for folder in PLACES if folder.is_dir()), PLACES[0])
FILES = sorted(SUITE.glob("*.csv.gz"))
N_ROWS = 300


def as_read(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of pandas' as a table has it: numbers as float64, all else as Python's texts with None."""
    columns = {}
    for name in frame:
        column = frame[name]
        is_number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        texts = column.astype(object)
        columns[str(name)] = (
            column.astype(np.float64) if is_number else texts.where(column.notna(), None).astype(object)
        )
    return pd.DataFrame(columns)


@cache
def thinned(path: Path) -> pd.DataFrame:
    """About 300 rows of a file of the suite, spread over all of it; at most 40 of its columns."""
    frame = pd.read_csv(path)
    frame = frame.iloc[:: -(-len(frame) // N_ROWS)].reset_index(drop=True)
    return frame[[*frame.columns[:39], *frame.columns[-1:]]] if frame.shape[1] > 40 else frame


def same(table: Table, frame: pd.DataFrame) -> None:
    """pandas' own comparison takes half a minute where there are many columns."""
    found = table.frame
    assert [*found] == [*frame]
    assert len(found) == len(frame)
    for name in frame:
        column, expected = found[name].to_numpy(), frame[name].to_numpy()
        assert column.dtype == expected.dtype, name
        if column.dtype == np.float64:
            np.testing.assert_array_equal(column, expected, err_msg=str(name))
        else:
            assert [*column] == [*expected], name


def read(text: str | bytes, **options: Any) -> Table:
    return read_table(text.encode() if isinstance(text, str) else text, **options)


def columns_of(table: Table) -> list[list[Any]]:
    return [[None if pd.isna(cell) else cell for cell in table.frame[name]] for name in table.frame]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_table_of_the_suite_reads_as_pandas_reads_it(path: Path) -> None:
    table = read_table(path)
    same(table, as_read(pd.read_csv(path)))
    assert (table.name, table.has_header, table.notes, table.target) == (path.name, True, (), "")


@pytest.mark.parametrize("path", sorted(SUITE.glob("*.npz")), ids=lambda path: path.name)
def test_every_archive_of_the_suite_reads_as_numpy_reads_it(path: Path) -> None:
    table = read_table(path)
    with np.load(path) as archive:
        X = archive["X"].reshape(len(archive["X"]), -1)
        np.testing.assert_array_equal(table.frame.iloc[:, :-1].to_numpy(), X)
        np.testing.assert_array_equal(table.frame["target"].to_numpy(), archive["target"])
        assert table.class_names == tuple(map(str, archive["class_names"]))
    assert table.is_image
    assert table.target == "target"


# Variants: each writes a frame in another form, and says what of it must come back.
Written = tuple[bytes, pd.DataFrame]
Variant = Callable[[pd.DataFrame], Written]


def csv_text(frame: pd.DataFrame, **options: Any) -> str:
    return frame.to_csv(index=False, **options)


def unnamed(frame: pd.DataFrame) -> pd.DataFrame:
    return as_read(frame).set_axis([f"column {k + 1}" for k in range(frame.shape[1])], axis=1)


def delimited(delimiter: str) -> Variant:
    return lambda frame: (csv_text(frame, sep=delimiter).encode(), as_read(frame))


def encoded(encoding: str) -> Variant:
    def write(frame: pd.DataFrame) -> Written:
        strange = frame.rename(columns={frame.columns[0]: "Größe é"})
        return csv_text(strange).encode(encoding), as_read(strange)

    return write


def decimal_comma(delimiter: str) -> Variant:
    return lambda frame: (csv_text(frame, sep=delimiter, decimal=",").encode(), as_read(frame))


def gaps(mark: str) -> Variant:
    def write(frame: pd.DataFrame) -> Written:
        holed = as_read(frame)
        draw = np.random.default_rng(5)
        for name in holed.columns[:-1]:
            holed.loc[draw.random(len(holed)) < 0.1, name] = np.nan if holed[name].dtype == float else None
        return csv_text(holed, na_rep=mark).encode(), holed

    return write


def changed(change: Callable[[str], str]) -> Variant:
    return lambda frame: (change(csv_text(frame)).encode(), as_read(frame))


def blanks(frame: pd.DataFrame) -> Written:
    text = csv_text(frame.replace(np.nan, "?"), sep=" ").replace(" ", "   ")
    return ("  " + text.replace("\n", " \n  ")).encode(), as_read(frame)


def numbers_above(first: int) -> Variant:
    def write(frame: pd.DataFrame) -> Written:
        frame = frame.set_axis([str(first + k) for k in range(frame.shape[1])], axis=1)
        return csv_text(frame).encode(), as_read(frame)

    return write


def without_header(frame: pd.DataFrame) -> Written:
    return csv_text(frame, header=False).encode(), unnamed(frame)


def class_first(frame: pd.DataFrame) -> Written:
    frame = frame[[frame.columns[-1], *frame.columns[:-1]]]
    return csv_text(frame).encode(), as_read(frame)


def row_numbers(frame: pd.DataFrame) -> Written:
    expected = as_read(frame)
    expected.insert(0, "column 1", np.arange(len(frame), dtype=float))
    return frame.to_csv().encode(), expected


def numpy_comment(frame: pd.DataFrame) -> Written:
    text = csv_text(frame, header=False)
    return (f"# made by somebody\n# {','.join(map(str, frame.columns))}\n{text}").encode(), as_read(frame)


def r_row_names(frame: pd.DataFrame) -> Written:
    text = csv_text(frame, header=False).splitlines()
    expected = as_read(frame)
    expected.insert(0, "column 1", [f"row{k}" for k in range(len(frame))])
    expected["column 1"] = expected["column 1"].astype(object)
    lines = [f"row{k},{line}" for k, line in enumerate(text)]
    return "\n".join([",".join(map(str, frame.columns)), *lines]).encode(), expected


def parquet(frame: pd.DataFrame) -> Written:
    stream = io.BytesIO()
    frame.to_parquet(stream)
    return stream.getvalue(), as_read(frame)


def arff(frame: pd.DataFrame) -> Written:
    known = as_read(frame)
    head = ["% a comment", "@RELATION 'a table'"]
    for name in known:
        values = [str(value) for value in dict.fromkeys(known[name]) if value is not None]
        kind = (
            "numeric"
            if known[name].dtype == float
            else "{" + ",".join(f"'{value}'" for value in values) + "}"
        )
        head.append(f"@attribute '{name}' {kind}")
    quoted = known.apply(
        lambda column: column if column.dtype == float else column.map(lambda x: x and f"'{x}'")
    )
    body = quoted.to_csv(index=False, header=False, na_rep="?", quotechar="\x01")
    return "\n".join([*head, "", "@DATA", body]).encode(), known


def sparse_arff(frame: pd.DataFrame) -> Written:
    known = as_read(frame)
    numeric = [name for name in known if known[name].dtype == float and name != known.columns[-1]]
    known = known[[*numeric, known.columns[-1]]].copy()
    known[known.columns[-1]] = known[known.columns[-1]].map(lambda x: str(x)).astype(object)
    values = sorted({*known.iloc[:, -1]})
    head = ["@relation r", *(f'@attribute "{name}" real' for name in numeric)]
    head.append("@attribute c {" + ",".join(f'"{value}"' for value in values) + "}")
    lines = []
    for row in known.itertuples(index=False):
        pairs = [f"{k} {'?' if cell != cell else repr(cell)}" for k, cell in enumerate(row[:-1]) if cell != 0]
        if row[-1] != values[0]:
            pairs.append(f'{len(row) - 1} "{row[-1]}"')
        lines.append("{" + ", ".join(pairs) + "}")
    return "\n".join([*head, "@data", *lines]).encode(), known.set_axis([*known.columns[:-1], "c"], axis=1)


def libsvm(frame: pd.DataFrame) -> Written:
    from sklearn.datasets import dump_svmlight_file

    known = as_read(frame).iloc[:, :-1].select_dtypes("float64").fillna(0.5)
    known = known.loc[:, known.any()]
    classes = pd.factorize(frame.iloc[:, -1])[0].astype(float)
    stream = io.BytesIO()
    dump_svmlight_file(known.to_numpy(), classes, stream, zero_based=False, comment="a comment")
    expected = unnamed(known)
    expected["label"] = classes
    return stream.getvalue(), expected


def npz(features: str, targets: str, as_text: bool = False) -> Variant:
    def write(frame: pd.DataFrame) -> Written:
        known = as_read(frame)
        numbers = known.iloc[:, :-1].select_dtypes("float64")
        labels = known.iloc[:, -1]
        if as_text:
            labels = labels.map(lambda x: f"class {x}").astype(object)
        elif labels.dtype == object:
            labels = pd.Series(pd.factorize(labels)[0].astype(float))
        stream = io.BytesIO()
        y = labels.to_numpy().astype(str if as_text else np.int16)
        np.savez_compressed(stream, **{features: numbers.to_numpy(), targets: y})
        expected = unnamed(numbers)
        expected[targets] = labels
        return stream.getvalue(), expected

    return write


def commented(text: str) -> str:
    lines = text.splitlines()
    lines[3:3] = ["# a comment, with a comma", "", "#"]
    return "\n".join(["# about", "#", *lines, "", ""])


VARIANTS: dict[str, Variant] = {
    "semicolon": delimited(";"),
    "tab": delimited("\t"),
    "bar": delimited("|"),
    "blanks": blanks,
    "UTF-8 with BOM": encoded("utf-8-sig"),
    "UTF-16": encoded("utf-16"),
    "UTF-16 big endian without BOM": encoded("utf-16-be"),
    "UTF-16 without BOM": encoded("utf-16-le"),
    "Windows-1252": encoded("cp1252"),
    "decimal comma, semicolon": decimal_comma(";"),
    "decimal comma, tab": decimal_comma("\t"),
    "decimal comma in quotes": decimal_comma(","),
    "gaps ?": gaps("?"),
    "gaps NA": gaps("NA"),
    "gaps empty": gaps(""),
    "gaps NaN": gaps("NaN"),
    "gaps N/A": gaps("N/A"),
    "all quoted": lambda frame: (csv_text(frame, quoting=1).encode(), as_read(frame)),
    "quotes after blanks": lambda frame: (
        csv_text(frame, quoting=1).replace('","', '", "').encode(),
        as_read(frame),
    ),
    "blanks after commas": changed(lambda text: text.replace(",", ", ")),
    "CRLF": changed(lambda text: text.replace("\n", "\r\n")),
    "CR": changed(lambda text: text.replace("\n", "\r")),
    "no end of line": changed(str.rstrip),
    "empty last lines": changed(lambda text: text + "\n\n  \n"),
    "trailing commas": changed(lambda text: text.replace("\n", ",\n")),
    "trailing commas but in the header": changed(
        lambda text: text.replace("\n", ",\n").replace(",\n", "\n", 1)
    ),
    "comments": changed(commented),
    "percent comments": changed(lambda text: "% one\n%% two, three\n" + text),
    "slash comments": changed(lambda text: "// one\n" + text),
    "sep=": lambda frame: (("sep=;\n" + csv_text(frame, sep=";")).encode(), as_read(frame)),
    "gzip": lambda frame: (gzip.compress(csv_text(frame).encode()), as_read(frame)),
    "gzip of two members": lambda frame: (
        gzip.compress(csv_text(frame)[:500].encode()) + gzip.compress(csv_text(frame)[500:].encode()),
        as_read(frame),
    ),
    "no header": without_header,
    "numbers from 0": numbers_above(0),
    "years": numbers_above(1980),
    "class first": class_first,
    "row numbers": row_numbers,
    "R's row names": r_row_names,
    "numpy's comment": numpy_comment,
    "Parquet": parquet,
    "ARFF": arff,
    "sparse ARFF": sparse_arff,
    "LIBSVM": libsvm,
    "npz X, y": npz("X", "y"),
    "npz data, target": npz("data", "target"),
    "npz features, labels as text": npz("features", "labels", as_text=True),
}
NUMERIC_ONLY = {"sparse ARFF", "LIBSVM", "npz X, y", "npz data, target", "npz features, labels as text"}
"""Variants that write numbers only: for tables that have some."""
NO_BLANKS = {"blanks"}
N_TABLES_EACH = 6


def variants() -> Iterator[Any]:
    """Each variant of six tables, others for each."""
    for k, name in enumerate(VARIANTS if FILES else ()):
        suited = [path for path in FILES if name not in NUMERIC_ONLY or has_numbers(path.name)]
        for j in range(N_TABLES_EACH):
            path = suited[(7 * k + 5 * j) % len(suited)]
            yield pytest.param(name, path, id=f"{name}-{path.name.partition('.')[0]}")


def has_numbers(name: str) -> bool:
    return name.partition(".")[0] not in ("mushroom", "dna_splice", "car", "soybean")


@pytest.mark.parametrize(("name", "path"), [*variants()])
def test_variants_read_the_same(name: str, path: Path) -> None:
    frame = thinned(path)
    if name in NO_BLANKS:  # a cell with a blank in it can't stand among blanks
        frame = frame.replace(r"\s+", "_", regex=True)
    written, expected = VARIANTS[name](frame)
    same(read_table(written), expected)


def test_there_are_enough_variants() -> None:
    assert len([*variants()]) >= 150 or not FILES


# Published tables, as they are published.
def test_glass_has_its_row_numbers_first_and_no_header() -> None:
    table = read(
        "1,1.52101,13.64,4.49,1.10,71.78,0.06,8.75,0.00,0.00,1\n"
        "2,1.51761,13.89,3.60,1.36,72.73,0.48,7.83,0.00,0.00,1\n"
        "3,1.51618,13.53,3.55,1.54,72.99,0.39,7.78,0.00,0.00,1\n"
    )
    assert not table.has_header
    assert table.frame.shape == (3, 11)
    assert columns_of(table)[0] == [1, 2, 3]


def test_iris_ends_in_an_empty_line() -> None:
    table = read(
        "5.1,3.5,1.4,0.2,Iris-setosa\n4.9,3.0,1.4,0.2,Iris-setosa\n7.0,3.2,4.7,1.4,Iris-versicolor\n\n"
    )
    assert not table.has_header
    assert columns_of(table)[4] == ["Iris-setosa", "Iris-setosa", "Iris-versicolor"]


def test_wine_has_its_class_first() -> None:
    table = read("1,14.23,1.71,2.43,15.6,127\n1,13.2,1.78,2.14,11.2,100\n2,12.37,.94,1.36,10.6,88\n")
    assert not table.has_header
    assert columns_of(table)[2] == [1.71, 1.78, 0.94]


def test_adult_has_blanks_after_commas() -> None:
    table = read(
        "39, State-gov, 77516, Bachelors, 13, <=50K\n50, ?, 83311, Bachelors, 13, <=50K\n"
        "38, Private, 215646, HS-grad, 9, >50K\n\n"
    )
    assert not table.has_header
    assert columns_of(table)[1] == ["State-gov", None, "Private"]
    assert columns_of(table)[2] == [77516, 83311, 215646]


def test_wine_quality_has_semicolons_and_quotes() -> None:
    table = read('"fixed acidity";"volatile acidity";"quality"\n7.4;0.7;5\n7.8;0.88;5\n')
    assert list(table.frame) == ["fixed acidity", "volatile acidity", "quality"]
    assert columns_of(table) == [[7.4, 7.8], [0.7, 0.88], [5, 5]]


def test_sonar_has_letters_for_classes() -> None:
    table = read("0.0200,0.0371,0.0428,R\n0.0453,0.0523,0.0843,R\n0.0262,0.0582,0.1099,M\n")
    assert not table.has_header
    assert columns_of(table)[3] == ["R", "R", "M"]


def test_credit_approval_has_plus_and_minus_for_classes() -> None:
    table = read("b,30.83,0,u,202,+\na,58.67,4.46,u,43,+\na,?,0.5,y,280,-\nb,27.8,1.54,u,100,-\n")
    assert columns_of(table)[5] == ["+", "+", "-", "-"]
    assert columns_of(table)[1] == [30.83, 58.67, None, 27.8]


@pytest.mark.parametrize("words", [("слово", "класс"), ("λέξη", "τάξη"), ("花萼长度", "类别")])
def test_names_and_classes_of_any_script(words: tuple[str, str]) -> None:
    table = read(f"{words[0]},{words[1]}\n1,{words[1]}\n2,б\n")
    assert list(table.frame) == [*words]
    assert columns_of(table)[1] == [words[1], "б"]


# Numbers.
@pytest.mark.parametrize(
    ("text", "value"),
    [("1e5", 1e5), ("-.5", -0.5), ("1.", 1.0), ("+3", 3.0), ("007", 7.0), ("1E-3", 1e-3), ("0.1", 0.1)],
)
def test_numbers_of_a_table(text: str, value: float) -> None:
    assert columns_of(read(f"a,b\n{text},x\n2,y\n"))[0] == [value, 2.0]


@pytest.mark.parametrize(
    "text", ["1_0", "１２", "infinity", "inf", "0x10", "1e999", "1 2", "--5", "1e", "5f", "٣", "True"]
)
def test_texts_that_python_takes_for_numbers(text: str) -> None:
    assert columns_of(read(f"a,b\n{text},x\n2,y\n3,z\n"))[0] == [text, "2", "3"]


@pytest.mark.parametrize(
    "text", ["", "?", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "-", ".", " "]
)
def test_missing_numbers(text: str) -> None:
    assert columns_of(read(f"a,b\n{text},x\n2,y\n"))[0] == [None, 2.0]


def test_missing_texts() -> None:
    assert columns_of(read("a,b\nred,1\nNA,2\n?,3\n,4\nblue,5\n"))[0] == ["red", None, None, None, "blue"]


def test_none_is_a_value_among_texts() -> None:
    assert columns_of(read("a,b\nNone,1\nmild,2\n?,3\ngrave,4\n"))[0] == ["None", "mild", None, "grave"]
    table = read("a,b\nNone,1\n2024-02-29,2\n2024-03-01,3\n2024-03-01,4\n")
    assert columns_of(table)[0][0] == "None"


def test_words_read_as_missing_among_texts_are_said() -> None:
    """Namibia is NA."""
    table = read("country,x\nNA,1\nZA,NA\nBW,3\n")
    said = "“NA” is read as a missing value in column 'country': if it is a value, rename it."
    assert [note for note in table.notes if "missing" in note] == [said]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["12.5%", "3 %", "NA"], [12.5, 3.0, None]),
        (["$1,234", "$999", "-$5"], [1234.0, 999.0, -5.0]),
        (["12,50 €", "3,00 €", "1,00 €"], [12.5, 3.0, 1.0]),
        (["12.5%", "3", "4%"], ["12.5%", "3", "4%"]),
        (["12%", "$3", "4%"], ["12%", "$3", "4%"]),
    ],
)
def test_signs_of_numbers(cells: list[str], values: list[Any]) -> None:
    table = read("a;b\n" + "".join(f"{cell};x\n" for cell in cells))
    assert columns_of(table)[0] == values
    assert any("without their" in note for note in table.notes) == isinstance(values[0], float)


def test_adults_test_set_has_a_title() -> None:
    table = read("|1x3 Cross validator\n25, Private, <=50K.\n38, ?, >50K.\n28, Private, >50K.\n")
    assert columns_of(table)[0] == [25.0, 38.0, 28.0]
    assert "1 comment line is left out." in table.notes


def test_several_labels_are_refused() -> None:
    with pytest.raises(BadTable, match="Line 2 of the LIBSVM file has several labels"):
        read("1 1:0.5 3:2\n1,2 1:0.5 2:1\n2 1:0.1 3:4\n")


def test_a_word_among_numbers_is_noted_with_its_line() -> None:
    lines = [f"{k},{k % 3}" for k in range(30)]
    lines[16] = "oops,2"
    table = read("\n".join(["a,b", *lines]))
    assert table.frame["a"].dtype == object
    assert "line 18 has 'oops'" in " ".join(table.notes)


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["01234", "90210", "10115"], ["01234", "90210", "10115"]),
        (["007", "12", "5"], [7, 12, 5]),
        (["1000", "2000", "3000"], [1000, 2000, 3000]),
    ],
)
def test_codes_with_zeros_in_front(cells: list[str], values: list[Any]) -> None:
    assert columns_of(read("a,b\n" + "".join(f"{cell},x\n" for cell in cells)))[0] == values


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1,5", "2,25", "3"], [1.5, 2.25, 3]),
        (["1.234,5", "12,0", "7"], [1234.5, 12, 7]),
        (["1,234.5", "12.0", "7"], [1234.5, 12, 7]),
        (["1,234,567", "1,000", "7"], [1234567, 1000, 7]),
        (["1,234", "999", "7"], [1234, 999, 7]),
        (["1,234", "2,345", "0,125"], [1.234, 2.345, 0.125]),
        (["1,2,3", "4", "5"], ["1,2,3", "4", "5"]),
        (["12,34.5", "4", "5"], ["12,34.5", "4", "5"]),
    ],
)
def test_commas_in_numbers(cells: list[str], values: list[Any]) -> None:
    assert columns_of(read("a;b\n" + "".join(f"{cell};x\n" for cell in cells)))[0] == values


@pytest.mark.parametrize(
    ("cells", "others", "values"),
    [
        (["950", "1.234", "-87.654", "?"], "1,5", [950, 1234, -87654, None]),
        (["950 €", "1.234 €", "1 €", "2 €"], "1,5", [950, 1234, 1, 2]),
        (["950", "1.234", "87", "7"], "1.5", [950, 1.234, 87, 7]),
        (["950", "1.234", "87", "7"], "1,500", [950, 1.234, 87, 7]),  # 1,500 can be a thousand and a half
        (["950", "1.234", "0.125", "7"], "1,5", [950, 1.234, 0.125, 7]),
        (["9500", "1.234", "87", "7"], "1,5", [9500, 1.234, 87, 7]),
        (["950", "123", "87", "7"], "1,5", [950, 123, 87, 7]),
        (["0123", "9000", "8700", "7000"], "1,5", ["0123", "9000", "8700", "7000"]),
        (["1.234.567", "1.234", "950", "7"], "x", [1234567, 1234, 950, 7]),
        (["1.234.567", "1.2", "950", "7"], "x", ["1.234.567", "1.2", "950", "7"]),
    ],
)
def test_points_between_thousands(cells: list[str], others: str, values: list[Any]) -> None:
    table = read("a;b;c\n" + "".join(f"{cell};{others};x\n" for cell in cells))
    assert columns_of(table)[0] == values
    said = any("points between thousands in column 'a'" in note for note in table.notes)
    assert said == (1234 in values)


# Headers.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,2,3\n4,5,6\n7,8,9\n", False),
        ("0,1,2,3,4\n0.1,0.7,0.2,0.5,1\n0.9,0.1,0.4,0.2,0\n", True),
        ("1980,1981\n0.5,7\n3,2\n", True),
        ("1980,1981\n1983,1982\n1990,1995\n", False),
        (",0,1,2\n0,5,3,9\n1,2,8,4\n", True),
        ("0,1,2,species\n5,3,9,cat\n2,8,4,dog\n7,7,1,cat\n", True),
        ("1,1,1,1,B\n1,1,1,2,R\n1,1,1,3,R\n", False),
        ("vhigh,low,unacc\nvhigh,med,unacc\nlow,med,acc\nlow,low,acc\n", False),
        ("buying,safety,class\nvhigh,med,unacc\nlow,med,acc\nlow,low,acc\n", True),
        ("a,b\n1,x\n", True),
        ("400.5,401,402.5,404,407\n.1,.4,.2,.5,.1\n.7,.3,.9,.2,.4\n.6,.3,.1,.2,.4\n", True),
        ("1,2,3,4\n2,4,6,8\n3,6,9,12\n", False),
    ],
)
def test_headers(text: str, expected: bool) -> None:
    table = read(text)
    assert table.has_header == expected
    assert len(table.frame) == text.count("\n") - expected


@pytest.mark.parametrize("n_features", [1, 2, 3, 5])
@pytest.mark.parametrize("kind", [int, float, str])
@pytest.mark.parametrize("comma", [False, True])
def test_numbers_that_pandas_writes_above_columns_without_names(
    n_features: int, kind: type, comma: bool
) -> None:
    draw = np.random.default_rng(n_features)
    frame = pd.DataFrame(draw.normal(size=(60, n_features)).round(1))
    frame[n_features] = draw.integers(0, 3, 60).astype(kind)
    options: dict[str, Any] = {"sep": ";", "decimal": ","} if comma else {}
    for shown in (frame, frame.sample(frac=1, random_state=0)):
        for index in (False, True):
            table = read(shown.to_csv(index=index, **options))
            assert (table.has_header, len(table.frame)) == (True, 60)
            assert [*table.frame][index:] == [str(k) for k in range(n_features + 1)]
            assert not read(shown.to_csv(index=index, header=False, **options)).has_header


def test_counted_rows_that_begin_without_a_number_have_a_header() -> None:
    whole = pd.DataFrame(np.arange(24).reshape(8, 3) % 5)
    assert read(whole.to_csv()).has_header
    assert not read("0,1,2\n1,0,2\n2.5,1.5,0\n3,1,2.5\n").has_header


def test_names_are_different_printable_and_short() -> None:
    names = ["a", "a", "", "\u202eevil", "x" * 500, "<script>alert(1)</script>", "$\\frac{1}{2}$", "a (2)"]
    table = read(",".join(names) + "\n" + "1,2,3,4,5,6,7,8\n")
    found = [str(name) for name in table.frame]
    assert found[:4] == ["a", "a (3)", "column 3", "evil"]
    assert found[5:] == ["<script>alert(1)</script>", "$\\frac{1}{2}$", "a (2)"]
    assert len({*found}) == 8
    assert all(name.isprintable() and 0 < len(name) <= 60 for name in found)


def test_formulas_are_text() -> None:
    assert columns_of(read("a,b\n=cmd(),1\n+SUM(A1),2\n@x,3\n"))[0] == ["=cmd()", "+SUM(A1)", "@x"]


def test_quotes_within_cells() -> None:
    table = read('a,b\n"say ""yes"", or",1\n5" pipe,2\n"two\nlines",3\n')
    assert columns_of(table)[0] == ['say "yes", or', '5" pipe', "two\nlines"]


def test_a_hash_at_the_beginning_of_every_line_is_no_comment() -> None:
    assert columns_of(read("#ff0000,1\n#00ff00,2\n#0000ff,3\n"))[0] == ["#ff0000", "#00ff00", "#0000ff"]


@pytest.mark.parametrize(
    ("first", "values"),
    [
        (["1.5", "#N/A", "2.5", "3.5"], [1.5, None, 2.5, 3.5]),
        (["1.5", "#DIV/0!", "2.5", "3.5"], ["1.5", "#DIV/0!", "2.5", "3.5"]),
        (["red", "#ff0000", "blue", "red"], ["red", "#ff0000", "blue", "red"]),
        (["#N/A", "1.5", "2.5", "3.5"], [None, 1.5, 2.5, 3.5]),
        (['"see\n# 1"', '"a ""b""\n#, c"', "e", '"\n#f"'], ["see\n# 1", 'a "b"\n#, c', "e", "#f"]),
        (['5" pipe', '"7"" pipe\n# b"', "c", "d"], ['5" pipe', '7" pipe\n# b', "c", "d"]),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_cells_that_begin_with_a_hash_are_no_comments(
    first: list[str], values: list[Any], delimiter: str
) -> None:
    lines = [delimiter.join([cell, f"{k}.5", "ab"[k % 2]]) for k, cell in enumerate(first)]
    head = delimiter.join(["p", "q", "class"])
    table = read("\n".join([head, *lines]))
    assert columns_of(table) == [values, [0.5, 1.5, 2.5, 3.5], ["a", "b", "a", "b"]]
    assert not any("comment" in note for note in table.notes)
    remarks = ['# a remark about "q', "#", f"# one{delimiter}two{delimiter}three"]
    remarked = read("\n".join([remarks[0], head, lines[0], *remarks[1:], *lines[1:]]))
    assert columns_of(remarked) == columns_of(table)


def test_a_hash_may_be_the_name_of_the_first_column() -> None:
    table = read("#,q,class\n1,2.5,a\n2,7.5,b\n3,4.5,a\n")
    assert [*table.frame] == ["#", "q", "class"]
    assert len(table.frame) == 3


def test_samples_that_somebody_took_out_stay_out() -> None:
    table = read("p,q,class\n1,2.5,a\n#2,7.5,b\n3,4.5,a\n#N/A,4.5,b\n#,,\n")
    assert columns_of(table) == [[1, 3, None], [2.5, 4.5, 4.5], ["a", "a", "b"]]
    assert "2 comment lines are left out." in table.notes


def test_the_name_and_checksum_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a\u202eb.csv"
    path.write_bytes(b"a,b\n1,2\n")
    table = read_table(path)
    assert table.name == "a b.csv"
    assert table.checksum == read(b"a,b\n1,2\n", name="C:\\folder\\other.csv").checksum
    assert read(b"a,b\n1,2\n", name="C:\\folder\\other.csv").name == "other.csv"
    assert read(b"a,b\n1,3\n").checksum != table.checksum


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("empty", ["", " ", '""'])
def test_empty_rows_are_left_out(delimiter: str, empty: str) -> None:
    rows = [f"{k}.5{delimiter}{'word' if k == 15 else k}{delimiter}{'ab'[k % 2]}" for k in range(20)]
    head = delimiter.join(["p", "q", "class"])
    nothing = delimiter.join([empty] * 3)
    expected = read("\n".join([head, *rows]))
    table = read("\n".join([nothing, head, *rows[:3], nothing, nothing, *rows[3:], *[nothing] * 40]))
    assert columns_of(table) == columns_of(expected)
    assert [*table.frame] == ["p", "q", "class"]
    is_blank = delimiter == "\t" and empty != '""'  # such lines are empty as they are
    assert ("43 empty rows are left out." in table.notes) != is_blank
    line = next(note for note in table.notes if "'word'" in note)
    assert "line 20 " in line


def test_empty_rows_do_not_count_as_rows() -> None:
    bounds = Bounds(megabytes=0.01, rows=20, columns=5, classes=10)
    text = "a,b\n" + "1,2\n" * 20 + ",\n" * 100
    assert len(read(text, bounds=bounds).frame) == 20
    with pytest.raises(BadTable, match="at most 20 rows, and has 21"):
        read(text + "1,2\n", bounds=bounds)


# Archives.
def saved(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def test_parts_of_an_archive_are_put_together_training_first() -> None:
    X = np.arange(12.0).reshape(6, 2)
    table = read_table(saved(x_test=X[4:], y_test=[1, 0], x_train=X[:4], y_train=[0, 1, 2, 0]))
    np.testing.assert_array_equal(table.frame.to_numpy(), np.column_stack([X, [0, 1, 2, 0, 1, 0]]))
    assert table.target == "target"


def test_one_hot_targets_and_images_of_an_archive() -> None:
    table = read_table(
        saved(
            images=np.zeros((3, 2, 2, 3), np.uint8), labels=np.eye(3)[[2, 0, 1]], label_names=["a", "b", "c"]
        )
    )
    assert columns_of(table)[-1] == [2, 0, 1]
    assert (table.frame.shape, table.is_image, table.class_names) == ((3, 13), True, ("a", "b", "c"))


def test_texts_of_an_archive_as_bytes_and_names_of_columns() -> None:
    table = read_table(
        saved(data=[[1, 2], [3, 4]], target=np.array([b"yes", b"no"]), feature_names=["p", "q"])
    )
    assert list(table.frame) == ["p", "q", "target"]
    assert columns_of(table)[2] == ["yes", "no"]


def test_bytes_of_an_archive_are_decoded_once_for_each_different_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """numpy's decoding takes a microsecond for each cell."""
    monkeypatch.setattr(np.strings, "decode", lambda *_: pytest.fail("each cell is decoded"))
    texts = np.array([["é", "7"], ["", "8"], ["b\0c", "7"], ["é", "9"]])
    table = read_table(saved(X=np.strings.encode(texts, "utf-8"), y=np.array([b"p", b"\xff", b"p", b"q"])))
    assert columns_of(table) == [["é", None, "b\0c", "é"], [7, 8, 7, 9], ["p", "\ufffd", "p", "q"]]


def test_objects_are_never_unpickled() -> None:
    with pytest.raises(BadTable, match="unpickled"):
        read_table(saved(X=np.zeros((2, 2)), y=np.array([{}, {}], dtype=object)))


# What can't be read says where and what to do.
@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (b"a,b,c\n1,2,3\n# x\n\n4,5\n6,7,8\n", "Line 5 has 2 cells, and the others have 3"),
        (b"a,b\n1,2\n3,4,5\n", "Line 3 has 3 cells"),
        (b'a,b\n"x\ny",2\n3\n', "Line 4 has 1 cell,"),
        (b"", "empty"),
        (b"\n\n \n", "empty"),
        (b"a,b\n", "no samples"),
        (b"word\nother\n", "No columns"),
        (b"a,b\n1,\x002\n", "Line 2 has a NUL byte"),
        (b"a,b\n1,2\n" + b"3," + b"x" * 20_000 + b"\n", "Line 3 has 20,000 characters in column 2"),
        (gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:-12], "cut off"),
        (gzip.compress(gzip.compress(b"a,b\n1,2\n", mtime=0), mtime=0), "twice"),
        (b"\x1f\x8bnothing", "gzip file is"),
        (b"PK\x03\x04" + b"xl/workbook.xml", "save it as CSV"),
        (b"PK\x03\x04 nothing", "archive is damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b'[{"a": 1}]', "JSON"),
        (b"PAR1 nothing PAR1", "Parquet file is damaged"),
        (b"@relation r\n@attribute a numeric\n@data\n1\nx\n", "Line 5 has 'x' in the column 'a'"),
        (b"@relation r\n@attribute a numeric\n", "@data"),
        (b"1 1:2 3:4\n" * 7 + b"2 1:2 3:x\n", "Line 8 of the LIBSVM file"),
        (b"1 1:2 3:4\n2 1:2 1:5\n", "twice"),
        (saved(a=[1], b=[2]), "X and y"),
        (saved(X=[[1.0], [2.0]], y=[0]), "one target for each of the 2 samples"),
        (saved(X=[[1.0], [np.inf]], y=[0, 1]), "Row 2 has an infinite number"),
        (saved(X=[[1.0]], y=[[0.5, 0.5]]), "one class"),
    ],
    ids=lambda value: value or "any" if isinstance(value, str) else "",  # archives hold the time
)
def test_bad_tables(contents: bytes, said: str) -> None:
    with pytest.raises(BadTable) as raised:
        read_table(contents)
    assert said in str(raised.value)
    assert str(raised.value).endswith(".")


def test_bounds() -> None:
    bounds = Bounds(megabytes=0.01, rows=20, columns=5, classes=10)
    fitting = "a,b,c,d,e,class\n" + "1,2,3,4,5,6\n" * 20
    assert read_table(fitting.encode(), bounds=bounds).frame.shape == (20, 6)
    for text, said in (
        (fitting + "1,2,3,4,5,6\n", "at most 20 rows, and has 21"),
        ("1,2,3,4,5,6,7\n" * 3, "at most 5 columns besides the class, and has 7"),
        ("a,b\n" * 3_000, "at most 0.01 MB"),
        ("a,b\n1,2\n" + "#\n" * 300, "at most 200 lines"),
    ):
        with pytest.raises(BadTable, match=said):
            read_table(text.encode(), bounds=bounds)
    with pytest.raises(BadTable, match="unpacks to more than"):
        read_table(gzip.compress(b"1,2\n" * 100_000), bounds=bounds)


@pytest.mark.parametrize("what", ["link", "folder", "pipe", "device", "nothing", "NUL"])
def test_paths_that_are_no_files(tmp_path: Path, what: str) -> None:
    path = tmp_path / "table.csv"
    if what == "link":
        (tmp_path / "real.csv").write_text("a,b\n1,2\n")
        path.symlink_to("real.csv")
    elif what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "device":
        path = Path("/dev/zero")
    source = "a\x00b" if what == "NUL" else path
    with pytest.raises(BadTable):
        read_table(source)


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_files_are_tables_or_refused_in_a_sentence(kind: str, tmp_path: Path) -> None:
    for source in hostile(kind, tmp_path):
        try:
            table = read_table(source, bounds=HOSTED)
        except BadTable as error:
            said = str(error)
            assert len(said) < 500
            assert said.isprintable()
            assert said.endswith(".")
        else:
            assert len({*table.frame}) == table.frame.shape[1]
            assert all(str(name).isprintable() and 0 < len(str(name)) <= 60 for name in table.frame)


needs_limit = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="needs Linux's limit of a process's memory"
)


def run_in_little_memory(code: str) -> None:
    """Run Python's code in a process that can have 400 MB more than it begins with."""
    before = (
        "import resource, pathlib, tempfile\n"
        "from alternatives.tables import *\n"
        "from tests.hostile_tables import BOMBS, hostile\n"
        "read_table(b'a,b\\n1,2\\n')\n"
        "import pyarrow.parquet\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 400 * 2**20,) * 2)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", before + textwrap.dedent(code)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


@needs_limit
def test_bombs_need_little_memory() -> None:
    """What unpacks to gigabytes is read in a process that could not hold them."""
    run_in_little_memory(
        """
        for kind in BOMBS:
            for source in hostile(kind, pathlib.Path(tempfile.gettempdir())):
                try:
                    read_table(source, bounds=HOSTED)
                except BadTable as error:
                    assert 'unpacks to more' in str(error), error
                else:
                    raise AssertionError(kind)
        """
    )


@needs_limit
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'x,y\n1, "' + b"a" * 14_900_000 + b'"\n', "14,900,000 characters in column 2"),
        (b'x,y\n1, "' + b'""' * 7_400_000 + b'"\n', "7,400,000 characters in column 2"),
        (b"x,y\n" + b', "' * 4_900_000, "more than 40,002 cells in quotes"),
    ],
    ids=["long", "quotes", "cells"],
)
def test_cells_in_quotes_need_little_memory(text: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(text))
    run_in_little_memory(
        f"""
        try:
            read_table({str(path)!r}, bounds=HOSTED)
        except BadTable as error:
            assert {said!r} in str(error), error
        else:
            raise AssertionError
        """
    )


@pytest.mark.parametrize("delimiter", [",", ";", " ", "\t"])
def test_blanks_around_quotes_are_left_out_and_those_within_kept(delimiter: str) -> None:
    cells = ["a, b", 'say ""yes""; or', "  two  blanks ", "tab\tand", ""]
    rows = [f' "{cell}"  {delimiter} "{k}" ' for k, cell in enumerate(cells)]
    table = read(f"name{delimiter}k\n" + "".join(f"{row.strip()}\n" for row in rows))
    assert columns_of(table)[0] == [cell.replace('""', '"').strip() or None for cell in cells]
    assert columns_of(table)[1] == [0, 1, 2, 3, 4]


def as_parquet(columns: dict[str, Any], **options: Any) -> bytes:
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns), stream, **options)
    return stream.getvalue()


def varint(number: int, n_bytes: int = 1) -> bytes:
    """A whole number as Thrift writes it, in at least so many bytes."""
    low = [number >> 7 * k & 127 for k in range(max(n_bytes, -(-number.bit_length() // 7)))]
    return bytes([*(byte | 128 for byte in low[:-1]), low[-1]])


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("is_dictionary", [True, False])
def test_pages_of_parquet_are_believed_not_its_footer(version: str, is_dictionary: bool) -> None:
    columns = {"a": ["a" * 20_000_000], "y": ["b"]}
    contents = as_parquet(
        columns, compression="zstd", data_page_version=version, use_dictionary=is_dictionary
    )
    group = pyarrow.parquet.ParquetFile(io.BytesIO(contents)).metadata.row_group(0)
    length = int.from_bytes(contents[-8:-4], "little")
    footer = contents[-8 - length : -8]
    for size in (group.total_byte_size, group.column(0).total_uncompressed_size):
        true = varint(2 * size)
        assert true in footer
        footer = footer.replace(true, varint(2 * 100, len(true)))
    with pytest.raises(BadTable, match="unpacks to more than 15 MB"):
        read_table(contents[: -8 - length] + footer + contents[-8:], bounds=HOSTED)


@pytest.mark.parametrize(
    ("column", "options", "said"),
    [
        (pa.array([b"a" * 1_000] * 9_000, pa.binary()), {}, "type 'binary', which isn't read"),
        ([[1] * 1_000] * 9_000, {}, "type 'list<element: int64>', which isn't read"),
        (
            ["a" * 9_000] * 9_000,
            {"use_dictionary": False, "column_encoding": {"a": "DELTA_BYTE_ARRAY", "y": "PLAIN"}},
            "encoded with DELTA_BYTE_ARRAY",
        ),
    ],
    ids=["binary", "list", "delta"],
)
def test_parquet_that_repeats_long_cells_is_refused_unread(
    column: Any, options: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = as_parquet({"a": column, "y": [*range(9_000)]}, **options)
    monkeypatch.setattr("pyarrow.parquet.ParquetFile.read", lambda *_, **__: pytest.fail("was read"))
    with pytest.raises(BadTable, match=said):
        read_table(contents, bounds=HOSTED)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["none", "snappy", "zstd"])
def test_parquet_in_many_pages_and_groups(version: str, compression: str) -> None:
    columns = {"a": [k / 7 for k in range(900)], "c": [["x", "yy", None][k % 3] for k in range(900)]}
    contents = as_parquet(
        columns,
        compression=compression,
        data_page_version=version,
        data_page_size=100,
        write_batch_size=50,
        row_group_size=200,
        write_page_checksum=True,
    )
    assert columns_of(read_table(contents, bounds=HOSTED)) == [*columns.values()]


def test_columns_of_a_sparse_table_are_made_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of 5 KB may have 10 million cells."""
    sizes = []
    allocated = pa.total_allocated_bytes()

    def watched(*arguments: Any) -> pa.Array:
        sizes.append(pa.total_allocated_bytes() - allocated)
        return filled(*arguments)

    filled = weka._filled
    monkeypatch.setattr(weka, "_filled", watched)
    head = b"@relation x\n" + b"@attribute a numeric\n" * 499 + b"@attribute class {a,b}\n@data\n"
    rows = b"".join(b"{%d 2.5, 499 %s}\n" % (k % 499, b"ab"[k % 2 :][:1]) for k in range(5_000))
    frame = read_table(gzip.compress(head + rows), bounds=HOSTED).frame
    assert frame.iloc[:, :-1].to_numpy().sum() == 2.5 * 5_000
    assert [*frame["class"]] == ["a", "b"] * 2_500
    assert len(sizes) == 500
    assert max(sizes) < 10 * 5_000 * 20


def test_zlib_says_no_more_than_asked() -> None:
    """The bound on what is unpacked rests on this."""
    unpack = zlib.decompressobj(31)
    assert len(unpack.decompress(gzip.compress(bytes(10**6)), 1_000)) == 1_000
