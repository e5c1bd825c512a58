"""What the user can put right: one line on stderr, exit code 2, nothing written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke, Run, environment
from tinygrad_bp.cli import app
from tinygrad_bp.network import Network

WRONG = {
    "no such command": ("trian", "No such command"),
    "no such option": ("train --epoch-count 3", "No such option"),
    "too many arguments": ("train flowers.csv flowers.csv", "unexpected extra argument"),
    "epochs": ("train --epochs none", "'--epochs'"),
    "no epoch": ("train --epochs 0", "'--epochs'"),
    "batch": ("train --batch -1", "'--batch'"),
    "seed": ("train --seed -1", "'--seed'"),
    "check": ("train --check-every -1", "'--check-every'"),
    "sizes": ("train --hidden 3,,4", "'--hidden': '3,,4' is not sizes of layers, such as 64 or 128,64"),
    "size": ("train --hidden 3,0", "'--hidden': '3,0' is not sizes of layers"),
    "activation": ("train --activation gelu", "'--activation': 'gelu' is not one of sigmoid, tanh, relu"),
    "output": ("train --output max", "'--output': 'max' is not one of"),
    "cost": ("train --cost hinge", "'--cost': 'hinge' is not one of cross-entropy, squared-error"),
    "output and cost": ("train --output tanh", "goes with output 'sigmoid' or 'softmax', not 'tanh'"),
    "decay": ("train --decay -0.1", "'--decay': -0.1 is not a finite number, 0 or more"),
    "no decay": ("train --decay nan", "'--decay': nan is not a finite number"),
    "learning rate": ("train --learning-rate 0", "'--learning-rate': 0.0 is not a finite number above 0"),
    "no learning rate": ("train --learning-rate inf", "'--learning-rate': inf is not a finite number"),
    "memory": ("train --hidden 100000,100000000", "there is not enough memory"),
    "missing file": ("train nothing.csv", "nothing.csv: No such file"),
    "format": ("train data.xlsx", "data.xlsx"),
    "empty": ("train empty.csv", "empty.csv is empty"),
    "unknown column": ("train flowers.csv --target colour", "has no column 'colour'; it has 'length', 'width', 'kind'"),
    "a quantity": ("train flowers.csv --target length", "that is a quantity"),
    "non-numeric": ("train words.csv", "words.csv, row 3, column 2 (b): 'many' is not a number"),
    "one class": ("train same.csv", "single class"),
    "NaN": ("train nan.csv", "nan.csv, row 2, column 1 (a): 'nan' is not a finite number"),
    "too few": ("train few.csv", "few.csv: class 'x' has too few examples"),
    "ragged": ("train ragged.csv", "ragged.csv, row 3 has 2 cells, and row 1 has 3"),
    "folder of the model": ("train --model nowhere/model.npz", "nowhere/model.npz cannot be written: No such"),
    "model is a folder": ("train --model .", "--model . is there already and is no file"),
    "model is a device": ("train --model /dev/null", "--model /dev/null is there already and is no file"),
    "model is the data": ("train flowers.csv --model flowers.csv", "would overwrite the data set"),
    "model is other data": ("train --model few.csv", "is there already and is no network of tinygrad_bp"),
    "diverging": (
        "train flowers.csv --learning-rate 1e9 --activation identity --output identity --cost squared-error",
        "the training diverged with a learning rate of 1e+09",
    ),
}  # fmt: skip


@pytest.fixture
def files(flowers: str, tmp_path: Path) -> dict[str, bytes]:
    """Files to go wrong with, and what is in them."""
    for name, text in {
        "empty.csv": "",
        "words.csv": "a,b,k\n1,2,x\n3,many,y\n",
        "same.csv": "a,b,k\n1,2,x\n3,4,x\n",
        "nan.csv": "a,b,k\nnan,2,x\n3,4,y\n",
        "few.csv": "a,b,k\n1,2,x\n3,4,y\n",
        "ragged.csv": "a,b,k\n1,2,x\n3,4\n",
        "data.xlsx": "?",
    }.items():
        (tmp_path / name).write_text(text)
    return contents(tmp_path)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(("command", "message"), WRONG.values(), ids=WRONG.keys())
def test_one_line_and_nothing_written(
    invoke: Invoke, files: dict[str, bytes], tmp_path: Path, command: str, message: str
) -> None:
    done = invoke(*command.split())
    assert done.exit_code == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr
    assert contents(tmp_path) == files


def test_from_a_process(run: Run, files: dict[str, bytes], tmp_path: Path) -> None:
    for arguments in (["train", "--epochs", "0"], ["train", "words.csv", "--json"]):
        done = run(*arguments)
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1
    assert contents(tmp_path) == files


def test_a_model_that_cannot_be_written_is_told_before_the_training(invoke: Invoke, flowers: str) -> None:
    assert invoke("train", flowers, "--epochs", "1000000", "--model", "nowhere/model.npz").stdout == ""


def test_a_model_that_cannot_be_written_after_all(
    invoke: Invoke, flowers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(self: Network, path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Network, "save", save)
    done = invoke("train", flowers, "--epochs", "1", "--hidden", "3")
    assert done.exit_code == 2
    assert done.stderr.startswith("error: the model was not written: ")
    assert "No space left" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [flowers]


def test_a_model_that_holds_something_else_is_left_alone(invoke: Invoke, flowers: str, tmp_path: Path) -> None:
    (tmp_path / "model.npz").write_text("years of work")
    assert invoke("train", flowers).exit_code == 2
    assert (tmp_path / "model.npz").read_text() == "years of work"


def test_an_error_of_ours_is_not_hidden(invoke: Invoke, flowers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def train(*args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tinygrad_bp.cli.commands.train", train)
    assert isinstance(invoke("train", flowers).exception, ZeroDivisionError)


def test_help_and_version(run: Run) -> None:
    for arguments, expected in (
        (["--help"], ["train", "notes"]),
        ([], ["train", "notes"]),
        (["train", "--help"], ["--hidden", "--learning-rate", "[default: relu]", "handwritten digits", "Exit code 0"]),
        (["notes", "-h"], ["--json"]),
    ):
        done = run(*arguments)
        assert done.returncode == 0
        assert done.stderr == ""
        assert all(word in done.stdout for word in expected)
        assert max(map(len, done.stdout.splitlines())) <= 80
    done = run("--version")
    assert done.stdout.startswith("tinygrad_bp ")
    assert done.returncode == 0


def test_standalone_mode_can_be_switched_off(capsys: pytest.CaptureFixture[str]) -> None:
    assert app(["--version"], standalone_mode=False) == 0
    assert capsys.readouterr().out.startswith("tinygrad_bp ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_output_that_cannot_be_written(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "tinygrad_bp", "notes", "--json"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=environment(), text=True, timeout=120)
    assert done.returncode == 2
    assert done.stderr == "error: the output cannot be written: No space left on device\n"
