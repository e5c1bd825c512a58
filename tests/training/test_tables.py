"""Data sets are read as they stand, and what is wrong with one is said in one line that says where."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinygrad_bp.training.tables import DataError, Table, read


def csv(path: Path, text: str, **options: Any) -> Table:
    file = path / "data.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(file, **options)


def npz(path: Path, target: str | None = None, **arrays: Any) -> Table:
    file = path / "data.npz"
    np.savez(file, **arrays)
    return read(file, target)


def test_a_csv_with_a_header(tmp_path: Path) -> None:
    table = csv(tmp_path, "length, width,kind\n1,2.5, rose \n-3e1,4,daisy\n\n0,.5,rose\n")
    np.testing.assert_array_equal(table.X, [[1, 2.5], [-30, 4], [0, 0.5]])
    assert table.X.dtype == np.float64
    assert table.classes == ("daisy", "rose")
    np.testing.assert_array_equal(table.y, [1, 0, 1])
    assert [feature.rpartition(", ")[2] for feature in table.features] == ["column 1 (length)", "column 2 (width)"]


def test_a_csv_without_a_header(tmp_path: Path) -> None:
    table = csv(tmp_path, "1,2,rose\n3,4,daisy\n")
    np.testing.assert_array_equal(table.X, [[1, 2], [3, 4]])
    assert table.classes == ("daisy", "rose")


def test_a_header_of_numbers_has_to_be_said(tmp_path: Path) -> None:
    text = "0,1,2\n5,6,0\n7,8,1\n"
    assert csv(tmp_path, text).X.shape == (3, 2)
    table = csv(tmp_path, text, header=True)
    assert table.X.shape == (2, 2)
    assert table.classes == (0, 1)
    assert csv(tmp_path, "a,b,x\n1,2,y\n".replace("a,b", "0,0"), header=False).X.shape == (2, 2)


@pytest.mark.parametrize("target", ["kind", "2", "-2"])
def test_a_target_by_name_and_number(tmp_path: Path, target: str) -> None:
    table = csv(tmp_path, "a,kind,b\n1,x,2\n3,y,4\n", target=target)
    np.testing.assert_array_equal(table.X, [[1, 2], [3, 4]])
    assert table.classes == ("x", "y")


def test_a_column_named_by_a_number_comes_first(tmp_path: Path) -> None:
    assert csv(tmp_path, "1,kind,2\n5,1,2\n3,0,4\n", target="1", header=True).classes == (3, 5)
    assert csv(tmp_path, "2,kind,1\n5,1,2\n3,0,4\n", target="1", header=True).classes == (2, 4)


def test_what_spreadsheets_write(tmp_path: Path) -> None:
    table = csv(tmp_path, '\ufeff"a","b, or c","kind"\r\n"1","2","x ""y"""\r\n3,4,"z\r\nw"\r\n5,6,"z\r\nw"\r\n')
    assert table.classes == ('x "y"', "z\r\nw")
    assert table.features[1].endswith("column 2 (b, or c)")


@pytest.mark.parametrize(
    ("labels", "classes", "y"),
    [
        (["10", "9", "10"], (9, 10), [1, 0, 1]),
        (["1", "1.0", "0"], (0, 1), [1, 1, 0]),
        (["2.0", "1.0", "2.0"], (1, 2), [1, 0, 1]),
        (["0.5", "1.5", "0.5"], (0.5, 1.5), [0, 1, 0]),
        (["10", "9", "x"], ("10", "9", "x"), [0, 1, 2]),
        (["9007199254740993", "9007199254740992", "1"], (1, 9007199254740992, 9007199254740993), [2, 1, 0]),
        (["1_0", "2", "2"], ("1_0", "2"), [0, 1, 1]),
    ],
)
def test_labels_become_classes(tmp_path: Path, labels: list[str], classes: tuple[Any, ...], y: list[int]) -> None:
    table = csv(tmp_path, "a,kind\n" + "".join(f"{i},{label}\n" for i, label in enumerate(labels)))
    assert table.classes == classes
    assert [type(label) for label in table.classes] == [type(label) for label in classes]
    np.testing.assert_array_equal(table.y, y)


