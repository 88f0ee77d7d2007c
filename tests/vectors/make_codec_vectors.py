#!/usr/bin/env python3
"""Writes codec.json: an example of each message, with the octets it has on the wire.

It knows nothing of the C++ sources and uses no Protobuf library: it reads the fields' numbers and
types from messenger.proto and encodes them by the rules of https://protobuf.dev/programming-guides/encoding
itself. So the vectors check the programs, and this file is also the shortest client codec in
another language. Run it in the repository's root: python3 tests/vectors/make_codec_vectors.py
"""
import json
import re
import sys

SCHEMA = [f"protocol/messenger{part}.proto" for part in ("", "_parts", "_accounts", "_chats", "_sealing",
                                                 "_files")]
VECTORS = "tests/vectors/codec.json"


def read_schema(paths):
    """{message: [(number, name, type, label)]} in the order of the numbers."""
    messages, enums, current = {}, set(), None
    for line in (line for path in paths for line in open(path, encoding="utf-8")):
        line = line.split("//")[0].strip()
        if begin := re.match(r"(message|enum) (\w+) \{(\})?", line):
            current = begin[2] if begin[1] == "message" else None
            if begin[1] == "enum":
                enums.add(begin[2])
            else:
                messages[current] = []
        elif current and (field := re.match(r"(repeated |optional )?(\w+) (\w+) = (\d+);", line)):
            messages[current].append((int(field[4]), field[3], field[2], (field[1] or "").strip()))
    return {name: sorted(fields) for name, fields in messages.items()}, enums


MESSAGES, ENUMS = read_schema(SCHEMA)


def varint(number):
    octets = b""
    while number > 127:
        octets += bytes([number & 127 | 128])
        number >>= 7
    return octets + bytes([number])


def encode_value(number, kind, value, present):
    if kind in MESSAGES:
        inner = encode(kind, value)
        return varint(number << 3 | 2) + varint(len(inner)) + inner
    if kind in ("string", "bytes"):
        octets = value.encode() if kind == "string" else bytes.fromhex(value)
        return varint(number << 3 | 2) + varint(len(octets)) + octets if octets or present else b""
    return varint(number << 3) + varint(int(value)) if value or present else b""


def encode(message, values):
    octets = b""
    names = {name for _, name, _, _ in MESSAGES[message]}
    assert set(values) <= names, (message, set(values) - names)
    for number, name, kind, label in MESSAGES[message]:
        value = values.get(name)
        if label == "repeated":
            octets += b"".join(encode_value(number, kind, one, True) for one in value)
        elif value is not None:
            octets += encode_value(number, kind, value, label == "optional")
    return octets


ALICE = "01941f297c007000800000000000a11c"
BOB = "01941f297c0070008000000000000b0b"
CHAT = "7d1c1a2b3c4d8e5f9a0b1c2d3e4f5061"
PHONE = "01941f297c0070008000000000000de1"
FIRST = "01941f297c00700080000000000000f1"
SECOND = "01941f297c00700080000000000000f2"
KEY = bytes(range(32)).hex()
NEW_KEY = bytes(range(32, 64)).hex()
TOKEN = bytes(range(255, 223, -1)).hex()
SALT = bytes(range(16)).hex()
FINGERPRINT = bytes(range(64, 96)).hex()
PUBLIC_KEY = (b"public key " * 39)[:422].hex()  # the codec does not look into it
SEALED = b"sealed by the password".hex()
RECOVERY = b"sealed by the recovery code".hex()
RECORD = b"a chat key's record".hex()
SEGMENT = b"a file's segment".hex()
EPOCH = "01941f297c00700080000000000000e0"
ARGON2 = {"memory_kib": 65536, "passes": 3}
DEVICE = {"id": PHONE, "name": "alice@laptop"}
TIME = 1769860800123  # 2026-01-31T12:00:00.123Z
BOTH = [{"id": ALICE, "name": "alice", "delivered_seq": 2, "read_seq": 2,
         "identity": FINGERPRINT},
        {"id": BOB, "name": "Zo\u00eb", "delivered_seq": 1, "read_seq": 0, "identity": ""}]
