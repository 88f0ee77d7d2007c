#!/usr/bin/env python3
"""Writes codes.json, ids.json, names.json and password.json with other libraries than the programs
use: Python's own uuid, hashlib, hmac and unicodedata, and Debian's python3-argon2 (the reference
implementation of Argon2) and python3-cryptography (HKDF). Skeletons of names are taken by hand
from confusables.txt of UTS #39. Run it in the repository's root:
/usr/bin/python3 tests/vectors/make_vectors.py
"""
import hashlib
import hmac
import json
import unicodedata
import uuid

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ALICE = uuid.UUID("01941f29-7c00-7000-8000-00000000a11c")
BOB = uuid.UUID("01941f29-7c00-7000-8000-000000000b0b")


def write(file, content):
    with open("tests/vectors/" + file, "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=1, ensure_ascii=True)
        stream.write("\n")


def direct_chat(one, other):
    octets = b"".join(sorted([one.bytes, other.bytes]))
    digest = bytearray(hashlib.sha256(b"uod/1 direct chat" + octets).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


def ids():
    pairs = [(ALICE, BOB), (BOB, ALICE), (ALICE, ALICE), (uuid.UUID(int=0), uuid.UUID(int=2**128 - 1))]
    write("ids.json", {
        "about": "direct_chat: the id of the chat of two accounts, in either order. uuid_v7: the "
                 "first is the example of RFC 9562, A.6.",
        "direct_chat": [{"one": str(one), "other": str(other), "chat": direct_chat(one, other)}
                        for one, other in pairs],
        "uuid_v7": [
            {"unix_ms": 0x017F22E279B0, "random": "0cc318c4dc0c0c07398f",
             "id": "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"},
            {"unix_ms": 0, "random": "00" * 10, "id": "00000000-0000-7000-8000-000000000000"},
            {"unix_ms": 2**48 - 1, "random": "ff" * 10,
             "id": "ffffffff-ffff-7fff-bfff-ffffffffffff"}]})


def key_of(name):
    # NFKC_Casefold for names without default-ignorable characters.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def names():
    accepted = {  # as typed: skeleton
        "alice": "alice", "Alice": "Alice", "bob_7": "bob_7", "a.b-c": "a.b-c",
        "paypal": "paypal", "paypaI": "paypal", "Tom": "Torn",
        "Zo\u00eb": "Zoe\u0308", "Zoe\u0308": "Zoe\u0308",
        "stra\u00dfe": None, "\u5f20\u4f1f": None, "\u0639\u0644\u064a": None, "\ud55c\uad6d": None,
        "\u1112\u1161\u11ab\u1100\u116e\u11a8": None, "\u0410\u043d\u043d\u0430": None,
        "\u039d\u03af\u03ba\u03bf\u03c2": None, "\u0e2a\u0e21\u0e0a\u0e32\u0e22": None,
        "\u092a\u094d\u0930\u093f\u092f\u093e": None, "\u3055\u304f\u3089\u685c": None,
        "x" * 32: None}
    refused = {
        "": "empty", "a" * 33: "33 characters", "\u4e2d" * 33: "33 characters, 99 octets",
        "\u0430lice": "Cyrillic a, Latin lice", "alic\u0435": "Latin alic, Cyrillic e",
        "\u03b1lice": "Greek alpha", "al ice": "a space", "al\u00a0ice": "a no-break space",
        "alice\n": "a line feed", "al\u0000ice": "NUL", "\u001b[31malice": "an escape sequence",
        "\u202ealice": "right-to-left override", "al\u2066ice": "left-to-right isolate",
        "al\u200bice": "zero-width space", "al\u200dice": "zero-width joiner",
        "al\ufeffice": "byte order mark", "al\u00adice": "soft hyphen", "\u3164": "Hangul filler",
        "a\u115fb": "Hangul filler", "alice\U0001f642": "emoji", "alice\ufe0f": "variation selector",
        "\ue000lice": "private use", "alice\U000e0041": "tag character",
        "alice\u0378": "unassigned", "alice\uffff": "noncharacter",
        ".alice": "begins with a dot", "-alice": "begins with a hyphen", "_alice": "begins with _",
        "alice.": "ends with a dot", "alice-": "ends with a hyphen", "\u0301alice": "begins with a mark",
        "x\u0301\u0302\u0303\u0304\u0306lice": "five marks on a letter",
        "a@b": "@", "a/b": "a slash", "a,b": "a comma", "\uff41lice": "fullwidth a",
        "\U0001d41alice": "mathematical a", "a\u0661b1": "digits of two scripts", "\u16a0": "a rune"}
    rows = []
    for typed, skeleton in accepted.items():
        row = {"text": typed, "shown": unicodedata.normalize("NFC", typed), "key": key_of(typed)}
        rows.append(row | ({"skeleton": skeleton} if skeleton else {}))
    write("names.json", {
        "about": "accepted: a name as typed, as shown (NFC), its key (NFKC_Casefold), and in some "
                 "its skeleton (UTS #39). refused: names that are not (name_invalid), and why.",
        "accepted": rows,
        "refused": [{"text": typed, "why": why} for typed, why in refused.items()]})


def password(text, salt, memory_kib, passes, account):
    composed = unicodedata.normalize("NFC", text).encode()
    stretched = hash_secret_raw(composed, salt, time_cost=passes, memory_cost=memory_kib,
                                parallelism=1, hash_len=32, type=Type.ID, version=0x13)
    auth_key = HKDF(SHA256(), 32, None, b"uod/1 authentication key").derive(stretched)
    vault_key = HKDF(SHA256(), 32, None, b"uod/1 vault key").derive(stretched)
    stored = hashlib.sha256(b"uod/1 stored authentication key" + account.bytes + auth_key).digest()
    return {"password": text, "salt": salt.hex(), "memory_kib": memory_kib, "passes": passes,
            "stretched": stretched.hex(), "auth_key": auth_key.hex(), "vault_key": vault_key.hex(),
            "account": str(account), "stored": stored.hex()}


def passwords():
    salt, other = bytes(range(16)), bytes(range(255, 239, -1))
    write("password.json", {
        "about": "passwords: from the password to what the server stores. made_up_salts: what a "
                 "server with this secret answers for a name that nobody has; other servers have "
                 "other secrets. tokens: what the server stores for a device's token.",
        "passwords": [password("correct horse battery staple", salt, 8192, 1, ALICE),
                      password("correct horse battery staple", other, 8192, 1, ALICE),
                      password("correct horse battery staple", salt, 16384, 3, BOB),
                      password("Zo\u00eb's passw\u00f6rt \u4e2d", salt, 8192, 2, ALICE),
                      password("Zoe\u0308's passwo\u0308rt \u4e2d", salt, 8192, 2, ALICE)],
        "made_up_salts": [{"server_secret": bytes(range(32)).hex(), "name_key": name,
                           "salt": hmac.digest(bytes(range(32)), name.encode(), "sha256")[:16].hex()}
                          for name in ("alice", "zo\u00eb")],
        "tokens": [{"token": token.hex(), "stored": hashlib.sha256(token).hexdigest()}
                   for token in (bytes(32), bytes(range(32)))]})


def stored_mail_code(secret, account, purpose, bare):
    text = b"uod/1 mail code" + account.bytes + purpose.encode() + b"\0" + bare.encode()
    return {"server_secret": secret.hex(), "account": str(account), "purpose": purpose,
            "code": bare, "stored": hmac.digest(secret, text, "sha256").hex()}


def codes():
    secret, other = bytes(range(32)), bytes(range(32, 64))
    mail, premium = "K7QF29XMRT", "4J8Q0ZKD7M1NPXW3C5VT9RBH"
    typed = {  # as typed: what is meant
        "K7QF2-9XMRT": mail, "K7QF29XMRT": mail, "k7qf2-9xmrt": mail, "k7Qf29xMrT": mail,
        " K7QF2 9XMRT ": mail, "K-7-Q-F-2-9-X-M-R-T": mail, "--K7QF2 - 9XMRT--": mail,
        "OoIiL-l0011": "0011110011", "00111-10011": "0011110011",
        "01234-56789": "0123456789", "abcde-fghjk": "ABCDEFGHJK", "MNPQR-STVWX": "MNPQRSTVWX",
        "YZYZY-zyzyz": "YZYZYZYZYZ", "4J8Q-0ZKD-7M1N-PXW3-C5VT-9RBH": premium,
        "4j8qozkd7mlnpxw3c5vt9rbh": premium, "4J8Q 0ZKD 7MIN PXW3 C5VT 9RBH": premium}
    refused = {
        "": "empty", "-": "a hyphen alone", "K7QF2-9XMR": "nine characters",
        "K7QF2-9XMRTT": "eleven characters", "K7QF2-9XMRU": "U", "u7qf2-9xmrt": "u",
        "K7QF2_9XMRT": "an underscore", "K7QF2.9XMRT": "a full stop",
        "K7QF2-9XMRT\n": "a line feed", "K7QF2\t9XMRT": "a tab",
        "K7QF2-9XMR*": "a check symbol", "K7QF2-9XMR\u0000": "NUL",
        "K7QF2\u00a09XMRT": "a no-break space", "K7QF2\u20139XMRT": "a dash",
        "K7QF2-9XMR\uff34": "a fullwidth T", "\u039a7QF2-9XMRT": "a Greek Kappa",
        "K7QF2-9XMR\u0130": "a dotted I", premium: "a premium code"}
    write("codes.json", {
        "about": "read: codes as typed, and the bare characters that are meant. refused: what is "
                 "no code of ten characters, and why. mail: what a server with this secret stores "
                 "for a mail's code; other servers have other secrets. premium: what every server "
                 "stores for a premium code.",
        "read": [{"typed": text, "bare": bare} for text, bare in typed.items()],
        "refused": [{"typed": text, "why": why} for text, why in refused.items()],
        "mail": [stored_mail_code(secret, ALICE, "unlock", mail),
                 stored_mail_code(secret, BOB, "unlock", mail),
                 stored_mail_code(secret, ALICE, "reset", mail),
                 stored_mail_code(other, ALICE, "unlock", mail),
                 stored_mail_code(secret, ALICE, "unlock", "0011110011")],
        "premium": [{"code": bare, "stored": hashlib.sha256(b"uod/1 premium code"
                                                            + bare.encode()).hexdigest()}
                    for bare in (premium, "0" * 24)]})


codes()
ids()
names()
passwords()
