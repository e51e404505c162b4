import gzip
import http.client
import smtplib
from email.message import EmailMessage

import msgspec

from benchmarks.processes import own_process
from benchmarks.sinks import Counts, Ports


def asked(port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse().read()
    connection.close()
    return answer


def counts(ports: Ports) -> Counts:
    return msgspec.json.decode(asked(ports.segment, "GET", "/counts"), type=Counts)


def test_the_mail_sink_takes_several_mails_by_one_connection():
    with own_process("benchmarks.sinks") as line:
        ports = msgspec.json.decode(line, type=Ports)
        mail = EmailMessage()
        mail["From"], mail["To"] = "shop@example.test", "ada@example.test"
        mail.set_content(".a line that begins with a dot\n" * 10_000)

        with smtplib.SMTP("127.0.0.1", ports.smtp) as client:
            client.send_message(mail)
            client.send_message(mail)

        assert counts(ports).mails == 2


def test_the_segment_sink_counts_each_message_id_once():
    batch = {"batch": [{"event": "Message Sent", "messageId": "1"}, {"event": "Message Opened", "messageId": "2"}]}
    body = msgspec.json.encode(batch)
    with own_process("benchmarks.sinks") as line:
        ports = msgspec.json.decode(line, type=Ports)

        asked(ports.segment, "POST", "/v1/batch", gzip.compress(body), {"Content-Encoding": "gzip"})
        asked(ports.segment, "POST", "/v1/batch", body)

        assert counts(ports).events == {"Message Sent": 1, "Message Opened": 1}
        assert counts(ports).repeats == 2