CHAT_INFO = {"id": CHAT, "members": BOTH, "last_seq": 2, "unread": 1}
EMPTY_CHAT = {"id": CHAT, "members": [], "last_seq": 0, "unread": 0}
HI = {"id": FIRST, "chat": CHAT, "seq": 1, "position": 300, "sender": ALICE, "content": 1,
      "body": "hi".encode().hex(), "sent_at_ms": TIME}
LINE = {"id": SECOND, "chat": CHAT, "seq": 2, "position": 301, "sender": BOB, "content": 1,
        "body": "gr\u00fc\u00df dich \U0001f642".encode().hex(), "sent_at_ms": TIME + 1}
CONTACT = {"id": BOB, "name": "Zo\u00eb", "online": True, "last_seen_ms": TIME,
           "identity": FINGERPRINT}
LOCKED = {"code": 21, "detail": "alice", "retry_after_ms": 60000}
SLOWER = {"code": 6, "detail": "", "retry_after_ms": 250}
MAIL_CODE = "K7QF2-9XMRT"
PREMIUM_CODE = "4J8Q-0ZKD-7M1N-PXW3-C5VT-9RBH"
ACCOUNT = {"id": ALICE, "name": "alice", "email": "alice@example.org", "premium": False,
           "email_confirmed": False}
LAPTOP = {"id": PHONE, "name": "alice@laptop", "address": "192.0.2.7", "created_at_ms": TIME,
          "last_seen_ms": TIME + 5000, "current": True}
TABLET = {"id": BOB, "name": "", "address": "2001:db8::7", "created_at_ms": TIME + 1,
          "last_seen_ms": 0, "current": False}
NEWS = {"id": FIRST, "seq": 1, "sender": BOB, "sender_name": "Zo\u00eb",
        "body": "hi all".encode().hex(), "sent_at_ms": TIME}
MORE_NEWS = NEWS | {"id": SECOND, "seq": 2, "body": "gr\u00fc\u00df euch \U0001f642".encode().hex(),
                    "sent_at_ms": TIME + 1}

