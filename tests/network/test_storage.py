"""A network in a file: what was written comes back; what is damaged or foreign is refused, and nothing is lost."""

from __future__ import annotations

import io
import json
import os
import pickle
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given

from tests.network.strategies import Case, networks
from tinygrad_bp.network import Network

REFUSED = r"is not a network saved by tinygrad_bp, or damaged"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "model.npz"
    Network([3, 4, 2], activation="tanh", decay=0.1, seed=0).save(path)
    return path


def assert_same(mine: Network, theirs: Network) -> None:
    assert mine.architecture == theirs.architecture
    assert list(mine.parameters) == list(theirs.parameters)
    for name, p in mine.parameters.items():
        assert p.dtype == theirs.parameters[name].dtype
        np.testing.assert_array_equal(p, theirs.parameters[name])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(networks())
def test_what_was_saved_is_loaded(dtype: type[np.floating[Any]], case: Case) -> None:
    case.network.parameters = {name: p.astype(dtype) for name, p in case.network.parameters.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net"
        case.network.save(path)
        assert os.listdir(folder) == ["net"]
        assert_same(Network.load(path), case.network)


@pytest.mark.parametrize("name", ["model", "model.npz", "model.v1.bin", "Modell µ.npz"])
@pytest.mark.parametrize("as_text", [True, False])
def test_the_path_is_taken_as_it_is(tmp_path: Path, name: str, as_text: bool) -> None:
    path = tmp_path / name
    net = Network([3, 2], seed=0)
    net.save(str(path) if as_text else path)
    net.save(path)  # over itself
    assert os.listdir(tmp_path) == [name]
    assert_same(Network.load(str(path) if as_text else path), net)


def test_it_is_a_plain_npz_with_the_usual_rights(saved: Path) -> None:
    with np.load(saved, allow_pickle=False) as archive:
        assert set(archive.files) == {"network", "W1", "b1", "W2", "b2"}
        header = json.loads(str(archive["network"]))
    assert header == {
        "format": "tinygrad_bp network",
        "version": 1,
        "sizes": [3, 4, 2],
        "activation": "tanh",
        "output": "softmax",
        "cost": "cross-entropy",
        "decay": 0.1,
    }
    other = saved.with_name("other")
    other.write_bytes(b"")
    assert saved.stat().st_mode == other.stat().st_mode


def test_a_loaded_network_trains_on(saved: Path) -> None:
    net, unsaved = Network.load(saved), Network([3, 4, 2], activation="tanh", decay=0.1, seed=0)
    before = {name: p.copy() for name, p in net.parameters.items()}
    for network in (net, unsaved):
        network.fit(np.ones((4, 3)), [0, 1, 1, 1], epochs=2, learning_rate=0.1)
    assert_same(net, unsaved)
    assert all(np.any(p != before[name]) for name, p in net.parameters.items())


def test_truncated_anywhere(saved: Path) -> None:
    whole = saved.read_bytes()
    for length in range(0, len(whole), 7):
        saved.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=REFUSED):
            Network.load(saved)


def test_any_byte_flipped_is_refused_or_harmless(saved: Path) -> None:
    """A byte of the archive that means nothing (a time stamp, say) may change; a number may not."""
    whole, original = saved.read_bytes(), Network.load(saved)
    refused = 0
    for position in range(len(whole)):
        saved.write_bytes(whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :])
        try:
            loaded = Network.load(saved)
        except ValueError:
            refused += 1
        else:
            assert_same(loaded, original)
    assert refused > len(whole) / 2


def rewritten(path: Path, **changes: Any) -> None:
    """The file again, with entries changed, added, or (None) left out."""
    with np.load(path, allow_pickle=False) as archive:
        entries = {name: archive[name] for name in archive.files}
    entries.update(changes)
    with open(path, "wb") as file:
        np.savez(file, **{name: value for name, value in entries.items() if value is not None})


