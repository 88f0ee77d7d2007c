-- Version 4: identities, and the keys of chats. All of it is sealed; nothing here opens any of it.
--
-- By hand, with no server running:   sqlite3 -bail FILE < 0004_sealing.sql

BEGIN IMMEDIATE;

-- The fingerprint of the identity that the account has now; empty: none.
ALTER TABLE accounts ADD COLUMN identity BLOB NOT NULL DEFAULT x''
  CHECK (length(identity) IN (0, 32));
-- Its private half, sealed by what only the owner knows; empty: not sealed by that.
ALTER TABLE accounts ADD COLUMN sealed_by_password BLOB NOT NULL DEFAULT x'';
ALTER TABLE accounts ADD COLUMN sealed_by_recovery BLOB NOT NULL DEFAULT x'';

-- Public keys, also those that an account has no more: what they signed is still there.
CREATE TABLE identities (
  account_key INTEGER NOT NULL REFERENCES accounts (key) ON DELETE CASCADE,
  fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
  public_key BLOB NOT NULL,
  made_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account_key, fingerprint)
) STRICT, WITHOUT ROWID;

-- An epoch's key, wrapped for each member. The record comes last, so that looking at a row's head
-- does not read through it.
CREATE TABLE chat_keys (
  key INTEGER PRIMARY KEY,
  epoch BLOB NOT NULL UNIQUE CHECK (length(epoch) = 16),
  chat_key INTEGER NOT NULL REFERENCES chats (key),
  maker_key INTEGER NOT NULL REFERENCES accounts (key),
  made_at_ms INTEGER NOT NULL,
  record BLOB NOT NULL
) STRICT;
CREATE INDEX chat_keys_by_chat ON chat_keys (chat_key);

PRAGMA user_version = 4;

COMMIT;