CLIENT = [
    (1, "hello", {"client": "uod 0.1.0"}),
    (0, "goodbye", {}),
    (0, "ping", {}),
    (0, "pong", {}),
    (2, "get_salt", {"name": "alice"}),
    (3, "register_account", {"id": ALICE, "name": "alice", "email": "alice@example.org",
                             "salt": SALT, "argon2": ARGON2, "auth_key": KEY, "device": DEVICE,
                             "premium_code": ""}),
    (3, "register_account", {"id": ALICE, "name": "alice", "email": "alice@example.org",
                             "salt": SALT, "argon2": ARGON2, "auth_key": KEY, "device": DEVICE,
                             "premium_code": PREMIUM_CODE}),
    (4, "log_in", {"name": "alice", "auth_key": KEY, "device": DEVICE}),
    (5, "resume", {"device": PHONE, "token": TOKEN}),
    (6, "log_out", {"all_devices": False}),
    (7, "log_out", {"all_devices": True}),
    (22, "get_account", {}),
    (23, "list_devices", {}),
    (24, "revoke_device", {"device": PHONE}),
    (25, "redeem_premium", {"code": PREMIUM_CODE}),
    (8, "search_accounts", {"text": "ali", "after": "", "limit": 20}),
    (9, "search_accounts", {"text": "\u4e2d", "after": "alice", "limit": 0}),
    (10, "add_contact", {"name": "Zo\u00eb"}),
    (11, "remove_contact", {"name": "Zo\u00eb"}),
    (12, "list_contacts", {"after": "", "limit": 100}),
    (13, "open_chat", {"name": "Zo\u00eb"}),
    (14, "list_chats", {"after": "", "limit": 0}),
    (15, "mark_chat", {"chat": CHAT, "delivered_seq": 2, "read_seq": 1}),
    (16, "send_message", {"id": FIRST, "chat": CHAT, "content": 1, "body": "hi".encode().hex()}),
    (17, "send_message", {"id": SECOND, "chat": CHAT, "content": 1, "body": ""}),
    (18, "fetch_history", {"chat": CHAT, "before_seq": 0, "after_seq": 0, "limit": 50}),
    (19, "fetch_history", {"chat": CHAT, "before_seq": 4294967296, "after_seq": 0, "limit": 1}),
    (4294967295, "subscribe", {"after_position": None, "after_broadcast": None}),
    (20, "subscribe", {"after_position": 0, "after_broadcast": 0}),
    (21, "subscribe", {"after_position": 301, "after_broadcast": None}),
    (21, "subscribe", {"after_position": 301, "after_broadcast": 2}),
    (26, "send_broadcast", {"id": FIRST, "body": "hi all".encode().hex()}),
    (27, "fetch_home", {"before_seq": 0, "after_seq": 0, "limit": 0}),
    (28, "fetch_home", {"before_seq": 0, "after_seq": 4294967296, "limit": 20}),
    (29, "confirm_email", {"code": MAIL_CODE}),
    (30, "send_email_code", {}),
    (31, "change_email", {"auth_key": KEY, "email": "alice@example.net"}),
    (32, "change_password", {"auth_key": KEY, "salt": SALT, "argon2": ARGON2,
                             "new_auth_key": NEW_KEY, "keep_devices": False,
                             "token": TOKEN, "sealed_by_password": ""}),
    (33, "change_password", {"auth_key": KEY, "salt": SALT, "argon2": ARGON2,
                             "new_auth_key": NEW_KEY, "keep_devices": True,
                             "token": TOKEN, "sealed_by_password": SEALED}),
    (34, "forgot_password", {"name": "alice"}),
    (35, "reset_password", {"name": "alice", "code": MAIL_CODE, "salt": SALT, "argon2": ARGON2,
                            "auth_key": NEW_KEY, "device": DEVICE}),
    (36, "unlock_account", {"name": "alice", "code": MAIL_CODE}),
    (37, "put_identity", {"auth_key": KEY, "public_key": PUBLIC_KEY, "sealed_by_password": SEALED,
                          "sealed_by_recovery": RECOVERY}),
    (37, "put_identity", {"auth_key": KEY, "public_key": PUBLIC_KEY, "sealed_by_password": SEALED,
                          "sealed_by_recovery": ""}),
    (38, "get_identity", {}),
    (39, "find_identity", {"account": BOB, "fingerprint": ""}),
    (40, "find_identity", {"account": BOB, "fingerprint": FINGERPRINT}),
    (41, "put_chat_key", {"record": RECORD}),
    (42, "fetch_chat_keys", {"chat": CHAT, "epochs": [EPOCH, FIRST]}),
    (43, "fetch_chat_keys", {"chat": CHAT, "epochs": []}),
    (44, "begin_file", {"id": FIRST, "chat": CHAT, "size": 4294967297}),
    (45, "put_file_segment", {"id": FIRST, "index": 65536, "sealed": SEGMENT}),
    (46, "fetch_file_segment", {"id": FIRST, "index": 0}),
]