def header(**changes: Any) -> npt.NDArray[Any]:
    description = {
        "format": "tinygrad_bp network",
        "version": 1,
        "sizes": [3, 4, 2],
        "activation": "tanh",
        "output": "softmax",
        "cost": "cross-entropy",
        "decay": 0.1,
    }
    return np.array(json.dumps({**description, **changes}))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"W1": None}, "parameters must be W1, b1, W2, b2; they are b1, W2, b2"),
        ({"W9": np.ones(2)}, "parameters must be"),
        ({"W1": np.ones((3, 4))}, r"parameters\['W1'\] must be an array of shape \(4, 3\)"),
        ({"b1": np.array([0.0, np.nan, 0.0, 0.0])}, "NaN or infinity is among them"),
        ({"b1": np.array([0.0, np.inf, 0.0, 0.0])}, "NaN or infinity is among them"),
        ({"b1": np.zeros(4, int)}, "must be of floating-point numbers; it is int64"),
        ({"b1": np.zeros(4, complex)}, "must be of floating-point numbers; it is complex128"),
        ({"b1": np.zeros(4, ">f8")}, "must be float32 or float64 in a file; it is >f8"),
        ({"network": None}, "KeyError: 'network'"),
        ({"network": np.array("{")}, "JSONDecodeError"),
        ({"network": np.array("[1]")}, "TypeError"),
        ({"network": np.ones(3)}, "JSONDecodeError"),
        ({"network": header(format="other")}, "its format is 'other'"),
        ({"network": header(version=2)}, "its version is 2; this release of tinygrad_bp reads version 1"),
        ({"network": header(sizes=[3, 4, "2"])}, "sizes must be"),
        ({"network": header(sizes=[3, 4, 3])}, r"parameters\['W2'\] must be an array of shape \(3, 4\)"),
        ({"network": header(decay=float("nan"))}, "decay must be a finite number"),
        ({"network": header(activation="swish")}, "activation must be one of"),
        ({"network": header(activation=["tanh"])}, "activation must be one of"),
        ({"network": header(more=1)}, "unexpected keyword argument 'more'"),
    ],
)
def test_an_archive_that_is_no_network(saved: Path, changes: dict[str, Any], reason: str) -> None:
    rewritten(saved, **changes)
    with pytest.raises(ValueError, match=f"{REFUSED}.*{reason}"):
        Network.load(saved)


class Planted:
    """What a hostile pickle would do."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("planted",)


def files_of_others() -> dict[str, bytes]:
    objects, array, archive = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.savez(objects, network=header(), W1=np.array([Planted()], dtype=object))
    np.save(array, np.ones(3))
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("network.npy", "not an array")
    return {
        "pickled objects": objects.getvalue(),
        "npy": array.getvalue(),
        "zip": archive.getvalue(),
        "pickle": pickle.dumps({"W1": [1.0]}),
        "text": b"a,b\n1,2\n",
        "empty": b"",
    }


@pytest.mark.parametrize("kind", files_of_others())
def test_files_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_bytes(files_of_others()[kind])
    with pytest.raises(ValueError, match=REFUSED):
        Network.load("file")
    assert os.listdir() == ["file"]


def test_no_file_and_no_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Network.load(tmp_path / "none.npz")
    with pytest.raises(IsADirectoryError):
        Network.load(tmp_path)
    with pytest.raises(FileNotFoundError):
        Network([3, 2]).save(tmp_path / "none" / "model.npz")


@pytest.mark.parametrize("bad", [np.full(2, np.nan), np.zeros(3), np.zeros(2, np.float16), np.zeros(2, complex)])
def test_what_cannot_be_loaded_is_not_saved(saved: Path, bad: npt.NDArray[Any]) -> None:
    before = saved.read_bytes()
    net = Network([3, 2], seed=0)
    net.parameters["b1"] = bad
    with pytest.raises(ValueError, match="parameters"):
        net.save(saved)
    assert saved.read_bytes() == before


def test_a_failed_write_leaves_the_old_file(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()

    def full(file: Any, **entries: Any) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        Network([3, 2]).save(saved)
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_a_symbolic_link_stays_one(saved: Path) -> None:
    link = saved.with_name("link.npz")
    link.symlink_to(saved.name)
    net = Network([5, 2], seed=0)
    net.save(link)
    assert link.is_symlink()
    assert_same(Network.load(saved), net)


def test_what_is_no_regular_file_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="no regular file"):
        Network([3, 2], seed=0).save(pipe)
    assert pipe.is_fifo()
    assert os.listdir(tmp_path) == ["pipe"]