WRONG_CSV = {
    "empty": ("", "is empty"),
    "blank": ("\n \n\r\n", "is empty"),
    "header only": ("a,b\n", "has a header and no data"),
    "one column": ("a;b\n1;2\n", "has a single column"),
    "non-numeric cell": ("a,b,k\n1,2,x\n\n3,oops,y\n", "row 4, column 2 (b): 'oops' is not a number"),
    "in the first row": ("1,oops,x\n1,2,y\n", "row 1, column 2: 'oops' is not a number"),
    "after a long cell": ('a,b,k\n1,2,"x\ny"\n3,oops,y\n', "row 4, column 2 (b): 'oops'"),
    "thousands": ("a,b,k\n1,2_000,x\n3,4,y\n", "row 2, column 2 (b): '2_000' is not a number"),
    "empty cell": ("a,b,k\n1,2,x\n3,,y\n", "row 3, column 2 (b): the cell is empty"),
    "NaN": ("a,b,k\n1,2,x\n3,NaN,y\n", "row 3, column 2 (b): 'NaN' is not a finite number"),
    "infinity": ("a,b,k\n-inf,2,x\n3,4,y\n", "row 2, column 1 (a): '-inf' is not a finite number"),
    "too large": ("a,b,k\n1,2,x\n3,1e999,y\n", "row 3, column 2 (b): '1e999' is not a finite number"),
    "ragged": ("a,b,k\n1,2,x\n3,4\n", "row 3 has 2 cells, and row 1 has 3"),
    "one class": ("a,b,k\n1,2,x\n3,4,x\n", "column 3 (k) has a single class, 'x'"),
    "no label": ("a,b,k\n1,2,x\n3,4,\n", "row 3, column 3 (k): the cell is empty"),
    "NaN label": ("a,b,k\n1,2,0\n3,4,nan\n", "row 3, column 3 (k): 'nan' is no class"),
    "missing label": ("a,b,k\n1,2,x\n3,4,NaN\n", "row 3, column 3 (k): 'NaN' is no class"),
    "open quote": ('a,b,k\n1,2,"x\n', "row 2: unexpected end of data"),
    "header that looks like data": ("0,1,target\n1,2,0\n3,4,1\n", "'target' is not a number, as all below it are"),
    "a quantity": (
        "a,price\n" + "".join(f"{i},{i + 0.5}\n" for i in range(21)),
        "column 2 (price) has 21 different values with fractions: that is a quantity",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG_CSV.values(), ids=WRONG_CSV.keys())
def test_what_is_wrong_with_a_csv(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        csv(tmp_path, text)
    assert message in str(caught.value)
    assert str(tmp_path / "data.csv") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "target", "message"),
    [
        ("a,b,k\n1,2,x\n", "c", "has no column 'c'; it has 'a', 'b', 'k'"),
        ("a,b,k\n1,2,x\n", "4", "has no column 4; its columns are 1 to 3"),
        ("a,b,k\n1,2,x\n", "0", "has no column 0"),
        ("a,b,k\n1,2,x\n", "-4", "has no column -4"),
        ("1,2,x\n3,4,y\n", "k", "has no column 'k'; its first row has numbers and counts as no header"),
        ("a,a,k\n1,2,x\n", "a", "has several columns 'a'; give the target's number"),
        (
            ",".join("abcdefghijkl") + "\n" + ",".join("1" * 12),
            "z",
            "'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h' and 4 more",
        ),
    ],
)
def test_a_target_that_is_not_there(tmp_path: Path, text: str, target: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        csv(tmp_path, text, target=target)
    assert message in str(caught.value)


def test_a_few_fractions_are_classes(tmp_path: Path) -> None:
    table = csv(tmp_path, "a,k\n" + "".join(f"{i},{(i % 20) / 4}\n" for i in range(40)))
    assert len(table.classes) == 20


def test_what_is_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nothing\.csv: No such file"):
        read(tmp_path / "nothing.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(DataError, match=r"folder\.csv: "):
        read(tmp_path / "folder.csv")
    (tmp_path / "data.txt").write_text("1,2\n")
    with pytest.raises(DataError, match=r"data\.txt: a data set is a \.csv or an \.npz"):
        read(tmp_path / "data.txt")
    (tmp_path / "latin.csv").write_bytes(b"a,k\n1,\xe9\n")
    with pytest.raises(DataError, match=r"not a text file in UTF-8 \(byte 6\)"):
        read(tmp_path / "latin.csv")


def test_an_npz(tmp_path: Path) -> None:
    X = np.arange(12.0).reshape(3, 2, 2)
    table = npz(tmp_path, X=X, y=np.array([7, 3, 7]))
    np.testing.assert_array_equal(table.X, X.reshape(3, 4))
    assert table.classes == (3, 7)
    np.testing.assert_array_equal(table.y, [1, 0, 1])
    assert npz(tmp_path, "kind", X=X.astype(np.uint8), kind=np.array([["b"], ["a"], ["b"]])).classes == ("a", "b")
    assert npz(tmp_path, X=X, y=np.array([1.0, 2.0, 1.0])).classes == (1, 2)
    assert npz(tmp_path, X=X, y=np.array([True, False, True])).classes == (False, True)


GOOD = np.ones((3, 2))
LABELS = np.array([0, 1, 0])
WRONG_NPZ = {
    "no X": ({"x": GOOD, "y": LABELS}, "has no array 'X'; it has 'x', 'y'"),
    "no y": ({"X": GOOD}, "has no array 'y'; it has 'X'"),
    "text": ({"X": np.array([["a"], ["b"], ["c"]]), "y": LABELS}, "X must hold real numbers"),
    "complex": ({"X": GOOD * 1j, "y": LABELS}, "X must hold real numbers"),
    "one row": ({"X": np.ones(3), "y": LABELS}, "it has shape (3,)"),
    "nothing": ({"X": np.ones((0, 2)), "y": LABELS[:0]}, "it has shape (0, 2)"),
    "lengths": ({"X": GOOD, "y": LABELS[:2]}, "y must be 3 classes, one for each X[i]; it has shape (2,)"),
    "one-hot": ({"X": GOOD, "y": np.eye(3)}, "it has shape (3, 3)"),
    "NaN": ({"X": GOOD * [[1], [np.nan], [1]], "y": LABELS}, "X[1, 0] is nan"),
    "NaN label": ({"X": GOOD, "y": np.array([0.0, np.nan, 1.0])}, "y[1]: 'nan' is no class"),
    "one class": ({"X": GOOD, "y": 0 * LABELS}, "y has a single class, 0"),
    "dates": ({"X": GOOD, "y": np.array(["2026-01-01"] * 3, dtype="M8[D]")}, "y must hold integers or text"),
    "objects": ({"X": GOOD, "y": np.array([None, 1, 2], dtype=object)}, "is not an .npz file of plain arrays"),
}


@pytest.mark.parametrize(("arrays", "message"), WRONG_NPZ.values(), ids=WRONG_NPZ.keys())
def test_what_is_wrong_with_an_npz(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as caught:
        npz(tmp_path, **arrays)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_npz(tmp_path: Path) -> None:
    whole = io.BytesIO()
    np.savez(whole, X=GOOD, y=LABELS)
    single = io.BytesIO()
    np.save(single, GOOD)
    for content in (b"not an archive", single.getvalue(), whole.getvalue()[:-30], whole.getvalue()[:200]):
        (tmp_path / "data.npz").write_bytes(content)
        with pytest.raises(DataError, match=r"is not an \.npz file of plain arrays, or damaged"):
            read(tmp_path / "data.npz")
    (tmp_path / "data.npz").write_bytes(whole.getvalue())
    with pytest.raises(DataError, match="the target must be another array than X"):
        read(tmp_path / "data.npz", "X")
    with pytest.raises(DataError, match=r"only a \.csv file has a header"):
        read(tmp_path / "data.npz", header=True)
