# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs the interop matrix: every peer seals, every other peer opens, and everything that was tampered with is refused.

Usage: matrix.py NAME=COMMAND...   Each COMMAND is split at spaces and speaks the line protocol of README.md. The peer `rust` is the
crate: where it takes part, a pair is run only if it is one of the two. The peer `forge` seals only.
"""
import json
import queue
import subprocess
import sys
import threading
import time
from concurrent.futures import Future

import cases

CRATE, FORGE = "rust", "forge"


def encoded(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [encoded(item) for item in value]
    return value


def request(base, changes=()):
    """A change to None takes the field away."""
    return {name: encoded(value) for name, value in {**base, **dict(changes)}.items() if value is not None or name == "sender"}


class Peer:
    """A program that answers in order. Requests are written from a thread, so that neither side waits on a full pipe."""

    def __init__(self, name, command):
        self.name = name
        self._process = subprocess.Popen(command.split(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._requests, self._answers = queue.SimpleQueue(), queue.SimpleQueue()
        threading.Thread(target=self._write, daemon=True).start()
        threading.Thread(target=self._read, daemon=True).start()

    def ask(self, asked):
        future = Future()
        self._answers.put(future)
        self._requests.put(asked)
        return future

    def close(self):
        """Ends the peer, and says whether it ended well."""
        self._requests.put(None)
        return self._process.wait(timeout=10) == 0

    def _write(self):
        try:
            while (asked := self._requests.get()) is not None:
                self._process.stdin.write(json.dumps(asked) + "\n")
                self._process.stdin.flush()
            self._process.stdin.close()
        except OSError:
            pass  # the reader notices

    def _read(self):
        for line in self._process.stdout:
            self._answers.get().set_result(json.loads(line))
        while True:  # it has ended: so does every question to it
            self._answers.get().set_result({"error": "internal: the peer has ended"})


class Tally:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, 0, {}

    def check(self, name, answer, want):
        """`want` is the whole answer, or None where any refusal will do."""
        error = answer.get("error")
        if error is not None and error.startswith("unsupported:"):
            self.skipped.setdefault((name.split(":")[0], error), []).append(name)
        elif error is not None and want is None and not error.startswith("internal:"):
            self.passed += 1
        elif want is not None and answer.get("ok") == want:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED  {name}\n        wanted {shown(want)}\n        got    {shown(error if error is not None else answer['ok'])}")

    def report(self):
        for (who, error), names in self.skipped.items():
            print(f"SKIPPED {len(names)} of {who}: {error}, the first: {names[0]}")
        skipped = sum(len(names) for names in self.skipped.values())
        print(f"{self.passed} passed, {self.failed} failed" + (f", {skipped} skipped" if skipped else ""))
        return 1 if self.failed else 0


def shown(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {shown(item)}" for name, item in value.items()) + "}"
    text = "a refusal" if value is None else str(value)
    return text if len(text) <= 80 else f"{text[:32]}...{text[-16:]} ({len(text)} characters)"


def run(tally, sealer, openers, listed):
    """Seals every case with one peer and opens it, and what is made of it, with the others."""
    started = [(case, sealer.ask(request(case.seal))) for case in listed]
    for case, future in started:
        answer = future.result()
        sealed = bytes.fromhex(answer.get("ok", {}).get("sealed", ""))
        name = f"{sealer.name}: seals {case.name}"
        if not sealed or (case.length is not None and len(sealed) != case.length):
            tally.check(name, {"ok": {"length": len(sealed)}} if sealed else answer, {"length": case.length})
            continue
        tally.passed += 1
        wanted = [("", {}, case.want and case.want(sealed))]
        wanted += [(how, changes, case.want(sealed)) for how, changes in case.also.items()]
        wanted += [(what, changes, None) for what, changes in case.refused(sealed)]
        asked = [(f"{opener.name}: opens {case.name} by {sealer.name}{', ' if how else ''}{how}", encoded(want) if want is None else request(want),
                  opener.ask(request(case.open | {"sealed": sealed}, changes)))
                 for opener in openers for how, changes, want in wanted]  # fmt: skip
        for name, want, pending in asked:
            tally.check(name, pending.result(), want)


def main(arguments):
    peers = [Peer(*argument.split("=", 1)) for argument in arguments]
    forge = next((peer for peer in peers if peer.name == FORGE), None)
    openers = [peer for peer in peers if peer is not forge]
    crate = next((peer for peer in openers if peer.name == CRATE), None)
    tally = Tally()
    for sealer in openers:
        for name, asked in cases.seal_refusals():
            tally.check(f"{sealer.name}: does not seal {name}", sealer.ask(request(asked)).result(), None)
        others = [peer for peer in openers if peer is not sealer and (crate is None or crate in (peer, sealer))]
        for group in (cases.sealed_cases, cases.hpke_cases, cases.envelope_cases):
            before, began = tally.passed, time.monotonic()
            run(tally, sealer, others, list(group()))
            print(f"{sealer.name} -> {', '.join(peer.name for peer in others)}: {group.__name__.removesuffix('_cases')}, "
                  f"{tally.passed - before} passed in {time.monotonic() - began:.1f} s")  # fmt: skip
    if forge is not None:
        before = tally.passed
        run(tally, forge, openers, list(cases.forged_cases(forge.ask({"op": "forge.list"}).result()["ok"])))
        print(f"forge -> {', '.join(peer.name for peer in openers)}: {tally.passed - before} passed")
    for peer in peers:
        if not peer.close():
            tally.check(f"{peer.name}: ends at the end of its input", {"error": "internal: it did not, or not well"}, None)
    return tally.report()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
