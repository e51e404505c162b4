"""A stand-in for Segment on this machine: prints the name of each event it is sent. For trying things out.

Run: python3 docs/sink.py [PORT]
"""

import gzip
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Sink(BaseHTTPRequestHandler):
    """Takes batches as Segment's Tracking API does."""

    def do_GET(self) -> None:
        """Says that every write key exists."""
        self._answer()

    def do_POST(self) -> None:
        """Prints the events of one batch and answers that all is well."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        for event in json.loads(body).get("batch", []):
            sys.stdout.write(f"{event.get('event')}  {event.get('userId')}  {json.dumps(event.get('properties'))}\n")
        sys.stdout.flush()
        self._answer()

    def _answer(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"success":true}')

    def log_message(self, *_: object) -> None:
        """Prints nothing but events."""


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8702), Sink).serve_forever()
