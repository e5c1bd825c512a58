"""Containers: paths, rebuilding, and two of them side by side."""

from __future__ import annotations

import collections
import dataclasses
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_bp.tree import leaves, map_leaves, same_structure


class Layer(NamedTuple):
    W: Any
    b: Any


@dataclasses.dataclass
class Model:
    first: Any
    second: Any


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: Any


@dataclasses.dataclass(frozen=True)
class Slots:
    __slots__ = ("x",)
    x: Any


class Derived(list):  # type: ignore[type-arg]
    pass


trees = st.recursive(
    st.integers(),
    lambda parts: st.one_of(
        st.lists(parts, max_size=3),
        st.lists(parts, max_size=3).map(tuple),
        st.lists(parts, max_size=3).map(Derived),
        st.dictionaries(st.one_of(st.text(max_size=2), st.integers()), parts, max_size=3),
        st.dictionaries(st.text(max_size=2), parts, max_size=3).map(collections.OrderedDict),
        st.builds(Layer, parts, parts),
        st.builds(Model, parts, parts),
        st.builds(Frozen, parts),
        st.builds(Slots, parts),
    ),
    max_leaves=8,
)


@given(trees)
def test_the_same_leaves_rebuild_the_same_tree(tree):
    found = iter(leaves(tree))
    assert map_leaves(lambda path, leaf: next(found)[1], tree) == tree
    assert [x for _, x in leaves(map_leaves(lambda path, leaf: leaf + 1, tree))] == [x + 1 for _, x in leaves(tree)]


@given(trees)
def test_types_are_kept_and_the_tree_is_not_touched(tree):
    def types(tree: Any) -> Any:
        return type(tree), [types(part) for part in _parts(tree)]

    before = list(leaves(tree))
    mapped = map_leaves(lambda path, leaf: -leaf, tree)
    assert types(mapped) == types(tree)
    assert list(leaves(tree)) == before


def _parts(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return list(tree.values())
    if isinstance(tree, (list, tuple)):
        return list(tree)
    return [getattr(tree, field.name) for field in dataclasses.fields(tree)] if dataclasses.is_dataclass(tree) else []


@given(trees)
def test_paths_are_what_python_writes(tree):
    for path, leaf in leaves(tree):
        if '"' not in path.replace('["', "").replace('"]', "") and "\\" not in path and "\n" not in path:
            try:
                found = eval(f"tree{path}", {"tree": tree})
            except SyntaxError:  # a key with a line break or a quotation mark in it
                continue
            assert found == leaf


def test_paths():
    tree = {"layers": [Layer(1, (2,)), Model({3: 4}, Frozen(5))]}
    assert [path for path, _ in leaves(tree, "p")] == [
        'p["layers"][0].W',
        'p["layers"][0].b[0]',
        'p["layers"][1].first[3]',
        'p["layers"][1].second.x',
    ]


def test_side_by_side():
    tree, other = {"a": 1, "b": [2, 3]}, {"b": [5, 6], "a": 4}
    assert list(same_structure(tree, other, "x", "what")) == [
        ('x["a"]', 1, 4),
        ('x["b"][0]', 2, 5),
        ('x["b"][1]', 3, 6),
    ]


@pytest.mark.parametrize(
    ("tree", "other", "message"),
    [
        ({"a": 1}, {"b": 1}, r'tangents is nested as \["b"\], where \["a"\] is expected'),
        ([1, [2]], [1, [2, 3]], r"tangents\[1\] is nested as \[0\], \[1\], where \[0\] is expected"),
        ([1], 1, r"tangents is nested as int, where \[0\] is expected"),
        ([1, 2], [1, [2]], r"tangents\[1\] is a list, where one array is expected"),
        ([], [1], r"tangents is nested as \[0\], where nothing is expected"),
        ({"a": 1}, {"a": 1, "b": 2}, "where"),
    ],
)
def test_differences_are_told_by_path(tree, other, message):
    with pytest.raises(ValueError, match=message):
        list(same_structure(tree, other, "", "tangents"))