SERVER = [
    (1, "welcome", {"server": "uod-server 0.1.0", "argon2": ARGON2, "time_ms": TIME,
                    "limits": {"frame_bytes_max": 1048576, "message_bytes_max": 65536,
                               "requests_in_flight_max": 256, "page_rows_max": 200,
                               "silence_ms": 60000, "broadcast_bytes_max": 4096,
                               "file_octets_max": 104857600}}),
    (0, "ping", {}),
    (0, "pong", {}),
    (11, "done", {}),
    (4, "failure", {"reason": LOCKED}),
    (5, "failure", {"reason": {"code": 1, "detail": "", "retry_after_ms": 0}}),
    (17, "failure", {"reason": SLOWER}),
    (25, "failure", {"reason": {"code": 36, "detail": "", "retry_after_ms": 0}}),
    (0, "server_closing", {"reason": {"code": 8, "detail": "", "retry_after_ms": 500}}),
    (2, "salt", {"value": SALT, "argon2": ARGON2}),
    (3, "logged_in", {"account": ACCOUNT, "device": PHONE, "token": TOKEN}),
    (5, "logged_in", {"account": ACCOUNT | {"premium": True, "email_confirmed": True},
                      "device": PHONE, "token": ""}),
    (22, "account_shown", {"account": ACCOUNT}),
    (25, "account_shown", {"account": ACCOUNT | {"premium": True, "email_confirmed": True}}),
    (23, "devices_listed", {"devices": [LAPTOP, TABLET]}),
    (8, "accounts_found", {"names": ["alice", "Zo\u00eb"], "next": "Zo\u00eb"}),
    (9, "accounts_found", {"names": [], "next": ""}),
    (10, "contact_added", {"added": CONTACT}),
    (12, "contacts_listed", {"contacts": [CONTACT, {"id": ALICE, "name": "alice", "online": False,
                                                    "last_seen_ms": 0, "identity": ""}],
                              "next": ""}),
    (0, "presence_changed", {"account": BOB, "name": "Zo\u00eb", "online": False,
                             "last_seen_ms": TIME}),
    (13, "chat_opened", {"chat": CHAT_INFO}),
    (14, "chats_listed", {"chats": [CHAT_INFO, EMPTY_CHAT], "next": "2"}),
    (0, "receipt_changed", {"chat": CHAT, "by": BOB, "by_name": "Zo\u00eb", "delivered_seq": 2,
                            "read_seq": 1}),
    (16, "message_sent", {"id": FIRST, "chat": CHAT, "seq": 1, "position": 300,
                          "sent_at_ms": TIME}),
    (18, "history", {"messages": [HI, LINE], "more": True}),
    (19, "history", {"messages": [], "more": False}),
    (20, "subscribed", {"position": 0, "broadcast": 0}),
    (21, "subscribed", {"position": 301, "broadcast": 2}),
    (0, "messages_arrived", {"chats": [CHAT_INFO], "messages": [HI, LINE]}),
    (26, "broadcast_sent", {"id": FIRST, "seq": 1, "sent_at_ms": TIME}),
    (27, "home", {"broadcasts": [NEWS, MORE_NEWS], "more": True}),
    (28, "home", {"broadcasts": [], "more": False}),
    (0, "broadcasts_arrived", {"broadcasts": [NEWS, MORE_NEWS]}),
    (38, "identity_shown", {"public_key": "", "sealed_by_password": "", "sealed_by_recovery": ""}),
    (38, "identity_shown", {"public_key": PUBLIC_KEY, "sealed_by_password": SEALED,
                            "sealed_by_recovery": RECOVERY}),
    (39, "identity_found", {"account": BOB, "name": "Zo\u00eb", "public_key": PUBLIC_KEY}),
    (42, "chat_keys", {"records": [RECORD, RECORD + "00"]}),
    (43, "chat_keys", {"records": []}),
    (44, "file_begun", {"segments_held": 65536}),
    (46, "file_segment", {"sealed": SEGMENT}),
]

# What must be refused: the first field that is wrong, and why.
MALFORMED = [
    ("client", "", "body", "an empty frame has no body"),
    ("client", "0807", "body", "a request number and no body"),
    ("client", "0807da3800", "body", "a body of a later version of the protocol"),
    ("client", "ffffffffffffffffffff01", "payload", "a varint that does not end"),
    ("client", "52", "payload", "ends behind a tag"),
    ("client", "52050a0175", "payload", "ends inside a body"),
    ("client", "52030a01ff", "payload", "hello.client is no UTF-8"),
    ("client", "52050a03eda080", "payload", "hello.client holds a surrogate"),
    ("client", "52040a02c0af", "payload", "hello.client holds an overlong slash"),
    ("client", "b204030a01ff", "payload", "confirm_email.code is no UTF-8"),
    ("server", "", "body", "an empty frame has no body"),
    ("server", "7a00", "failure.reason", "a failure without a reason"),
    ("server", "c20200", "chat_opened.chat", "no chat"),
    ("server", "b20100", "account_shown.account", "no account"),
]


def spoiled(kind, field, values, why, direction="client"):
    envelope = "ClientMessage" if direction == "client" else "ServerMessage"
    payload = encode(envelope, {"request": 1, kind: values})
    return (direction, payload.hex(), field, why)


def example(examples, kind):
    return next(values for _, name, values in examples if name == kind)


