"""``tinygrad-bp check``: what it finds, what it says, and how it ends."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import Invoke, Run
from tests.cli.derivations import FORGOTTEN, RIGHT, written

GRADIENT = """
import numpy as np

def cost(w, b, X, y):
    return np.mean((X @ w + b - y) ** 2)

def gradient(w, b, X, y):
    r = X @ w + b - y
    return 2 * X.T @ r / len(y), 2 * np.mean(r)

arguments = [np.array([1.0, -2.0]), 0.5, np.array([[1.0, 2.0], [0.5, -1.0], [2.0, 1.5]]), np.array([1.0, 0.0, 2.0])]
"""


def flat(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())


def verdicts(out: str) -> dict[str, str]:
    """By quantity what the table says, without the remarks."""
    rows = re.findall(r"^ (d_\S+) +(right|wrong|inherited|not comparable)\b", out, re.MULTILINE)
    return dict(rows)


def test_a_right_derivation(run: Run, tmp_path: Path) -> None:
    done = run("check", written(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith("two_layers.py: by_hand is right in all it gives: 6 quantities\n")
    assert verdicts(done.stdout) == dict.fromkeys(("d_z3", "d_W2", "d_b2", "d_z2", "d_W1", "d_b1"), "right")
    assert "Not given, and no fault: d_a3, d_a2." in done.stdout
    assert "confirm the engine" in done.stdout
    assert "smallest" not in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["two_layers.py"]  # nothing is written


def test_a_wrong_step_is_named_and_explained(run: Run, tmp_path: Path) -> None:
    done = run("check", written(tmp_path, FORGOTTEN))
    assert done.returncode == 1
    assert done.stderr == ""
    out = done.stdout
    assert out.startswith("two_layers.py: by_hand is wrong: of 6 quantities 1 at fault, 2 only inherit it\n")
    assert verdicts(out) == {
        "d_z3": "right", "d_W2": "right", "d_b2": "right", "d_z2": "wrong", "d_W1": "inherited", "d_b1": "inherited",
    }  # fmt: skip
    assert "follows from your d_z2" in out
    assert "The fault is at d_z2:" in out
    assert re.search(r"it should be +d_z2 = \(d_z3 @ W2\) \* a2 \* \(1 - a2\)\n", out)
    assert re.search(r"yours equals +d_z2 = d_z3 @ W2\n", out)
    assert "The factor f′(z2) = a2 * (1 - a2) is missing." in out
    assert "The smallest case found in which it is wrong" in out
    assert max(map(len, out.splitlines())) <= 80
    can_be_redone(out)


def can_be_redone(out: str) -> None:
    """The numbers of the smallest case are those that follow and those of the slip."""
    case = out[out.index("The smallest case") :]
    given = dict(re.findall(r"^  (\w+) += (\[.*\])$", case, re.MULTILINE))
    number = {name: np.array(json.loads(text), dtype=float) for name, text in given.items()}
    assert set(number) == {"W1", "b1", "W2", "b2", "X", "Y", "a2", "d_z3"}
    assert number["X"].shape == (1, 1)
    expected, yours = re.findall(r"is (\S+); yours is (\S+)\.\n", case)[0]
    follows = (number["d_z3"] @ number["W2"]) * number["a2"] * (1 - number["a2"])
    assert float(expected) == pytest.approx(follows[0, 0], rel=1e-5)
    assert float(yours) == pytest.approx((number["d_z3"] @ number["W2"])[0, 0], rel=1e-5)


def test_the_smallest_case_is_one_of_the_first_fault(invoke: Invoke, tmp_path: Path) -> None:
    """That of the missing 1/m has two examples, though b2 is wrong with one."""
    file = written(tmp_path, (" / len(X)\n    d_z2", "\n    d_z2"), ("np.sum(d_z3, axis=0)", "-np.sum(d_z3, axis=0)"))
    done = invoke("check", file, "--json")
    (found,) = json.loads(done.stdout)["derivations"]
    assert found["result"]["first_wrong"] == "z3"
    assert [f["quantity"] for f in found["result"]["findings"] if f["verdict"] == "wrong"] == ["z3", "b2"]
    assert found["smallest"]["first_wrong"] == "z3"
    assert np.shape(found["smallest"]["arguments"]["X"]) == (2, 1)


def test_two_faults_the_first_in_full_and_both_in_the_table(invoke: Invoke, tmp_path: Path) -> None:
    out = invoke("check", written(tmp_path, FORGOTTEN, ("d_z3.T @ a2", "-d_z3.T @ a2")), "--no-shrink").stdout
    assert verdicts(out)["d_W2"] == verdicts(out)["d_z2"] == "wrong"
    assert "The fault is at d_W2 (the first in backward order; 1 more in the table):" in out
    assert "a2 * (1 - a2) is missing" in out
    assert "smallest" not in out


def test_what_no_edit_explains_is_not_guessed(invoke: Invoke, tmp_path: Path) -> None:
    file = written(tmp_path, ("d_z3 @ W2 * a2 * (1 - a2)", "np.sin(3 * d_z3 @ W2 + 1) * a2"))
    done = invoke("check", file, "--no-shrink")
    assert done.exit_code == 1
    assert "yours equals" not in done.stdout
    assert "No edit of the step gives these numbers" in done.stdout


def test_json(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path, FORGOTTEN, ("import name\n", "import name\nprint('hello')\n"))
    done = run("check", file, "--json", "--no-shrink", "--seed", "3", "--tau", "1e-7", "--points", "2")
    assert done.returncode == 1
    assert done.stderr == "hello\n"
    said = json.loads(done.stdout)
    assert {name: said[name] for name in ("file", "verdict")} == {"file": "two_layers.py", "verdict": "wrong"}
    (found,) = said["derivations"]
    assert (found["name"], found["cost"], found["judged_by"], found["smallest"]) == ("by_hand", "cost", "compare", None)
    result = found["result"]
    assert (result["first_wrong"], result["seed"], result["tau"], result["points"]) == ("z2", 3, 1e-7, 2)
    (wrong,) = (finding for finding in result["findings"] if finding["verdict"] == "wrong")
    assert (wrong["suspect"], wrong["explanations"][0]["kind"]) == ("d_z3 @ W2", "derivative-missing")


def test_what_the_file_prints_is_printed_once(invoke: Invoke, tmp_path: Path) -> None:
    file = written(tmp_path, ("    d_z2 =", "    print('in by_hand')\n    d_z2 ="))
    assert invoke("check", file).stdout.count("in by_hand") == 1


@pytest.mark.parametrize("asked", ["two_layers.py", "two_layers.py:other", "two_layers:other", "two_layers"])
def test_a_name_and_a_module(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    other = "\n\ndef other(**arguments):\n    return by_hand(**arguments) | {'b2': 7 * arguments['b2']}\n"
    other = other.replace("**arguments", "W1, b1, W2, b2, X, Y").replace("arguments['b2']", "b2")
    written(tmp_path, text=RIGHT + other)
    monkeypatch.delitem(sys.modules, "two_layers", raising=False)
    done = invoke("check", asked, "--no-shrink")
    assert done.exit_code == (1 if "other" in asked else 0), done.output
    assert f"{asked.partition(':')[0]}: {'other' if 'other' in asked else 'by_hand'} is " in done.stdout
    monkeypatch.delitem(sys.modules, "two_layers", raising=False)


MARKED = """

