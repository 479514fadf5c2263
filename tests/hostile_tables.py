"""Five hundred files that nobody would send who meant well, from fixed seeds."""

import gzip
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

Source = bytes | Path
N_EACH = 25


def good(draw: np.random.Generator) -> bytes:
    """A small table of some form."""
    n, d = int(draw.integers(3, 40)), int(draw.integers(2, 8))
    X = draw.normal(size=(n, d)).round(3)
    y = draw.integers(0, 3, n)
    delimiter = str(draw.choice([",", ";", "\t", "|", " "]))
    lines = [delimiter.join([*map(str, row), f"class{k}"]) for row, k in zip(X, y, strict=True)]
    header = delimiter.join([*(f"f{k}" for k in range(d)), "class"])
    form = int(draw.integers(6))
    if form == 0:
        stream = io.BytesIO()
        np.savez_compressed(stream, X=X, y=y)
        return stream.getvalue()
    if form == 1:
        return gzip.compress("\n".join([header, *lines]).encode())
    if form == 2:
        head = ["@relation r", *(f"@attribute f{k} real" for k in range(d)), "@attribute c {class0,class1,class2}"]
        return "\n".join([*head, "@data", *(line.replace(delimiter, ",") for line in lines)]).encode()
    if form == 3:
        return "\n".join(
            f"{k} " + " ".join(f"{j + 1}:{v}" for j, v in enumerate(row)) for row, k in zip(X, y, strict=True)
        ).encode()
    if form == 4:
        import pyarrow as pa
        import pyarrow.parquet

        stream = io.BytesIO()
        columns = {**{f"f{k}": X[:, k] for k in range(d)}, "class": [f"c{k}" for k in y]}
        pa.parquet.write_table(pa.table(columns), stream)
        return stream.getvalue()
    return "\n".join([header, *lines]).encode()


def _mutated(draw: np.random.Generator, folder: Path) -> Source:
    contents = bytearray(good(draw))
    for _ in range(int(draw.integers(1, 12))):
        k = int(draw.integers(len(contents)))
        what = int(draw.integers(5))
        if what == 0:
            contents[k] = int(draw.integers(256))
        elif what == 1:
            del contents[k : k + int(draw.integers(1, 20))]
        elif what == 2:
            contents[k:k] = bytes(draw.integers(0, 256, int(draw.integers(1, 9)), dtype=np.uint8))
        elif what == 3:
            contents[k:k] = bytes(draw.choice([b'"', b"'", b"\n", b",", b"{", b"#", b"\xff\xfe", b"1e999", b"@data"]))
        else:
            contents[k:k] = contents[: int(draw.integers(len(contents)))]
        contents = contents or bytearray(b"x")
    return bytes(contents)


def _ragged(draw: np.random.Generator, folder: Path) -> Source:
    lines = [",".join("1" for _ in range(int(draw.integers(1, 9)))) for _ in range(int(draw.integers(2, 3_000)))]
    return "\n".join(lines).encode()


def _noise(draw: np.random.Generator, folder: Path) -> Source:
    start = draw.choice([b"", b"PK\x03\x04", b"PAR1", b"\x1f\x8b\x08", b"\x93NUMPY", b"@relation", b"\xff\xfe", b"BZh"])
    return bytes(start) + bytes(draw.integers(0, 256, int(draw.integers(1, 200_000)), dtype=np.uint8))


def _noise_of_marks(draw: np.random.Generator, folder: Path) -> Source:
    marks = np.frombuffer(b"\"',;|\t \n\r#%/{}@?:.-+e019a\\", dtype=np.uint8)
    return bytes(draw.choice(marks, int(draw.integers(1, 300_000))))


def _nul(draw: np.random.Generator, folder: Path) -> Source:
    contents = bytearray(b"a,b,c\n" + b"1,2,3\n" * 50)
    for _ in range(int(draw.integers(1, 30))):
        contents[int(draw.integers(len(contents)))] = 0
    return bytes(contents)


def _wide(draw: np.random.Generator, folder: Path) -> Source:
    mark = bytes(draw.choice([b",", b";", b"\t", b" ", b'","', b"|"]))
    return (b"1" + mark) * int(draw.choice([10_000, 1_000_000])) + b"\n" * int(draw.integers(3))


