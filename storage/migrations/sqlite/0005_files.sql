-- Version 5: files. Their octets lie beside the database, in files/ of the data directory, and are
-- sealed; here stands whose they are and how much of them is there.
--
-- By hand, with no server running:   sqlite3 -bail FILE < 0005_files.sql

BEGIN IMMEDIATE;

CREATE TABLE files (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  chat_key INTEGER NOT NULL REFERENCES chats (key),
  owner_key INTEGER NOT NULL REFERENCES accounts (key),
  -- Octets of the plaintext.
  size INTEGER NOT NULL,
  -- So many are on disk, synced; there may be more of them.
  segments_held INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL,
  touched_at_ms INTEGER NOT NULL,
  -- 0: not all of it is there. 1: complete. 2: nobody may have it any more, and its octets are to
  -- be removed before this row.
  state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2))
) STRICT, WITHOUT ROWID;
CREATE INDEX files_by_owner ON files (owner_key);
CREATE INDEX files_by_chat ON files (chat_key);
CREATE INDEX files_not_complete ON files (state, touched_at_ms) WHERE state <> 1;

PRAGMA user_version = 5;

COMMIT;
