"""``tinygrad-bp train``: what it shows, what it writes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import Invoke, Run, environment
from tinygrad_bp.data import digits_split
from tinygrad_bp.network import Network


def test_the_digits_as_a_user_runs_it(run: Run, tmp_path: Path) -> None:
    """The main job, with all its defaults."""
    start = time.perf_counter()
    done = run("train")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert time.perf_counter() - start < 60
    assert "The three derivations agree: engine and δ within " in done.stdout
    model, split = Network.load(tmp_path / "model.npz"), digits_split()
    right = int(np.sum(model.predict(split.X_test) == split.y_test))
    assert right >= 0.96 * 359
    assert f"Test accuracy {100 * right / 359:.1f} %: {right} of 359." in done.stdout
    checks = [line.split() for line in done.stdout.splitlines()[:25] if line[:5].strip().isdigit()]
    assert [int(epoch) for epoch, *_ in checks] == [0, 5, 10, 15, 20, 25, 30]
    for _, _, engine_delta, differences_delta, differences_engine in checks:
        assert float(engine_delta) < 1e-12
        assert float(differences_delta) < 1e-6
        assert float(differences_engine) < 1e-6
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_csv(invoke: Invoke, flowers: str, tmp_path: Path) -> None:
    done = invoke("train", flowers, "--model", "flowers.npz", "--hidden", "5", "--check-every", "0")
    assert done.exit_code == 0, done.output
    assert "flowers.csv: 30 examples to train on, 6 for the test; 2 features, 3 classes" in done.output
    assert "network 2-5-3 (33 parameters), relu, softmax, cross-entropy, decay 0.001" in done.output
    assert "Test accuracy 100.0 %: 6 of 6." in done.output
    assert "0 for lily, 1 for poppy, 2 for rose" in " ".join(done.output.split())
    confusion = done.output[done.output.index("Test: true classes down") :].splitlines()
    assert [line.split() for line in confusion[2:7:1] if line.strip() and "─" not in line] == [
        ["lily", "poppy", "rose"],
        ["lily", "2", ".", "."],
        ["poppy", ".", "2", "."],
        ["rose", ".", ".", "2"],
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flowers.csv", "flowers.npz"]
    # the model takes the numbers as they stand in the file
    np.testing.assert_array_equal(Network.load("flowers.npz").predict([[1, 200], [2, 300], [3, 100]]), [2, 0, 1])


def test_an_npz_and_the_options(invoke: Invoke, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    kind = np.arange(40) % 2
    np.savez(tmp_path / "data.npz", X=random.normal(size=(40, 2, 2)) + 4 * kind[:, None, None], kind=kind)
    options = "--hidden none --activation tanh --output sigmoid --decay 0 --learning-rate 0.5 --batch 0"
    rest = "--epochs 7 --seed 3 --check-every 2"
    done = invoke("train", "data.npz", "--target", "kind", *options.split(), *rest.split(), "--json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result["data"] == "data.npz"
    assert result["model"] == "model.npz"
    assert result["classes"] == [0, 1]
    assert result["agree"] is True
    assert np.sum(result["confusion"]) == 8
    assert result["accuracy"] == np.trace(result["confusion"]) / 8
    assert [check["epoch"] for check in result["checks"]] == [0, 2, 4, 6, 7]
    model = Network.load("model.npz")
    assert model.architecture.sizes == (4, 1)
    assert (model.architecture.output, model.architecture.decay) == ("sigmoid", 0.0)


def test_many_classes_show_what_is_confused_most(invoke: Invoke, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    np.savez(tmp_path / "data.npz", X=random.normal(size=(150, 2)), y=[f"kind {i % 30}" for i in range(150)])
    done = invoke("train", "data.npz", "--epochs", "1", "--hidden", "3")
    assert done.exit_code == 0, done.output
    assert "taken for" in done.output
    assert "9 for kind 17 and 20 more." in " ".join(done.output.split())
    assert max(map(len, done.output.splitlines())) <= 80


def test_markup_in_a_label_is_shown_as_it_is(invoke: Invoke, tmp_path: Path) -> None:
    lines = [f"{i % 2},{i},{('[red]a[/red]', ':smile:')[i % 2]}" for i in range(20)]
    (tmp_path / "[bold].csv").write_text("\n".join(["x,y,kind", *lines]))
    done = invoke("train", "[bold].csv", "--epochs", "1", "--hidden", "3")
    assert done.exit_code == 0, done.output
    assert "[bold].csv: " in done.output
    assert "[red]a[/red]" in done.output
    assert ":smile:" in done.output


def test_a_model_of_before_is_replaced(invoke: Invoke, flowers: str, tmp_path: Path) -> None:
    Network([2, 3, 3]).save(tmp_path / "model.npz")
    (tmp_path / "empty.npz").touch()
    for model in ("model.npz", "empty.npz"):
        assert invoke("train", flowers, "--epochs", "1", "--hidden", "4", "--model", model).exit_code == 0
        assert Network.load(model).architecture.sizes == (2, 4, 3)


def test_in_a_terminal_there_is_a_bar(run: Run, flowers: str) -> None:
    done = run("train", flowers, "--epochs", "3", "--hidden", "4", FORCE_COLOR="1")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "epoch 3 of 3" in done.stdout
    assert "epoch 3 of 3" not in run("train", flowers, "--epochs", "3", "--hidden", "4").stdout


def test_where_the_output_has_no_greek(run: Run, flowers: str) -> None:
    done = run("train", flowers, "--epochs", "1", "--hidden", "4", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "engine and ? within" in done.stdout


def test_derivations_that_part_are_told(
    invoke: Invoke, flowers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Network.delta_gradient

    def wrong(self: Network, *args: Any, **options: Any) -> dict[str, Any]:
        found = right(self, *args, **options)
        return {**found, "b1": 1.1 * found["b1"]}

    monkeypatch.setattr(Network, "delta_gradient", wrong)
    for options in ([], ["--json"]):
        done = invoke("train", flowers, "--epochs", "2", "--hidden", "4", *options)
        assert done.exit_code == 1
        assert (
            "b1 after epoch 0: the δ recurrence is alone (engine - δ 9.1e-02, differences - δ 9.1e-02)" in done.stderr
        )
        assert done.stderr.count("\n") == 1
    assert json.loads(done.stdout)["agree"] is False
    assert (tmp_path / "model.npz").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to send")
def test_an_interrupt_writes_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tinygrad_bp", "train", "--epochs", "100000"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stdout is not None
    while "digits" not in process.stdout.readline():
        pass
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert error == "error: interrupted; no model was written\n"
    assert list(tmp_path.iterdir()) == []
