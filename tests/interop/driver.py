# SPDX-License-Identifier: MIT OR Apache-2.0
"""Peers that are asked, and the count of what they answered, for matrix.py."""
import json
import queue
import shlex
import subprocess
import threading
from concurrent.futures import Future

INTERNAL = "internal:"
PATIENCE = 60  # seconds for one answer, with all that is queued before it


class Ended(Exception):
    """A peer has stopped answering."""


class Peer:
    """A program that answers in order. Requests are written from a thread, so that neither side waits on a full pipe."""

    def __init__(self, name, command):
        self.name = name
        self._process = subprocess.Popen(shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._requests, self._answers = queue.SimpleQueue(), queue.SimpleQueue()
        threading.Thread(target=self._write, daemon=True).start()
        threading.Thread(target=self._read, daemon=True).start()

    def ask(self, request):
        """Returns at once; the answer is the future's."""
        future = Future()
        self._answers.put(future)
        self._requests.put(request)
        return future

    def close(self):
        self._requests.put(None)
        if self._process.wait(timeout=PATIENCE) != 0:
            raise Ended(f"{self.name} ended with status {self._process.returncode}")

    def _write(self):
        try:
            while (request := self._requests.get()) is not None:
                self._process.stdin.write(json.dumps(request) + "\n")
                self._process.stdin.flush()
            self._process.stdin.close()
        except OSError:
            pass  # the peer has ended, which is the reader's to tell

    def _read(self):
        for line in self._process.stdout:
            self._answers.get().set_result(json.loads(line))
        while True:
            self._answers.get().set_exception(Ended(f"{self.name} ended before it had answered"))


class Tally:
    def __init__(self):
        self.passed, self.failed, self.skipped, self.notes = 0, 0, {}, []

    def check(self, name, answer, want):
        """`want` is the whole answer, None where any refusal will do, or INTERNAL where the request is malformed."""
        error = answer.get("error", "")
        if error.startswith("unsupported:"):
            self.skipped.setdefault((name.split(":")[0], error), []).append(name)
        elif want is INTERNAL and error.startswith("internal:"):
            self.passed += 1
        elif (answer.get("ok") == want) if want is not None else (error and not error.startswith("internal:")):
            self.passed += 1
        else:
            self.fail(name, f"wanted {shown(want)}", f"got    {shown(error or answer.get('ok'))}")

    def skips(self, peer, name, pending):
        """Whether this is something that the peer cannot do."""
        answer = pending.result(PATIENCE)
        cannot = answer.get("error", "").startswith("unsupported:")
        if cannot:
            self.check(f"{peer.name}: verifies, {name}", answer, None)
        return cannot

    def fail(self, *lines):
        self.failed += 1
        print("\n        ".join(["FAILED  " + lines[0], *lines[1:]]))

    def report(self):
        for (who, error), names in self.skipped.items():
            print(f"SKIPPED {len(names)} of {who}: {error}; the first: {names[0]}")
        skipped = sum(len(names) for names in self.skipped.values())
        counted = f"{self.passed} passed, {self.failed} failed" + (f", {skipped} skipped" if skipped else "")
        print("; ".join([counted, *self.notes]))
        return 1 if self.failed else 0


def shown(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {shown(item)}" for name, item in value.items()) + "}"
    text = "a refusal" if value is None else str(value)
    return text if len(text) <= 80 else f"{text[:32]}...{text[-16:]} ({len(text)} characters)"


def encoded(value):
    if isinstance(value, dict):
        return {name: encoded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [encoded(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value


def changed(request, changes):
    """A change to None takes the field away."""
    return encoded({name: value for name, value in (request | changes).items() if value is not None})
