"""A small server that hears: faster-whisper behind OpenAI's POST /v1/audio/transcriptions.

whisper-server.py --model FOLDER [--port 8000] [--threads N]; GET /health is 200 once the model is loaded.
"""

import argparse
import email
import email.policy
import io
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from faster_whisper import WhisperModel

NAME = "whisper-base"

arguments = argparse.ArgumentParser()
arguments.add_argument("--model", required=True)
arguments.add_argument("--host", default="127.0.0.1")
arguments.add_argument("--port", type=int, default=8000)
arguments.add_argument("--threads", type=int, default=0)
options = arguments.parse_args()

print(f"Loading {options.model}", flush=True)
model = WhisperModel(options.model, device="cpu", compute_type="int8", cpu_threads=options.threads)
# One at a time: two would only share the same cores.
hearing = threading.Lock()


def parts_of(content_type, body):
    """The fields of a form, by their names."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    return {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True) or b""
        for part in message.iter_parts()
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, form, *values):
        print(f"{self.address_string()} {form % values}", flush=True)

    def answer(self, status, body, kind="application/json"):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status, message):
        self.answer(status, {"error": {"message": message, "type": "invalid_request_error"}})

    def do_GET(self):
        if self.path == "/health":
            self.answer(200, {"status": "ok"})
        elif self.path == "/v1/models":
            self.answer(200, {"object": "list", "data": [{"id": NAME, "object": "model", "owned_by": "local"}]})
        else:
            self.refuse(404, f"There is no {self.path}")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path != "/v1/audio/transcriptions":
            return self.refuse(404, f"There is no {self.path}")
        form = parts_of(self.headers.get("Content-Type", ""), body) if body else {}
        if not form.get("file"):
            return self.refuse(400, "The form has no `file`")
        language = form.get("language", b"").decode() or None
        prompt = form.get("prompt", b"").decode() or None
        kind = form.get("response_format", b"json").decode()
        began = time.monotonic()
        try:
            with hearing:
                found, facts = model.transcribe(
                    io.BytesIO(form["file"]), language=language, initial_prompt=prompt, temperature=0
                )
                segments = list(found)
        except Exception as error:
            return self.refuse(400, f"The recording cannot be heard: {error}")
        text = " ".join(segment.text.strip() for segment in segments)
        took = time.monotonic() - began
        print(f"heard {facts.duration:.2f} s of {facts.language} in {took:.2f} s: {text!r}", flush=True)
        if kind == "text":
            return self.answer(200, text + "\n", "text/plain; charset=utf-8")
        if kind != "verbose_json":
            return self.answer(200, {"text": text})
        told = [{"id": each.id, "start": each.start, "end": each.end, "text": each.text} for each in segments]
        self.answer(200, {"language": facts.language, "duration": facts.duration, "text": text, "segments": told})


server = ThreadingHTTPServer((options.host, options.port), Handler)
print(f"Listening on http://{options.host}:{options.port}", flush=True)
server.serve_forever()