def spoiled_messages():
    send = {"id": FIRST, "chat": CHAT, "content": 1, "body": "6869"}
    register = example(CLIENT, "register_account")
    email = example(CLIENT, "change_email")
    change = example(CLIENT, "change_password")
    reset = example(CLIENT, "reset_password")
    identity = example(CLIENT, "put_identity")
    find = example(CLIENT, "find_identity")
    return [
        spoiled("send_message", "send_message.id", send | {"id": FIRST[:30]}, "15 octets"),
        spoiled("send_message", "send_message.id", send | {"id": ""}, "no id"),
        spoiled("send_message", "send_message.chat", send | {"chat": CHAT + "00"}, "17 octets"),
        spoiled("send_message", "send_message.content", send | {"content": 0}, "no type"),
        spoiled("send_message", "send_message.content", send | {"content": 77}, "unknown type"),
        spoiled("register_account", "register_account.salt", register | {"salt": "00" * 65},
                "65 octets"),
        spoiled("register_account", "register_account.auth_key", register | {"auth_key": KEY[2:]},
                "31 octets"),
        spoiled("register_account", "register_account.argon2", register | {"argon2": None},
                "no settings"),
        spoiled("register_account", "register_account.device", register | {"device": None},
                "no device"),
        spoiled("log_in", "device.id",
                example(CLIENT, "log_in") | {"device": {"id": "", "name": "x"}}, "no id"),
        spoiled("resume", "resume.token", {"device": PHONE, "token": ""}, "no token"),
        spoiled("resume", "resume.token", {"device": PHONE, "token": TOKEN + "00"}, "33 octets"),
        spoiled("revoke_device", "revoke_device.device", {"device": ""}, "no id"),
        spoiled("revoke_device", "revoke_device.device", {"device": PHONE[2:]}, "15 octets"),
        spoiled("send_broadcast", "send_broadcast.id", {"id": "", "body": "6869"}, "no id"),
        spoiled("send_broadcast", "send_broadcast.id", {"id": FIRST + "00", "body": "6869"},
                "17 octets"),
        spoiled("change_email", "change_email.auth_key", email | {"auth_key": ""}, "no key"),
        spoiled("change_email", "change_email.auth_key", email | {"auth_key": KEY[2:]},
                "31 octets"),
        spoiled("change_password", "change_password.auth_key", change | {"auth_key": KEY + "00"},
                "33 octets"),
        spoiled("change_password", "change_password.salt", change | {"salt": "00" * 65},
                "65 octets"),
        spoiled("change_password", "change_password.argon2", change | {"argon2": None},
                "no settings"),
        spoiled("change_password", "change_password.token", change | {"token": "00"}, "malformed"),
        spoiled("change_password", "change_password.new_auth_key", change | {"new_auth_key": ""},
                "no key"),
        spoiled("reset_password", "reset_password.salt", reset | {"salt": "00" * 65}, "65 octets"),
        spoiled("reset_password", "reset_password.argon2", reset | {"argon2": None},
                "no settings"),
        spoiled("reset_password", "reset_password.auth_key", reset | {"auth_key": KEY[2:]},
                "31 octets"),
        spoiled("reset_password", "reset_password.device", reset | {"device": None}, "no device"),
        spoiled("reset_password", "device.id", reset | {"device": {"id": PHONE[2:], "name": ""}},
                "15 octets"),
        spoiled("logged_in", "logged_in.token", example(SERVER, "logged_in") | {"token": "00"},
                "one octet", "server"),
        spoiled("messages_arrived", "message.content",
                {"chats": [], "messages": [HI, LINE | {"content": 3}]}, "unknown type", "server"),
        spoiled("history", "message.sender", {"messages": [HI | {"sender": ""}], "more": False},
                "no sender", "server"),
        spoiled("account_shown", "account.id", {"account": ACCOUNT | {"id": ""}}, "no id",
                "server"),
        spoiled("devices_listed", "device.id", {"devices": [LAPTOP, TABLET | {"id": PHONE[2:]}]},
                "15 octets", "server"),
        spoiled("broadcast_sent", "broadcast_sent.id", {"id": "", "seq": 1, "sent_at_ms": TIME},
                "no id", "server"),
        spoiled("home", "broadcast.id", {"broadcasts": [NEWS | {"id": ""}], "more": False},
                "no id", "server"),
        spoiled("broadcasts_arrived", "broadcast.sender",
                {"broadcasts": [NEWS, MORE_NEWS | {"sender": BOB + "00"}]}, "17 octets", "server"),
        spoiled("change_password", "change_password.sealed_by_password",
                change | {"sealed_by_password": "00" * 2079}, "2,079 octets"),
        spoiled("put_identity", "put_identity.auth_key", identity | {"auth_key": KEY[2:]},
                "31 octets"),
        spoiled("put_identity", "put_identity.public_key", identity | {"public_key": ""},
                "no key"),
        spoiled("put_identity", "put_identity.public_key",
                identity | {"public_key": PUBLIC_KEY + "00"}, "423 octets"),
        spoiled("put_identity", "put_identity.sealed_by_password",
                identity | {"sealed_by_password": "00" * 2079}, "2,079 octets"),
        spoiled("put_identity", "put_identity.sealed_by_recovery",
                identity | {"sealed_by_recovery": "00" * 2079}, "2,079 octets"),
        spoiled("find_identity", "find_identity.account", find | {"account": ""}, "no id"),
        spoiled("find_identity", "find_identity.fingerprint",
                find | {"fingerprint": FINGERPRINT[2:]}, "31 octets"),
        spoiled("put_chat_key", "put_chat_key.record", {"record": "00" * 7407}, "7,407 octets"),
        spoiled("fetch_chat_keys", "fetch_chat_keys.chat", {"chat": "", "epochs": []}, "no id"),
        spoiled("fetch_chat_keys", "fetch_chat_keys.epochs", {"chat": CHAT, "epochs": [EPOCH, ""]},
                "no id"),
        spoiled("fetch_chat_keys", "fetch_chat_keys.epochs", {"chat": CHAT, "epochs": [EPOCH] * 33},
                "33 epochs"),
        spoiled("chat_opened", "member.identity",
                {"chat": CHAT_INFO | {"members": [BOTH[1] | {"identity": "00"}]}}, "one octet",
                "server"),
        spoiled("contact_added", "contact.identity",
                {"added": CONTACT | {"identity": FINGERPRINT + "00"}}, "33 octets", "server"),
        spoiled("identity_shown", "identity_shown.public_key",
                {"public_key": PUBLIC_KEY[2:]}, "421 octets", "server"),
        spoiled("identity_shown", "identity_shown.sealed_by_password",
                {"sealed_by_password": "00" * 2079}, "2,079 octets", "server"),
        spoiled("identity_shown", "identity_shown.sealed_by_recovery",
                {"sealed_by_recovery": "00" * 2079}, "2,079 octets", "server"),
        spoiled("identity_found", "identity_found.account", {"account": "", "public_key": PUBLIC_KEY},
                "no id", "server"),
        spoiled("identity_found", "identity_found.public_key", {"account": BOB, "public_key": ""},
                "no key", "server"),
        spoiled("chat_keys", "chat_keys.records", {"records": ["00" * 7407]}, "7,407 octets",
                "server"),
        spoiled("chat_keys", "chat_keys.records", {"records": [""] * 33}, "33 records", "server"),
        spoiled("begin_file", "begin_file.id", {"id": "", "chat": CHAT, "size": 1}, "no id"),
        spoiled("begin_file", "begin_file.chat", {"id": FIRST, "chat": CHAT[2:], "size": 1},
                "15 octets"),
        spoiled("put_file_segment", "put_file_segment.id", {"id": "", "index": 0, "sealed": "00"},
                "no id"),
        spoiled("put_file_segment", "put_file_segment.sealed",
                {"id": FIRST, "index": 0, "sealed": "00" * 65565}, "65,565 octets"),
        spoiled("fetch_file_segment", "fetch_file_segment.id", {"id": FIRST + "00", "index": 0},
                "17 octets"),
        spoiled("file_segment", "file_segment.sealed", {"sealed": "00" * 65565}, "65,565 octets",
                "server"),
    ]


def main():
    legal = []
    for direction, envelope, examples in (("client", "ClientMessage", CLIENT),
                                          ("server", "ServerMessage", SERVER)):
        for request, kind, values in examples:
            payload = encode(envelope, {"request": request, kind: values})
            legal.append({"direction": direction, "request": request, "message": kind,
                          "fields": values, "payload": payload.hex()})
    refused = [{"direction": direction, "payload": payload, "field": field, "why": why}
               for direction, payload, field, why in MALFORMED + spoiled_messages()]
    with open(VECTORS, "w", encoding="utf-8") as file:
        json.dump({"about": "Payloads of frames. legal: the octets of a message, and its fields by "
                            "the names of messenger.proto; octets in hex, enums as numbers. "
                            "malformed: payloads to be refused, with the first wrong field.",
                   "legal": legal, "malformed": refused}, file, indent=1, ensure_ascii=False)
        file.write("\n")
    print(f"{len(legal)} legal, {len(refused)} malformed", file=sys.stderr)


main()
