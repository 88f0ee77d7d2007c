#!/usr/bin/env python3
"""Writes sealing.json and sealing_refused.json with other means than the programs use: RSA-OAEP and
RSA-PSS are written out here from RFC 8017 over Python's integers, so that their seeds can be fixed
and the files come out the same each time; AES-GCM and HKDF, and a second opinion on both RSA
schemes, are those of Debian's python3-cryptography; hashes are Python's. The keys are derived from
words and are for nothing else. Run it in the repository's root:
/usr/bin/python3 tests/vectors/make_sealing_vectors.py
"""
import hashlib
import json
import struct
import uuid

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ALICE = uuid.UUID("01941f29-7c00-7000-8000-00000000a11c")
BOB = uuid.UUID("01941f29-7c00-7000-8000-000000000b0b")
CHAT = uuid.UUID("01941f29-7c00-8000-8000-00000000c4a7")
EPOCH = uuid.UUID("01941f29-7c00-7000-8000-0000000e0002")
EARLIER = uuid.UUID("01941f29-7c00-7000-8000-0000000e0001")
MESSAGE = uuid.UUID("01941f29-7c00-7000-8000-0000000e5a6e")
FILE = uuid.UUID("01941f29-7c00-7000-8000-00000000f11e")
E = 65537
SIZE = 384
SMALL_PRIMES = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def stream(words, length):
    return hashlib.shake_256(words.encode()).digest(length)


