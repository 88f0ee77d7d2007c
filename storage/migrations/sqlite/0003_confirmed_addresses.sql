-- Version 3: an address belongs to whoever has confirmed it; several codes at a time.
--
-- By hand, with no server running:   sqlite3 -bail FILE < 0003_confirmed_addresses.sql

-- The table is made anew, which is how a UNIQUE is taken off a column. Meanwhile no row of another
-- table may notice (sqlite.org/lang_altertable.html, 7).
PRAGMA foreign_keys = OFF;

BEGIN IMMEDIATE;

-- Fails where this has been run before, as creating a table does in the other versions.
CREATE UNIQUE INDEX accounts_by_email ON accounts (key);

CREATE TABLE new_accounts (
  key INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  name_skeleton TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  salt BLOB NOT NULL,
  argon2_memory_kib INTEGER NOT NULL,
  argon2_passes INTEGER NOT NULL,
  stored_auth_key BLOB NOT NULL,
  premium INTEGER NOT NULL DEFAULT 0 CHECK (premium IN (0, 1)),
  created_at_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL DEFAULT 0,
  email_confirmed INTEGER NOT NULL DEFAULT 0 CHECK (email_confirmed IN (0, 1)),
  -- Locked by an administrator: nobody gets in, no device either.
  closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)),
  -- Not 0: all that is left is that chats and broadcasts have an author, who is nobody any more.
  deleted_at_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO new_accounts SELECT key, id, name, name_key, name_skeleton, email, email_key, salt,
  argon2_memory_kib, argon2_passes, stored_auth_key, premium, created_at_ms, last_seen_ms,
  email_confirmed, closed, deleted_at_ms FROM accounts;
DROP TABLE accounts;
ALTER TABLE new_accounts RENAME TO accounts;
CREATE UNIQUE INDEX accounts_by_email ON accounts (email_key) WHERE email_confirmed = 1;

-- Several of a purpose at a time (4 is new: move to another address), each with its tries.
CREATE TABLE new_codes (
  account_key INTEGER NOT NULL REFERENCES accounts (key) ON DELETE CASCADE,
  purpose INTEGER NOT NULL,
  stored BLOB NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  tries_left INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0 CHECK (used IN (0, 1)),
  new_email TEXT NOT NULL,
  new_email_key TEXT NOT NULL,
  PRIMARY KEY (account_key, purpose, stored)
) STRICT, WITHOUT ROWID;
INSERT INTO new_codes SELECT account_key, iif(purpose = 1 AND new_email <> '', 4, purpose), stored,
  expires_at_ms, tries_left, used, new_email, new_email_key FROM codes;
DROP TABLE codes;
ALTER TABLE new_codes RENAME TO codes;

PRAGMA user_version = 3;

COMMIT;

PRAGMA foreign_keys = ON;
