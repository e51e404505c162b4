from typing import Any

import pytest

from posthorn.automations.nesting import inner_lists, with_inner_lists

NODES = [{"type": "exit"}]


@pytest.mark.parametrize(
    ("node", "path"),
    [
        ({"then": NODES}, "n.then"),
        ({"else": NODES}, "n.else"),
        ({"on_error": NODES}, "n.on_error"),
        ({"default": NODES}, "n.default"),
        ({"default": {"nodes": NODES}}, "n.default.nodes"),
        ({"paths": [{}, {"nodes": NODES}]}, "n.paths[1].nodes"),
        ({"cases": [{"steps": NODES}]}, "n.cases[0].steps"),
        ({"variants": [{"nodes": NODES}]}, "n.variants[0].nodes"),
    ],
)
def test_a_list_is_found_wherever_a_node_may_hold_one(node: dict[str, Any], path: str) -> None:
    assert inner_lists(node, "n") == [(NODES, path)]


def test_what_holds_no_list_is_left_alone() -> None:
    node = {"on_error": "stop", "paths": "x", "cases": [None], "default": 3, "data": {"nodes": NODES}}

    assert (inner_lists(node, "n"), with_inner_lists(node, "n", lambda nodes, _: [])) == ([], node)