def is_prime(number):
    if any(number % small == 0 for small in SMALL_PRIMES):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in SMALL_PRIMES[:24]:
        power = pow(base, odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True


def prime(words):
    # The two highest bits are set, so that a product of two has all its 3,072.
    number = int.from_bytes(stream(words, SIZE // 2), "big") | 3 << 1534 | 1
    while number % E == 1 or not is_prime(number):
        number += 2
    return number


class Identity:
    def __init__(self, name):
        p, q = prime(name + ", p"), prime(name + ", q")
        p, q = max(p, q), min(p, q)
        self.n, self.d = p * q, pow(E, -1, (p - 1) * (q - 1))
        self.key = rsa.RSAPrivateNumbers(
            p, q, self.d, self.d % (p - 1), self.d % (q - 1), pow(q, -1, p),
            rsa.RSAPublicNumbers(E, self.n)).private_key()
        self.public = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.private = self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption())
        self.fingerprint = sha256(self.public)


def mask(seed, length):
    blocks = b"".join(sha256(seed, struct.pack(">I", at)) for at in range((length + 31) // 32))
    return blocks[:length]


def xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other))


def oaep(whom, secret, label, seed):
    block = sha256(label) + bytes(SIZE - len(secret) - 66) + b"\1" + secret
    block = xor(block, mask(seed, len(block)))
    encoded = b"\0" + xor(seed, mask(block, 32)) + block
    sealed = pow(int.from_bytes(encoded, "big"), E, whom.n).to_bytes(SIZE, "big")
    opened = whom.key.decrypt(sealed, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(),
                                                   label))
    assert opened == secret
    return sealed


def pss(who, text, salt):
    digest = sha256(bytes(8), sha256(text), salt)
    block = bytes(SIZE - len(salt) - 34) + b"\1" + salt
    block = xor(block, mask(digest, len(block)))
    encoded = bytes([block[0] & 0x7F]) + block[1:] + digest + b"\xbc"
    signature = pow(int.from_bytes(encoded, "big"), who.d, who.n).to_bytes(SIZE, "big")
    who.key.public_key().verify(signature, text, padding.PSS(padding.MGF1(hashes.SHA256()), 32),
                                hashes.SHA256())
    return signature


def seal(key, nonce, bound, plaintext):
    return nonce + AESGCM(key).encrypt(nonce, plaintext, bound)


def sealed_identity(who, account, kind, secret, nonce):
    info = {1: b"uod/1 identity by password", 2: b"uod/1 identity by recovery code"}[kind]
    key = HKDF(hashes.SHA256(), 32, account.bytes, info).derive(secret)
    bound = b"uod/1 sealed identity" + bytes([kind]) + account.bytes + who.fingerprint
    return bytes([1, kind]) + seal(key, nonce, bound, who.private)


def wrapped(whom, account, key, seed, chat=CHAT, epoch=EPOCH):
    return oaep(whom, key, b"uod/1 chat key" + chat.bytes + epoch.bytes + account.bytes, seed)


def record(maker, maker_account, key, members, previous=(EARLIER, 42), check=None, signer=None):
    """`members` are pairs of account and 32 + 384 octets: fingerprint and wrapped key."""
    text = bytes([1]) + CHAT.bytes + EPOCH.bytes + maker_account.bytes
    text += struct.pack(">Q", 1735689600000) + previous[0].bytes + struct.pack(">I", previous[1])
    text += check or sha256(b"uod/1 chat key check", EPOCH.bytes, key)
    text += bytes([len(members)]) + b"".join(account.bytes + rest for account, rest in members)
    return text + pss(signer or maker, b"uod/1 chat key signature" + text, stream("salt", 32))


def message(key, content, counter, nonce):
    head = EPOCH.bytes + struct.pack(">I", counter)
    bound = b"uod/1 message" + CHAT.bytes + ALICE.bytes + MESSAGE.bytes + head
    return b"\1" + head + seal(key, nonce, bound, content)


def segment(key, index, last, plaintext, nonce):
    bound = b"uod/1 file" + FILE.bytes + struct.pack(">I", index) + bytes([last])
    return seal(key, nonce, bound, plaintext)


ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def recovery_code(octets):
    bits = int.from_bytes(octets, "big") << 20
    bits |= int.from_bytes(sha256(b"uod/1 recovery code", octets), "big") >> 236
    text = "".join(ALPHABET[bits >> 5 * at & 31] for at in range(35, -1, -1))
    return "-".join(text[at:at + 4] for at in range(0, 36, 4))


def safety_half(account, fingerprint):
    digest = hashlib.sha512(b"uod/1 safety number" + account.bytes + fingerprint).digest()
    for _ in range(5200):
        digest = hashlib.sha512(digest + fingerprint).digest()
    return "".join("%05d" % (int.from_bytes(digest[at:at + 5], "big") % 100000)
                   for at in range(0, 30, 5))


def write(file, content):
    with open("tests/vectors/" + file, "w", encoding="utf-8") as out:
        json.dump(content, out, indent=1, ensure_ascii=True)
        out.write("\n")


def main():
    alice, bob = Identity("alice"), Identity("bob")
    key, vault = stream("chat key", 32), stream("vault key", 32)
    code = stream("recovery code", 20)
    nonce = lambda words: stream(words, 12)
    members = sorted([
        (ALICE, alice.fingerprint + wrapped(alice, ALICE, key, stream("seed a", 32))),
        (BOB, bob.fingerprint + wrapped(bob, BOB, key, stream("seed b", 32)))],
        key=lambda member: member[0].bytes)
    text = b"\1" + "Zo\u00eb says hello \u4e2d".encode()
    file_key = stream("file key", 32)
    file = b"\2" + FILE.bytes + file_key + struct.pack(">Q", 65536 + 5) + "caf\u00e9.txt".encode()
    photo = bytes(at % 251 for at in range(65536)) + b"hello"

    def people(*all_of_them):
        return [{"account": str(account), "public": who.public.hex(), "private": who.private.hex(),
                 "fingerprint": who.fingerprint.hex()} for account, who in all_of_them]

    write("sealing.json", {
        "about": "Keys made for these vectors only. identities: public half (SubjectPublicKeyInfo), "
                 "private half (PKCS #8), fingerprint. sealed_identities: the secret is the vault "
                 "key or the recovery code's octets. chat_keys: records of the first identity's, "
                 "signed, with the key that every member finds. messages: in the first chat key's "
                 "epoch, from its maker, with the content that is inside. files: segments by index; "
                 "the plaintext of the first is the octets 0 to 250 over and over, 65,536 of them, "
                 "given by its SHA-256, as is what is sealed. blobs: on a device's disk.",
        "identities": people((ALICE, alice), (BOB, bob)),
        "sealed_identities": [
            {"account": str(ALICE), "kind": 1, "secret": vault.hex(),
             "sealed": sealed_identity(alice, ALICE, 1, vault, nonce("i1")).hex()},
            {"account": str(ALICE), "kind": 2, "secret": code.hex(),
             "sealed": sealed_identity(alice, ALICE, 2, code, nonce("i2")).hex()}],
        "recovery_codes": [{"octets": octets.hex(), "shown": recovery_code(octets)}
                           for octets in (code, bytes(20), b"\xff" * 20, bytes(range(20)))],
        "chat_keys": [
            {"chat": str(CHAT), "epoch": str(EPOCH), "maker": str(ALICE),
             "made_at_ms": 1735689600000, "previous_epoch": str(EARLIER), "previous_count": 42,
             "key": key.hex(), "record": record(alice, ALICE, key, members).hex()},
            {"chat": str(CHAT), "epoch": str(EPOCH), "maker": str(ALICE),
             "made_at_ms": 1735689600000, "previous_epoch": str(uuid.UUID(int=0)),
             "previous_count": 0, "key": key.hex(),
             "record": record(alice, ALICE, key, members, (uuid.UUID(int=0), 0)).hex()}],
        "messages": [
            {"id": str(MESSAGE), "counter": 1, "content": text.hex(), "type": "text",
             "text": text[1:].decode(), "sealed": message(key, text, 1, nonce("m1")).hex()},
            {"id": str(MESSAGE), "counter": 10000, "content": file.hex(), "type": "file",
             "file": str(FILE), "file_key": file_key.hex(), "size": 65541, "name": "caf\u00e9.txt",
             "sealed": message(key, file, 10000, nonce("m2")).hex()}],
        "files": [
            {"file": str(FILE), "key": file_key.hex(), "size": 65541, "index": 0,
             "plaintext_sha256": sha256(photo[:65536]).hex(), "nonce": nonce("f0").hex(),
             "sealed_sha256": sha256(segment(file_key, 0, 0, photo[:65536], nonce("f0"))).hex()},
            {"file": str(FILE), "key": file_key.hex(), "size": 65541, "index": 1,
             "plaintext": photo[65536:].hex(),
             "sealed": segment(file_key, 1, 1, photo[65536:], nonce("f1")).hex()},
            {"file": str(FILE), "key": file_key.hex(), "size": 0, "index": 0, "plaintext": "",
             "sealed": segment(file_key, 0, 1, b"", nonce("f2")).hex()}],
        "safety_numbers": [
            {"one": str(ALICE), "one_fingerprint": alice.fingerprint.hex(), "other": str(BOB),
             "other_fingerprint": bob.fingerprint.hex(),
             "number": safety_half(BOB, bob.fingerprint) + safety_half(ALICE, alice.fingerprint)}],
        "blobs": [{"key": vault.hex(), "label": "chat keys", "plaintext": b"kept".hex(),
                   "sealed": (b"\1" + seal(vault, nonce("b"), b"uod/1 local" + b"chat keys",
                                           b"kept")).hex()}]})
    refused(alice, bob, key, members)


def refused(alice, bob, key, members):
    other_key = stream("another key", 32)
    for_bob = lambda octets: [
        (account, bob.fingerprint + octets) if account == BOB else (account, rest)
        for account, rest in members]
    elsewhere = uuid.UUID(int=9)
    good = record(alice, ALICE, key, members)
    chat_keys = [
        ("signature_wrong", "signed by Bob", record(alice, ALICE, key, members, signer=bob)),
        ("sealed_damaged", "another key for Bob than the check says", record(
            alice, ALICE, key, for_bob(wrapped(bob, BOB, other_key, stream("seed x", 32))))),
        ("sealed_damaged", "wrapped for another chat", record(
            alice, ALICE, key, for_bob(wrapped(bob, BOB, key, stream("seed x", 32), chat=elsewhere)))),
        ("sealed_damaged", "wrapped for another epoch", record(
            alice, ALICE, key, for_bob(wrapped(bob, BOB, key, stream("seed x", 32), epoch=elsewhere)))),
        ("sealed_damaged", "wrapped for Alice's account", record(
            alice, ALICE, key, for_bob(wrapped(bob, ALICE, key, stream("seed x", 32))))),
        ("sealed_damaged", "members out of order", record(alice, ALICE, key, members[::-1])),
        ("sealed_damaged", "a member twice", record(alice, ALICE, key, [members[0]] + members)),
        ("sealed_damaged", "no members", record(alice, ALICE, key, [])),
        ("sealed_damaged", "the maker is no member", record(
            alice, uuid.UUID(int=5), key, members)),
        ("sealed_damaged", "a count without an epoch", record(
            alice, ALICE, key, members, (uuid.UUID(int=0), 1))),
        ("sealed_damaged", "its own predecessor", record(alice, ALICE, key, members, (EPOCH, 1))),
        ("sealed_for_another", "Bob is no member", record(
            alice, ALICE, key, [member for member in members if member[0] == ALICE])),
        ("sealed_for_another", "Bob under Alice's fingerprint", record(
            alice, ALICE, key, [(account, alice.fingerprint + rest[32:])
                                for account, rest in members])),
        ("identity_changed", "Alice under Bob's fingerprint", record(
            alice, ALICE, key, [(account, bob.fingerprint + rest[32:])
                                for account, rest in members])),
        ("sealed_by_newer", "version 2", b"\2" + good[1:]),
        ("sealed_damaged", "an octet too many", good + b"\0")]
    name = lambda octets: b"\2" + bytes(16) + bytes(32) + bytes(8) + octets
    contents = [
        ("sealed_by_newer", "type 3", b"\3hello"), ("sealed_by_newer", "type 0", b"\0"),
        ("sealed_damaged", "nothing", b""), ("sealed_damaged", "no UTF-8", b"\1\xff"),
        ("sealed_damaged", "no name", name(b"")), ("sealed_damaged", "a dot", name(b".")),
        ("sealed_damaged", "two dots", name(b"..")), ("sealed_damaged", "a slash", name(b"a/b")),
        ("sealed_damaged", "NUL", name(b"a\0")), ("sealed_damaged", "an escape", name(b"\x1b[1m")),
        ("sealed_damaged", "DEL", name(b"\x7f")), ("sealed_damaged", "C1", name(b"\xc2\x85")),
        ("sealed_damaged", "256 octets", name(b"x" * 256)),
        ("sealed_damaged", "a name that is no UTF-8", name(b"\xff")),
        ("sealed_damaged", "more than 2^48 octets",
         b"\2" + bytes(48) + struct.pack(">Q", 2**48 + 1) + b"x"),
        ("sealed_damaged", "cut in its size", b"\2" + bytes(52))]
    messages = [
        ("sealed_damaged", "counter 0", message(key, b"\1hello", 0, stream("m0", 12))),
        ("sealed_damaged", "no content", message(key, b"", 1, stream("m0", 12))),
        ("sealed_damaged", "under another key", message(other_key, b"\1hello", 1, stream("m0", 12))),
        ("sealed_by_newer", "type 3", message(key, b"\3hello", 1, stream("m0", 12))),
        ("sealed_by_newer", "version 2",
         b"\2" + message(key, b"\1hello", 1, stream("m0", 12))[1:])]
    write("sealing_refused.json", {
        "about": "With the identities and the first chat key of sealing.json. chat_keys: as Bob "
                 "takes them, who knows Alice's key: parsed, verified, opened; all but the first and "
                 "the last two are signed by Alice. contents: without what seals them. messages: in "
                 "the first chat key's epoch.",
        "chat_keys": [{"error": error, "why": why, "record": octets.hex()}
                      for error, why, octets in chat_keys],
        "contents": [{"error": error, "why": why, "content": octets.hex()}
                     for error, why, octets in contents],
        "messages": [{"error": error, "why": why, "id": str(MESSAGE), "sealed": octets.hex()}
                     for error, why, octets in messages],
        "recovery_codes": [
            {"why": why, "typed": typed} for why, typed in (
                ("empty", ""), ("the last character", recovery_code(bytes(20))[:-1] + "Z"),
                ("the first character", "1" + recovery_code(bytes(20))[1:]),
                ("two characters exchanged", swapped(recovery_code(bytes(range(20))))),
                ("without the check", recovery_code(bytes(20))[:39]),
                ("U", "U" + recovery_code(bytes(20))[1:]))]})


def swapped(code):
    at = next(at for at in range(len(code) - 1)
              if code[at] != code[at + 1] and "-" not in code[at:at + 2])
    return code[:at] + code[at + 1] + code[at] + code[at + 2:]


main()
