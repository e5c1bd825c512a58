"""Files that ``tinygrad-bp check`` cannot judge: exit code 2, and one line that says why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke, Run
from tests.cli.derivations import RIGHT, written

HEAD = "import numpy as np\nfrom tinygrad_bp import name\n"
COST = "def cost(W, x):\n    return np.sum(W @ x)\n"
HAND = 'def by_hand(W, x):\n    return {"W": np.ones((2, 1)) * x}\n'
GIVEN = "arguments = (np.ones((2, 3)), np.ones(3))\n"

BEFORE = {
    "no file": (None, "file.py cannot be read: No such file or directory"),
    "syntax": ("def f(:\n", "file.py is no Python: line 1: SyntaxError: invalid syntax"),
    "null bytes": ("\0", "file.py is no Python: "),
    "import": (HEAD + "import nothing_of_that_name\n", "line 3: ModuleNotFoundError: No module named 'nothing_of"),
    "fails": (HEAD + "x = [1][2]\n", "file.py cannot be run: line 3: IndexError: list index out of range"),
    "ends": ("import sys\nsys.exit(0)\n", "file.py cannot be run: line 2: SystemExit: 0"),
    "empty": ("", "has no cost and no arguments and no by_hand"),
    "no cost": (HEAD + HAND + GIVEN, "has no cost; cost(…) is a function written in NumPy that gives one number."),
    "no derivation": (HEAD + COST + GIVEN, "has no by_hand (or gradient, or functions marked @derivation)"),
    "no arguments": (HEAD + COST + HAND, "has no arguments; arguments are samples of what cost takes"),
    "no function": (HEAD + COST + GIVEN + "by_hand = 3\n", "by_hand is of type int, and a function is needed"),
    "too few": (HEAD + COST + HAND + "arguments = (np.ones((2, 3)),)\n", "do not fit cost(W, x): missing a required"),
    "by name": (HEAD + COST + HAND + "arguments = {'W': 1.0, 'y': 2.0}\n", "missing a required argument: 'x'"),
    "drawn": (HEAD + COST + HAND + "def arguments(rng):\n    return 1 / 0\n", "line 8: ZeroDivisionError: division by"),
}

AFTER = {
    "array": (("np.sum(W @ x)", "W @ x"), "cost gives an array of shape (2,), and it is to give one number"),
    "nan": (("np.sum(W @ x)", "np.sum(W @ x) * np.nan"), "cost is nan at the arguments"),
    "leaves the graph": (("np.sum(W @ x)", "float(np.sum(W @ x))"), "line 4: TypeError: float(value) would leave"),
    "raises": (("np.ones((2, 1)) * x", "W @ W"), "by_hand cannot be computed: line 6: ValueError: matmul: "),
    "unknown key": (('"W"', '"V"'), "by_hand gave 'V', and the cost has no such argument or named quantity: it has W"),
    "nothing given": (('{"W": np.ones((2, 1)) * x}', "{}"), "by_hand gives nothing that can be judged"),
    "None": (('{"W": np.ones((2, 1)) * x}', "None"), "by_hand gives NoneType where arrays are expected"),
    "shape": (("np.ones((2, 1)) * x", "np.ones((3, 2))"), "d_W is not comparable: of shape (3, 2), where (2, 3)"),
    "nan given": (("np.ones((2, 1)) * x", "np.full((2, 3), np.nan)"), "d_W is not comparable: nan at [0, 0]"),
    "random": (("np.ones((2, 1))", "np.random.rand(2, 1)"), "by_hand gives other numbers when it is called again"),
    "shape without names": (('{"W": np.ones((2, 1)) * x}', "np.ones((5, 5))"), "by_hand gives (5, 5), and no argum"),
    "whole numbers": (("np.ones((2, 3)), np.ones(3)", "np.ones((2, 3), int), np.ones(3, int)"), "no argument of fl"),
    "parameters": (("by_hand(W, x)", "by_hand(V, x, q)"), "missing 1 required positional argument: 'q'"),
}  # fmt: skip


def assert_one_line(done: object, message: str) -> None:
    """Exit code 2, and the message in one line on stderr."""
    code, err = getattr(done, "exit_code", None), done.stderr  # type: ignore[attr-defined]
    assert code == 2, done
    assert err.startswith("error: file.py")
    assert err.count("\n") == 1
    assert message in err


@pytest.mark.parametrize(("text", "message"), BEFORE.values(), ids=BEFORE.keys())
def test_a_file_that_is_no_case(invoke: Invoke, tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        written(tmp_path, name="file.py", text=text)
    done = invoke("check", "file.py")
    assert_one_line(done, message)
    assert done.stdout == ""


@pytest.mark.parametrize(("change", "message"), AFTER.values(), ids=AFTER.keys())
def test_a_case_that_cannot_be_judged(invoke: Invoke, tmp_path: Path, change: tuple[str, str], message: str) -> None:
    text = HEAD + COST + HAND + GIVEN
    written(tmp_path, name="file.py", text=text)
    assert invoke("check", "file.py").exit_code == 0
    written(tmp_path, change, name="file.py", text=text)
    assert_one_line(invoke("check", "file.py"), message)


def test_a_name_that_is_not_there(invoke: Invoke, tmp_path: Path) -> None:
    written(tmp_path, name="file.py")
    assert_one_line(invoke("check", "file.py:by_foot"), "file.py has no by_foot; it has sigmoid, cost, by_hand, arg")


def test_a_module_that_is_not_there(invoke: Invoke) -> None:
    done = invoke("check", "no.such.module:f")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "no.such.module: there is no such file, and no module of that name" in done.stderr


def test_a_notebook(invoke: Invoke, tmp_path: Path) -> None:
    written(tmp_path, name="file.ipynb", text="{}")
    assert "is a notebook: save its cells as a .py file" in invoke("check", "file.ipynb").stderr


def test_from_a_process(run: Run, tmp_path: Path) -> None:
    written(tmp_path, name="file.py", text="def f(:\n")
    done = run("check", "file.py", "--json")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_one_of_two_that_cannot_be_judged(invoke: Invoke, tmp_path: Path) -> None:
    """The other is judged all the same."""
    by_foot = (
        "\n\nfrom tinygrad_bp.derivation import derivation\n\n\n@derivation(of=cost)\ndef by_foot(W1):\n    return {}\n"
    )
    file = written(tmp_path, name="file.py", text=RIGHT + by_foot)
    done = invoke("check", file)
    assert_one_line(done, "by_foot gives nothing that can be judged")
    assert "by_hand is right" in done.stdout
    found = json.loads(invoke("check", file, "--json").stdout)
    assert (found["verdict"], [each["verdict"] for each in found["derivations"]]) == (
        "cannot judge",
        ["cannot judge", "right"],
    )


@pytest.mark.parametrize("option", ["--tau 0", "--tau 2", "--points 0", "--seed -1"])
def test_options(invoke: Invoke, tmp_path: Path, option: str) -> None:
    done = invoke("check", written(tmp_path), *option.split())
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert option.split()[0] in done.stderr
