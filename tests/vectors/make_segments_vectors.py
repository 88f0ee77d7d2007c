#!/usr/bin/env python3
"""Writes segments.json from PROTOCOL.md's words alone: make_segments_vectors.py > segments.json"""
import json

PREFIX = bytes(range(0xA0, 0xA8))
SEGMENT_MAX = 16384 - 3


def segments(frames):
    """All frames were queued before the first segment left: control, then chat, then bulk."""
    counter = 0
    wire, heads = b"", b""
    for lane, payload in sorted(frames, key=lambda frame: frame[0]):
        counter += 1
        octets = PREFIX + counter.to_bytes(8, "big") + payload
        parts = [octets[at:at + SEGMENT_MAX] for at in range(0, len(octets), SEGMENT_MAX)]
        for index, part in enumerate(parts):
            first, last = index == 0, index == len(parts) - 1
            head = bytes([(0x80 if first else 0) | (0x40 if last else 0) | lane])
            head += len(part).to_bytes(2, "big")
            wire += head + part
            heads += head + (part[:16] if first else b"")
    return wire, heads


def vector(says, frames):
    wire, heads = segments([(lane, fill if isinstance(fill, bytes) else fill[0] * fill[1])
                            for lane, fill in frames])
    row = {"says": says, "frames": [], "heads": heads.hex()}
    for lane, fill in frames:
        row["frames"].append({"lane": lane, "payload": fill.hex()} if isinstance(fill, bytes)
                             else {"lane": lane, "repeat": [fill[0].hex(), fill[1]]})
    if len(wire) < 200:
        row["wire"] = wire.hex()
    return row


def segment(head, octets):
    return bytes([head]) + len(octets).to_bytes(2, "big") + octets


def frame(counter, payload=b"", prefix=PREFIX):
    return prefix + counter.to_bytes(8, "big") + payload


def received(says, wire, payloads, ignored=(), error=None):
    row = {"says": says, "wire": wire.hex(), "payloads": [payload.hex() for payload in payloads],
           "ignored": list(ignored)}
    return row | ({"error": error} if error else {})


FIRST, LAST, WHOLE = 0x80, 0x40, 0xC0
CONTROL, CHAT, BULK = 0, 1, 2
FRAME_MAX = 64
OTHER = bytes(range(0xB0, 0xB8))
HELLO = segment(WHOLE | CHAT, frame(1, b"hello"))
BAD = "segment_invalid"

legal = [
    received("no payload at all", segment(WHOLE | CONTROL, frame(1)), [b""]),
    received("lanes interleave; a frame is delivered with its last segment",
             segment(FIRST | BULK, frame(1, b"a page ")) + segment(FIRST | CHAT, frame(2, b"hel"))
             + segment(BULK, b"of ") + segment(WHOLE | CONTROL, frame(3, b"ping"))
             + segment(LAST | CHAT, b"lo") + segment(LAST | BULK, b"history"),
             [b"ping", b"hello", b"a page of history"]),
    received("the first segment holds the frame id and nothing else",
             segment(FIRST | CHAT, frame(1)) + segment(LAST | CHAT, b"hello"), [b"hello"]),
    received("repeated, whole and in pieces, then a new frame",
             HELLO + HELLO + segment(FIRST | CHAT, frame(1, b"hel")) + segment(LAST | CHAT, b"lo")
             + segment(WHOLE | CHAT, frame(2, b"Bob")), [b"hello", b"Bob"], [PREFIX.hex() + ":1"] * 2),
    received("another link's prefix, counter 0, a jump, the window's edge, one behind it",
             segment(WHOLE, frame(1, b"x", OTHER)) + segment(WHOLE, frame(0, b"x"))
             + segment(WHOLE, frame(5000, b"jump")) + segment(WHOLE, frame(3977, b"edge"))
             + segment(WHOLE, frame(3976, b"x")), [b"jump", b"edge"],
             [OTHER.hex() + ":1", PREFIX.hex() + ":0", PREFIX.hex() + ":3976"]),
    received("as large as frame_bytes_max", segment(WHOLE, frame(1, b"m" * FRAME_MAX)),
             [b"m" * FRAME_MAX])]
refused = [
    received("a reserved bit, behind a good frame", HELLO + segment(WHOLE | 0x20, frame(2)),
             [b"hello"], error=BAD),
    received("lane 3", segment(WHOLE | 3, frame(1)), [], error=BAD),
    received("length 0", segment(WHOLE, b""), [], error=BAD),
    received("length 16,382, seen from the header alone", bytes.fromhex("c03ffe"), [], error=BAD),
    received("shorter than a frame id", segment(WHOLE, frame(1)[:15]), [], error=BAD),
    received("goes on without having begun", segment(LAST, b"tail"), [], error=BAD),
    received("goes on in another lane than it began",
             segment(FIRST | BULK, frame(1)) + segment(LAST | CHAT, b"tail"), [], error=BAD),
    received("begins while its lane's frame is unfinished",
             segment(FIRST | CHAT, frame(1)) + segment(WHOLE | CHAT, frame(2)), [], error=BAD),
    received("one octet larger than frame_bytes_max",
             segment(FIRST, frame(1, b"m" * FRAME_MAX)) + segment(LAST, b"m"), [],
             error="frame_too_large")]

print(json.dumps({
    "about": "written: frames of one direction, queued before anything left, as segments. `heads` "
             "holds each segment's header, and behind a first one the frame id; `wire` everything. "
             "received: what a receiver that takes frames of frame_bytes_max octets makes of `wire`:"
             " the payloads that it delivers, the frames that it ignores as replays (prefix:counter)"
             ", and in some the error with which the link ends then.",
    "prefix": PREFIX.hex(),
    "frame_bytes_max": FRAME_MAX,
    "written": [
        vector("one frame in one segment", [(1, b"hello")]),
        vector("two frames of a lane; the counter rises", [(1, b"one"), (1, b"two")]),
        vector("the more important lane first, and the lower counter with it",
               [(2, b"bulk"), (1, b"chat"), (0, b"control")]),
        vector("a frame that just fits a segment", [(1, (b"f", SEGMENT_MAX - 16))]),
        vector("one octet more: two segments", [(1, (b"f", SEGMENT_MAX - 15))]),
        vector("three segments", [(2, (b"b", 40000))]),
    ],
    "received": legal + refused,
}, indent=1))
