-- Version 2: locks, places, codes, premium codes, the outbox, the home page, deleted accounts.
--
-- By hand, with no server running:   sqlite3 -bail FILE < 0002_trusted_accounts.sql

BEGIN IMMEDIATE;

ALTER TABLE accounts ADD COLUMN email_confirmed INTEGER NOT NULL DEFAULT 0
  CHECK (email_confirmed IN (0, 1));
-- Locked by an administrator: nobody gets in, no device either.
ALTER TABLE accounts ADD COLUMN closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1));
-- Not 0: all that is left is that chats and broadcasts have an author, who is nobody any more.
ALTER TABLE accounts ADD COLUMN deleted_at_ms INTEGER NOT NULL DEFAULT 0;

-- The newest broadcast when the device logged in: its stream of the home page begins behind it.
ALTER TABLE devices ADD COLUMN home_seq INTEGER NOT NULL DEFAULT 0;

-- Failed log-ins. The subject is `name:` and a name's key, whether or not somebody has that name,
-- or `network:` and a network.
CREATE TABLE locks (
  subject TEXT NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL,
  locks INTEGER NOT NULL,
  failed_at_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX locks_by_age ON locks (failed_at_ms);

-- Where an account was used from.
CREATE TABLE locations (
  account_key INTEGER NOT NULL REFERENCES accounts (key) ON DELETE CASCADE,
  network TEXT NOT NULL,
  device TEXT NOT NULL,
  first_seen_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  PRIMARY KEY (account_key, network, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX locations_by_age ON locations (last_seen_ms);

-- Codes that went out by mail, one of a purpose (1 confirm an address, 2 unlock, 3 reset the
-- password). What is stored is a hash.
CREATE TABLE codes (
  account_key INTEGER NOT NULL REFERENCES accounts (key) ON DELETE CASCADE,
  purpose INTEGER NOT NULL,
  stored BLOB NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  tries_left INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0 CHECK (used IN (0, 1)),
  new_email TEXT NOT NULL,
  new_email_key TEXT NOT NULL,
  PRIMARY KEY (account_key, purpose)
) STRICT, WITHOUT ROWID;

CREATE TABLE premium_codes (
  key INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  stored BLOB NOT NULL UNIQUE,
  uses_max INTEGER NOT NULL,
  uses INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  revoked INTEGER NOT NULL DEFAULT 0 CHECK (revoked IN (0, 1))
) STRICT;
CREATE TABLE premium_redemptions (
  code_key INTEGER NOT NULL REFERENCES premium_codes (key),
  account_key INTEGER NOT NULL REFERENCES accounts (key) ON DELETE CASCADE,
  redeemed_at_ms INTEGER NOT NULL,
  PRIMARY KEY (code_key, account_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX premium_redemptions_by_account ON premium_redemptions (account_key);

-- Mail that waits: written in the transaction of what caused it. state 0: waiting, 1: refused for
-- good. Delivered mails are not here any more.
CREATE TABLE outbox (
  key INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  account_key INTEGER REFERENCES accounts (key) ON DELETE CASCADE,
  recipient TEXT NOT NULL,
  kind TEXT NOT NULL,
  written_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1)),
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at_ms INTEGER NOT NULL,
  last_error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX outbox_by_due ON outbox (state, due_at_ms);
CREATE INDEX outbox_by_account ON outbox (account_key);
CREATE TABLE outbox_fields (
  mail_key INTEGER NOT NULL REFERENCES outbox (key) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (mail_key, name)
) STRICT, WITHOUT ROWID;
-- How many mails of a kind an account was sent on its latest day (days since 1970-01-01, UTC).
CREATE TABLE mail_counts (
  account_key INTEGER NOT NULL REFERENCES accounts (key) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  day INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (account_key, kind)
) STRICT, WITHOUT ROWID;

-- The home page. seq counts 1, 2, 3 … without a gap.
CREATE TABLE broadcasts (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  sender_key INTEGER NOT NULL REFERENCES accounts (key),
  sent_at_ms INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;

PRAGMA user_version = 2;

COMMIT;