@derivation(of=cost)
def forgotten(W1, b1, W2, b2, X, Y):
    return by_hand(W1, b1, W2, b2, X, Y) | {"b1": np.zeros(3)}


def half(W2, b2):
    return np.sum(W2 * W2) * 0.5 + np.sum(b2)


@derivation(of=half)
def halved(b2, W2):
    return {"W2": W2, "b2": np.ones_like(b2)}


arguments = dict(zip(("W1", "b1", "W2", "b2", "X", "Y"), arguments(np.random.default_rng(0))))
"""


def test_all_derivations_of_a_file_each_of_its_own_cost(invoke: Invoke, tmp_path: Path) -> None:
    text = RIGHT.replace("import name\n", "import name\nfrom tinygrad_bp.derivation import derivation\n") + MARKED
    file = written(tmp_path, text=text)
    done = invoke("check", file, "--json", "--no-shrink")
    found = [(each["name"], each["cost"], each["verdict"]) for each in json.loads(done.stdout)["derivations"]]
    assert found == [("forgotten", "cost", "wrong"), ("halved", "half", "right"), ("by_hand", "cost", "right")]
    assert done.exit_code == 1
    shown = invoke("check", file, "--no-shrink").stdout
    assert [line.split()[1:4] for line in shown.splitlines() if line.startswith(file)] == [
        ["forgotten", "is", "wrong:"], ["halved", "is", "right"], ["by_hand", "is", "right"],
    ]  # fmt: skip
    assert invoke("check", f"{file}:halved").exit_code == 0


def test_derivations_of_one_cost_are_held_against_each_other(invoke: Invoke, tmp_path: Path) -> None:
    third = "\n\n@derivation(of=cost)\ndef again(X, Y, W1, b1, W2, b2):\n    return by_hand(W1, b1, W2, b2, X, Y)\n"
    text = RIGHT.replace("import name\n", "import name\nfrom tinygrad_bp.derivation import derivation\n") + MARKED
    two = written(tmp_path, text=text)
    out = flat(invoke("check", two, "--no-shrink").stdout)
    assert out.endswith("The 2 derivations of cost, held against each other: forgotten and by_hand differ in d_b1.")
    three = written(tmp_path, text=text + third)
    out = invoke("check", three, "--no-shrink").stdout
    assert re.search(r"^ forgotten +differ +differ *$", out, re.MULTILINE)
    assert re.search(r"^ again +differ +agree *$", out, re.MULTILINE)
    assert out.endswith("The odd one out: forgotten.\n")
    (found,) = json.loads(invoke("check", three, "--json", "--no-shrink").stdout)["agreements"]
    assert (found["cost"], found["odd_one_out"]) == ("cost", "forgotten")
    assert {tuple(pair["between"]): pair["quantities"] for pair in found["differing"]} == {
        ("forgotten", "again"): ["b1"], ("forgotten", "by_hand"): ["b1"], ("again", "by_hand"): [],
    }  # fmt: skip
    assert "held against each other" not in invoke("check", f"{three}:halved").stdout


def test_arguments_in_another_order_and_updated_in_place(invoke: Invoke, tmp_path: Path) -> None:
    order = ("by_hand(W1, b1, W2, b2, X, Y)", "by_hand(X, Y, W1, b1, W2, b2)")
    update = ("    d_z2 =", "    W2 -= 0.5 * d_z3.T @ a2\n    d_z2 =")
    assert invoke("check", written(tmp_path, order)).exit_code == 0
    done = invoke("check", written(tmp_path, order, update), "--no-shrink")
    assert verdicts(done.stdout)["d_z2"] == "wrong"
    assert verdicts(done.stdout)["d_z3"] == "right"


def test_a_gradient_without_names_is_checked_by_differences(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("check", written(tmp_path, text=GRADIENT)).exit_code == 0
    done = invoke("check", written(tmp_path, ("return 2 * X.T", "return X.T"), text=GRADIENT))
    assert done.exit_code == 1
    assert "gradient gives no names: it is taken for the gradient in w, b." in flat(done.stdout)
    assert re.search(r"^ w \(along v\) +fail .* 0\.5 $", done.stdout, re.MULTILINE)
    assert re.search(r"^ b \(along v\) +pass ", done.stdout, re.MULTILINE)
    assert "w: all entries × 0.5." in done.stdout


def test_a_single_array_is_the_gradient_in_the_first_argument_of_its_shape(invoke: Invoke, tmp_path: Path) -> None:
    file = written(tmp_path, (" / len(y), 2 * np.mean(r)", " / len(y)"), text=GRADIENT)
    done = invoke("check", file, "--json")
    (found,) = json.loads(done.stdout)["derivations"]
    assert (found["verdict"], found["judged_by"]) == ("right", "gradcheck")
    assert [finding["path"] for finding in found["result"]["findings"]] == ["w"]


def test_a_network_and_steps_of_ones_own(invoke: Invoke, tmp_path: Path) -> None:
    text = """
