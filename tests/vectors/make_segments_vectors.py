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


print(json.dumps({
    "about": "Frames of one direction, queued before anything left, as segments. `heads` holds each "
             "segment's header, and behind a first one the frame id; `wire` everything.",
    "prefix": PREFIX.hex(),
    "written": [
        vector("one frame in one segment", [(1, b"hello")]),
        vector("two frames of a lane; the counter rises", [(1, b"one"), (1, b"two")]),
        vector("the more important lane first, and the lower counter with it",
               [(2, b"bulk"), (1, b"chat"), (0, b"control")]),
        vector("a frame that just fits a segment", [(1, (b"f", SEGMENT_MAX - 16))]),
        vector("one octet more: two segments", [(1, (b"f", SEGMENT_MAX - 15))]),
        vector("three segments", [(2, (b"b", 40000))]),
    ],
}, indent=1))