def _full(draw: np.random.Generator, folder: Path) -> Source:
    """As many cells as fit, of numbers or of texts, whole or in quotes."""
    cells = [b"1", b"7.5", b"x", b"?", b"", b'"a"', b"1,5", b"007", b" 3 ", b"inf"]
    mark = bytes(draw.choice([b",", b";", b"\t"]))
    n_columns = int(draw.choice([2, 20, 400]))
    few = [bytes(cell) for cell in draw.choice(np.array(cells, dtype=object), 3)]
    rows = [mark.join(few[int(k)] for k in draw.integers(0, 3, n_columns)) for _ in range(7)]
    block = b"\n".join(rows) + b"\n"
    text = block * min(19_000 // 7, 14_000_000 // len(block))
    packed = gzip.compress(text, 1)
    return packed if len(packed) < 5_000_000 else text[:4_900_000]


def _different(draw: np.random.Generator, folder: Path) -> Source:
    """As many different texts as fit."""
    n = 4_900_000 // 5
    letters = draw.integers(97, 123, (n, 4), dtype=np.uint8)
    n_columns = int(draw.choice([49, 245]))
    ends = np.where(np.arange(1, n + 1) % n_columns == 0, 10, 44).astype(np.uint8)
    return bytes(np.column_stack([letters, ends]))


def _one_cell(draw: np.random.Generator, folder: Path) -> Source:
    quote = bytes(draw.choice([b"", b'"']))
    start = bytes(draw.choice([b"a,b\n1,2\n", b"", b"@relation r\n@attribute a string\n@data\n", b"1 1:1 2:"]))
    return start + quote + b"x" * int(draw.integers(20_000, 4_900_000)) + quote + b",1\n"


def _quotes(draw: np.random.Generator, folder: Path) -> Source:
    part = bytes(draw.choice([b'"', b'",', b' "', b'"\n', b',"a', b"'", b'""', b', "']))
    return b"a,b\n1,2\n" + part * int(draw.integers(1, 4_800_000 // len(part)))


def _lines(draw: np.random.Generator, folder: Path) -> Source:
    part = bytes(draw.choice([b"\n", b"\r", b" \n", b"#\n", b",\n", b"%\n\n", b"// \n", b"\t", b"{\n", b"1:1 ", b"# "]))
    start = bytes(draw.choice([b"", b"a,b\n1,2\n", b"@relation r\n@attribute a real\n@data\n", b"1 1:1 2:2\n"]))
    return start + part * int(draw.integers(1, 4_800_000 // len(part)))


def _names(draw: np.random.Generator, folder: Path) -> Source:
    evil = ["<script>alert(1)</script>", "$\\frac{1}{0}$", "\u202eabc", "=cmd|' /C calc'!A0", "\x1b[31m", "![x](http://y)", "a" * 9_000]
    names = [evil[int(k)] for k in draw.integers(0, len(evil), int(draw.integers(2, 400)))]
    row = ",".join(["1"] * len(names))
    return "\n".join([",".join(names), row, row]).encode()


def _bomb_gzip(draw: np.random.Generator, folder: Path) -> Source:
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = bytes(draw.choice([b"0,1\n", b"\x00", b","])) * 2**20
    pieces = [pack.compress(piece) for _ in range(2**28 // len(piece))]
    return b"".join([*pieces, pack.flush()])


def _bomb_npz(draw: np.random.Generator, folder: Path) -> Source:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("X.npy", "w") as entry,
    ):
        np.lib.format.write_array_header_1_0(
            entry, {"descr": "<f8", "fortran_order": False, "shape": (2**19, 64)}
        )
        for _ in range(256):
            entry.write(bytes(2**20))
    return stream.getvalue()


def _members(draw: np.random.Generator, folder: Path) -> Source:
    return gzip.compress(b"") * int(draw.integers(10, 200_000))


def _npz(draw: np.random.Generator, folder: Path) -> Source:
    what = int(draw.integers(8))
    stream = io.BytesIO()
    if what == 0:
        np.savez(stream, X=np.zeros((3, 2)), y=np.array([object()] * 3))
    elif what == 1:
        cyclic: list[Any] = []
        cyclic.append(cyclic)
        array = np.empty(2, dtype=object)
        array[0] = array[1] = "cyclic"
        array[0] = array.tolist()
        np.savez(stream, X=array, y=array)
    elif what == 2:
        with zipfile.ZipFile(stream, "w") as archive:
            shape = draw.choice(["(9999999999, 9999999999)", "(-1, 2)", "(3,)", "((((((", "(2**70,)", "(0, 5)", "()", "(5, 0)"])
            head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
            archive.writestr("X.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + bytes(48))
            archive.writestr("y.npy", b"\x93NUMPY\x01\x00" + b"\xff\xff" + b"(" * 65_000)
    elif what == 3:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_BZIP2) as archive:
            archive.writestr("X.npy", bytes(10**6))
    elif what == 4:
        with zipfile.ZipFile(stream, "w") as archive:
            for k in range(int(draw.integers(10, 20_000))):
                archive.writestr(f"{k}.npy", b"")
    elif what == 5:
        np.savez(stream, X=np.zeros((4, 3, 2, 2)), y=np.zeros((4, 2)), class_names=np.array(["\x1b", "b"]))
    elif what == 6:
        np.savez(stream, X=np.array([["1", "=x()"], ["3", "y"]]), y=np.array(["<b>", "\u202e"]))
    else:
        np.savez(stream, X=np.zeros((2, 2), dtype=[("a", "f8"), ("b", "U9")]), y=np.zeros(2, dtype="M8[s]"))
    return stream.getvalue()


def _cut(draw: np.random.Generator, folder: Path) -> Source:
    contents = good(draw) if draw.random() < 0.5 else gzip.compress(good(draw))
    return contents[: int(draw.integers(len(contents)))]


def _paths(draw: np.random.Generator, folder: Path) -> Source:
    path = folder / f"{draw.integers(10**9)}.csv"
    what = int(draw.integers(6))
    if what == 0:
        path.symlink_to(path)
    elif what == 1:
        path.symlink_to("/etc/passwd")
    elif what == 2:
        os.mkfifo(path)
    elif what == 3:
        return Path(str(draw.choice(["/dev/zero", "/dev/null", "/dev/stdin", "/proc/self/mem"])))
    elif what == 4:
        path.mkdir()
    else:
        return Path("x" * 5_000)
    return path


def _svm(draw: np.random.Generator, folder: Path) -> Source:
    index = int(draw.choice([1, 500, 10**6, 10**9, 2**62]))
    line = f"1 1:1 {index}:{draw.choice(['1', 'nan', 'inf', '1_0', '1e999', 'x'])}\n"
    return b"1 1:1 2:2\n" * 60 + line.encode() * int(draw.integers(1, 19_000))


def _arff(draw: np.random.Generator, folder: Path) -> Source:
    if draw.random() < 0.5:
        kind = str(draw.choice(["relational", "{a", "{" + "a," * 10_000 + "}", "'", "date 'x'", "numeric"]))
        return f"@relation r\n@attribute a {kind}\n@data\n".encode() + b"1\n" * int(draw.integers(2_000))
    line = b"{" + b", ".join(b"%d 1" % k for k in range(int(draw.integers(1, 400)))) + b"}\n"
    head = b"@relation r\n" + b"@attribute a real\n" * int(draw.integers(1, 400)) + b"@data\n"
    return head + line * (4_000_000 // len(line) if draw.random() < 0.3 else 5)


MAKERS: dict[str, Callable[[np.random.Generator, Path], Source]] = {
    "mutated": _mutated,
    "ragged": _ragged,
    "noise": _noise,
    "noise of marks": _noise_of_marks,
    "NUL bytes": _nul,
    "many columns": _wide,
    "full": _full,
    "different texts": _different,
    "one cell": _one_cell,
    "quotes": _quotes,
    "lines": _lines,
    "names": _names,
    "gzip bomb": _bomb_gzip,
    "npz bomb": _bomb_npz,
    "members": _members,
    "archives": _npz,
    "cut off": _cut,
    "paths": _paths,
    "LIBSVM": _svm,
    "ARFF": _arff,
}
KINDS = tuple(MAKERS)
BOMBS = ("gzip bomb", "npz bomb")
COUNTS = {
    "mutated": 210, "gzip bomb": 2, "npz bomb": 1, "full": 4, "different texts": 2, "many columns": 6, "one cell": 8,
    "quotes": 8, "lines": 16, "members": 3, "cut off": 60, "archives": 50, "noise of marks": 10, "noise": 20,
}  # fmt: skip
"""How many of a kind, where it isn't 25: large ones take longer to make than to refuse."""


def hostile(kind: str, folder: Path) -> Iterator[Source]:
    """Files of one kind, the same ones every time."""
    for k in range(COUNTS.get(kind, N_EACH)):
        yield MAKERS[kind](np.random.default_rng([k, KINDS.index(kind)]), folder)
