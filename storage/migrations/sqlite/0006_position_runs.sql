-- Version 6: a chat's messages are found by runs of 64 positions, not by an index entry each.
--
-- An entry a message was one more page of the log for each chat that said something in a commit,
-- nearly half of what the commits of a busy node wrote. Now the positions of a chat's newest messages
-- lie with its counters (`tail`), and every 64 of them become a row (storage/position_run.hpp).
--
-- And who only ever sends has nothing of theirs looked through at each return: a chat knows who
-- spoke last, and since which message nobody else has.
--
-- By hand, with no server running:   sqlite3 -bail FILE < 0006_position_runs.sql
-- Takes some five seconds a million messages, and gives the room of the index back to what is
-- written next.

BEGIN IMMEDIATE;

-- Run 0 holds messages 1 to 64 of the chat. The text: the first position, then how much further
-- each next one is. Without a foreign key, as `messages`.
CREATE TABLE chat_runs (
  chat_key INTEGER NOT NULL,
  run INTEGER NOT NULL,
  positions TEXT NOT NULL,
  PRIMARY KEY (chat_key, run)
) STRICT, WITHOUT ROWID;

-- The run that is not full yet: last_seq % 64 positions.
ALTER TABLE chats ADD COLUMN tail TEXT NOT NULL DEFAULT '';

ALTER TABLE chats ADD COLUMN speaker_key INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chats ADD COLUMN speaks_from_seq INTEGER NOT NULL DEFAULT 0;

UPDATE chats SET speaker_key =
  coalesce((SELECT sender_key FROM messages WHERE position = last_position), 0);
UPDATE chats SET speaks_from_seq = 1 + coalesce(
  (SELECT m.seq FROM messages m
   WHERE m.chat_key = chats.key AND m.sender_key <> chats.speaker_key
   ORDER BY m.seq DESC LIMIT 1), 0)
WHERE last_seq > 0;

-- The windows put the texts together in the order of seq, which a plain group_concat does not
-- promise; the last row of each has all of it.
INSERT INTO chat_runs
SELECT chat_key, seq / 64 - 1,
  (SELECT so_far FROM
    (SELECT seq, group_concat(step, ',') OVER (ORDER BY seq) AS so_far FROM
      (SELECT m.seq, m.position - lag(m.position, 1, 0) OVER (ORDER BY m.seq) AS step
       FROM messages m
       WHERE m.chat_key = ends.chat_key AND m.seq > ends.seq - 64 AND m.seq <= ends.seq))
   ORDER BY seq DESC LIMIT 1)
FROM messages ends WHERE seq % 64 = 0;

UPDATE chats SET tail =
  coalesce((SELECT so_far FROM
    (SELECT seq, group_concat(step, ',') OVER (ORDER BY seq) AS so_far FROM
      (SELECT m.seq, m.position - lag(m.position, 1, 0) OVER (ORDER BY m.seq) AS step
       FROM messages m
       WHERE m.chat_key = chats.key AND m.seq > chats.last_seq / 64 * 64))
   ORDER BY seq DESC LIMIT 1), '')
WHERE last_seq % 64 <> 0;

DROP INDEX messages_by_chat;

PRAGMA user_version = 6;

COMMIT;
