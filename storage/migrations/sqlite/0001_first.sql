-- Version 1: accounts, devices, contacts, chats, members, messages.
--
-- The program runs this by itself when it opens an older database. By hand, with no server
-- running:   sqlite3 -bail FILE < 0001_first.sql
--
-- Ids are the 16 octets of a UUID; inside the database small integer keys stand for them, so that
-- the indexes stay small. Times are Unix milliseconds, UTC.

BEGIN IMMEDIATE;

-- "UOD1": tells this database from any other SQLite file. Never changes.
PRAGMA application_id = 1431258161;

CREATE TABLE accounts (
  key INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  name_skeleton TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE,
  salt BLOB NOT NULL,
  argon2_memory_kib INTEGER NOT NULL,
  argon2_passes INTEGER NOT NULL,
  stored_auth_key BLOB NOT NULL,
  premium INTEGER NOT NULL DEFAULT 0 CHECK (premium IN (0, 1)),
  created_at_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One row for each place where an account is logged in.
CREATE TABLE devices (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  account_key INTEGER NOT NULL REFERENCES accounts (key) ON DELETE CASCADE,
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  stored_token BLOB NOT NULL,
  created_at_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_by_account ON devices (account_key);

-- One-sided: two rows when both have each other.
CREATE TABLE contacts (
  owner_key INTEGER NOT NULL REFERENCES accounts (key) ON DELETE CASCADE,
  contact_key INTEGER NOT NULL REFERENCES accounts (key) ON DELETE CASCADE,
  PRIMARY KEY (owner_key, contact_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX contacts_by_contact ON contacts (contact_key);

-- The last_ columns repeat the chat's newest message; they are written once a commit.
CREATE TABLE chats (
  key INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  last_seq INTEGER NOT NULL DEFAULT 0,
  last_position INTEGER NOT NULL DEFAULT 0,
  last_sent_at_ms INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE chat_members (
  chat_key INTEGER NOT NULL REFERENCES chats (key),
  account_key INTEGER NOT NULL REFERENCES accounts (key),
  delivered_seq INTEGER NOT NULL DEFAULT 0,
  read_seq INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (chat_key, account_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX chat_members_by_account ON chat_members (account_key);

-- Append-only: the position is the row's own key and grows with each message of all chats.
-- No foreign keys here: the one writer proves chat and sender against the members that it keeps
-- in memory, and two look-ups a row are a good part of what a row costs.
-- The body comes last, so that looking at a row's head does not read through it.
CREATE TABLE messages (
  position INTEGER PRIMARY KEY,
  id BLOB NOT NULL,
  chat_key INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  sender_key INTEGER NOT NULL,
  sent_at_ms INTEGER NOT NULL,
  content INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX messages_by_id ON messages (id);
CREATE UNIQUE INDEX messages_by_chat ON messages (chat_key, seq);

PRAGMA user_version = 1;

COMMIT;
