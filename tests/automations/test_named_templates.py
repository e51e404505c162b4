"""Which templates a journey names."""

import pytest

from posthorn.automations.named_templates import named_templates


def _send(template: str) -> dict[str, object]:
    return {"type": "send", "message": {"template": template}}


def test_templates_are_found_in_branches_and_experiments() -> None:
    variants = [{"id": "a", "templateId": "nt_a", "weight": 1}, {"id": "b", "templateId": "nt_b", "weight": 1}]
    branch = {
        "type": "branch",
        "paths": [{"conditions": ["a", "is equal", "b"], "nodes": [_send("nt_1")]}],
        "default": {"nodes": [{"type": "send", "message": {}, "experiment": {"variants": variants}}]},
    }

    assert list(named_templates([{"type": "exit"}, branch])) == [
        ("nodes[1].paths[0].nodes[0].message.template", "nt_1"),
        ("nodes[1].default.nodes[0].experiment.variants[0].templateId", "nt_a"),
        ("nodes[1].default.nodes[0].experiment.variants[1].templateId", "nt_b"),
    ]


@pytest.mark.parametrize("template", ["{{data.template}}", "refs.data.template", "", None, 7])
def test_a_reference_names_none(template: str) -> None:
    assert list(named_templates([_send(template)])) == []


@pytest.mark.parametrize("nodes", [None, "x", [None, 7], [{"type": "branch", "paths": 7, "default": []}]])
def test_what_is_no_node_names_none(nodes: object) -> None:
    assert list(named_templates(nodes)) == []
