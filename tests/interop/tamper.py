# SPDX-License-Identifier: MIT OR Apache-2.0
"""What is done to sealed bytes that no opener may accept. Each function yields (what was done, the bytes)."""

PREFIX = 24 + 32  # salt || commitment
STEP = 16384 + 16  # one chunk and its tag


def flip(sealed, at, bit=None):
    at %= len(sealed)
    return sealed[:at] + bytes([sealed[at] ^ (1 << (at % 8 if bit is None else bit))]) + sealed[at + 1 :]


def flips(sealed, places):
    for name, at in places.items():
        yield f"a bit flipped in {name}", flip(sealed, at)


def each_byte(sealed, length, name):
    for at in range(length):
        yield f"a bit flipped in {name} byte {at}", flip(sealed, at)


def cuts(sealed, lengths):
    for length in sorted({n for n in lengths if 0 <= n < len(sealed)}):
        yield f"cut to {length} of {len(sealed)} bytes", sealed[:length]


def longer(sealed):
    yield "a byte appended", sealed + b"\0"
    yield "16 bytes appended", sealed + bytes(16)
    yield "a byte in front", b"\0" + sealed


def chunked(sealed, start, cut=True):
    """For salt || commitment || chunks that begin at `start`."""
    first, end = start + PREFIX, len(sealed)
    boundaries = list(range(first, end, STEP))
    yield from flips(sealed, {"the salt": start, "the salt's end": start + 23})
    yield from flips(sealed, {"the commitment": start + 24, "the commitment's end": first - 1})
    yield from flips(sealed, {"the first chunk": first, "the first tag": min(first + STEP, end) - 1})
    yield from flips(sealed, {"the last chunk": boundaries[-1], "the last tag": end - 16, "the last byte": end - 1})
    yield from longer(sealed)
    lengths = [0, 1, start - 1, start, start + 23, start + 24, first - 1, end - 17, end - 16]
    lengths += [at + by for at in boundaries for by in (-16, -1, 0, 1, 15, 16)]
    yield from cuts(sealed, [*(lengths if cut else ()), end - 1])
    chunks = [sealed[at : at + STEP] for at in boundaries]
    if len(chunks) > 2:
        a, b, *others = chunks
        yield "two chunks swapped", sealed[:first] + b"".join([b, a, *others])
        yield "the first chunk missing", sealed[:first] + b"".join([b, *others])
        yield "a chunk repeated", sealed[:first] + b"".join([a, a, b, *others])


ENTRY = 2 + 8 + 32 + 48  # an X25519 entry of the envelope


def entries(sealed):
    """Recipient entries removed, duplicated and exchanged. The matrix seals to X25519 recipients only."""
    found, rest = [sealed[7 + i * ENTRY :][:ENTRY] for i in range(sealed[6])], sealed[7 + sealed[6] * ENTRY :]

    def envelope(changed, count=None):
        return sealed[:6] + bytes([len(changed) if count is None else count]) + b"".join(changed) + rest

    yield "an entry duplicated", envelope([found[0], *found])
    yield "the last entry removed", envelope(found[:-1])
    yield "the last entry removed, count kept", envelope(found[:-1], len(found))
    yield "count 0", envelope(found, 0)
    yield "count 33", envelope(found, 33)
    yield "count 255", envelope(found, 255)
    yield "33 entries", envelope(found + [bytes([0, 0x20, i]) + bytes(ENTRY - 3) for i in range(33 - len(found))])
    yield "an entry added", envelope([*found, bytes([0, 0x20]) + bytes(ENTRY - 2)])
    yield "an unknown KEM", envelope([*found, bytes([0, 0x10]) + bytes(ENTRY - 2)])
    yield "an X-Wing entry added", envelope([*found, bytes([0x64, 0x7A]) + bytes(8 + 1120 + 48)])
    if len(found) > 1:
        a, b, *others = found
        yield "two entries swapped", envelope([b, a, *others])
        yield "two wraps swapped", envelope([a[:42] + b[42:], b[:42] + a[42:], *others])
        yield "two ids swapped", envelope([a[:2] + b[2:10] + a[10:], b[:2] + a[2:10] + b[10:], *others])
        yield "the first entry removed", envelope([b, *others])
