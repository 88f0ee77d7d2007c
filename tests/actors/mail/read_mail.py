#!/usr/bin/env python3
"""Reads a mail from stdin as Python's library understands it, and writes it as a line of JSON."""

import email
import email.policy
import json
import sys


def described(octets):
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    parts = {}
    for part in mail.walk():
        if not part.is_multipart():
            # A Content-Disposition of "inline" is no attachment.
            # Lines end with CRLF on the way only.
            parts[part.get_content_type()] = part.get_content().replace("\r\n", "\n")
    return {
        "headers": [[name, str(value)] for name, value in mail.items()],
        "sender": [mail["From"].addresses[0].display_name, mail["From"].addresses[0].addr_spec],
        "type": mail.get_content_type(),
        "text": parts.get("text/plain"),
        "html": parts.get("text/html"),
        "defects": [repr(d) for part in mail.walk() for d in part.defects]
        + [repr(d) for value in mail.values() for d in value.defects],
        "line_octets_max": max(len(line) for line in octets.split(b"\r\n")),
        "bare_line_ends": octets.replace(b"\r\n", b"").count(b"\n")
        + octets.replace(b"\r\n", b"").count(b"\r"),
        "is_ascii": all(octet < 128 for octet in octets),
    }


if __name__ == "__main__":
    print(json.dumps(described(sys.stdin.buffer.read())))
