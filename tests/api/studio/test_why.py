"""The page of gates."""

from posthorn.api.insight.gates import automation_gate, condition_gates, message_gates, run_gate
from posthorn.api.studio.why import TITLES
from posthorn.messages.model import Message


def test_every_gate_has_a_title() -> None:
    message = Message(
        message_id="1-a", request_id="1-a", environment="production", user_key="u", recipient="u", status="SENT", enqueued_at=0
    )
    gates = [automation_gate(None), *condition_gates(None), run_gate(None), *message_gates(message)]

    assert {gate.gate for gate in gates} | {"event", "processing"} == set(TITLES)