import numpy as np
from tinygrad_bp.network import Network, Steps

cost = Network([3, 4, 2], output="identity", cost="squared-error", decay=0.1, seed=0)
by_hand = Steps(bias_gradient=lambda delta: np.sum(delta, axis=0))
arguments = (np.linspace(-1, 1, 15).reshape(5, 3), np.linspace(0, 1, 10).reshape(5, 2))
"""
    done = invoke("check", written(tmp_path, text=text))
    assert done.exit_code == 1
    assert verdicts(done.stdout)['d_parameters["b1"]'] == verdicts(done.stdout)['d_parameters["b2"]'] == "wrong"
    assert verdicts(done.stdout)['d_parameters["W1"]'] == "right"
    assert "The smallest case found" in done.stdout
    assert re.search(r"so that d_.+ is \S+; yours is \S+\.\n", done.stdout)


def test_a_derivation_for_one_number_of_features_alone(invoke: Invoke, tmp_path: Path) -> None:
    """Other shapes, which it refuses in its own way, are left out of the search."""
    only = ("    a2 = sigmoid(X @ W1.T + b1)\n", "    assert X.shape[1] == 2\n    a2 = sigmoid(X @ W1.T + b1)\n")
    done = invoke("check", written(tmp_path, FORGOTTEN, only))
    assert done.exit_code == 1
    assert re.search(r"\n  X    = \[\[0, 0\]\]\n", done.stdout[done.stdout.index("The smallest case") :])


def test_advice_where_no_quantity_has_a_name(invoke: Invoke, tmp_path: Path) -> None:
    named = ("return 2 * X.T @ r / len(y), 2 * np.mean(r)", 'return {"w": X.T @ r, "b": 2 * np.mean(r)}')
    for change in (named, ("return 2 * X.T", "return X.T")):
        out = invoke("check", written(tmp_path, change, text=GRADIENT), "--no-shrink").stdout
        assert "In which step? Name the quantities in cost" in out
    assert "In which step?" not in invoke("check", written(tmp_path, FORGOTTEN), "--no-shrink").stdout


def test_without_hypothesis_it_is_said_what_to_install(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    done = invoke("check", written(tmp_path, FORGOTTEN))
    assert done.exit_code == 1
    assert 'which is not installed: pip install "tinygrad_bp[test]"' in flat(done.stdout)


def test_the_notes(invoke: Invoke) -> None:
    done = invoke("check")
    assert done.exit_code == 1  # N16 as written
    rows = re.findall(r"^ (N\d+) +(as \w+) +(right|wrong) ", done.stdout, re.MULTILINE)
    expected = [(f"N{i}", form, "right") for i in (10, 14, 15, 16, 17) for form in ("as written", "as corrected")]
    expected[6] = ("N16", "as written", "wrong")
    assert rows == expected
    assert 'it should be  d_parameters["W3"] = (d_a4 * a4 * (1 - a4)).T @ a3' in done.stdout
    assert done.stdout.splitlines()[-1] == "10 derivations: 9 right, 1 wrong."


def test_the_notes_as_json(invoke: Invoke) -> None:
    rows: list[dict[str, Any]] = json.loads(invoke("check", "--json").stdout)
    wrong = [(row["id"], row["as"]) for row in rows if row["verdict"] == "wrong"]
    assert (len(rows), wrong) == (10, [("N16", "written")])
