-- What a commit costs is the pages it touches: each is written to the log, settled, and written again by the checkpoint. Three
-- trees less for a job and a use: places of jobs are counted in the row that every commit changes anyway, jobs are found by
-- their queue alone, and uses lie in the order in which they are listed.

-- The place of the last job; places are never used again.
ALTER TABLE commit_counter ADD COLUMN last_job INTEGER NOT NULL DEFAULT 0;
UPDATE commit_counter SET last_job = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'job'), 0);

CREATE TABLE job_in_place (
    seq       INTEGER PRIMARY KEY,
    id        TEXT    NOT NULL UNIQUE,
    queue     TEXT    NOT NULL,
    order_key TEXT,
    payload   TEXT    NOT NULL,
    due_at    INTEGER NOT NULL,
    -- When the job may be taken: its due time, or the end of its lease.
    ready_at  INTEGER NOT NULL,
    -- The fencing number, raised by every change of hands.
    lease     INTEGER NOT NULL DEFAULT 0,
    -- Who has the job; NULL when nobody was given it.
    worker    TEXT,
    attempt   INTEGER NOT NULL DEFAULT 0,
    parked_at INTEGER,
    -- Why the job was last put back or parked.
    reason    TEXT
) STRICT;
INSERT INTO job_in_place (
        seq, id, queue, order_key, payload, due_at, ready_at, lease, worker, attempt, parked_at, reason)
    SELECT seq, id, queue, order_key, payload, due_at, ready_at, lease, worker, attempt, parked_at, reason
    FROM job ORDER BY seq;
DROP TABLE job;
ALTER TABLE job_in_place RENAME TO job;
CREATE INDEX job_by_queue ON job (queue, ready_at, seq) WHERE parked_at IS NULL;
CREATE INDEX job_by_order ON job (queue, order_key, seq) WHERE parked_at IS NULL;
CREATE INDEX job_by_parking ON job (seq) WHERE parked_at IS NOT NULL;

CREATE TABLE usage_event_in_time (
    id      TEXT    NOT NULL UNIQUE,
    partner TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    data    TEXT    NOT NULL,
    PRIMARY KEY (at, id)
) STRICT, WITHOUT ROWID;
INSERT INTO usage_event_in_time (id, partner, at, data)
    SELECT id, partner, at, data FROM usage_event ORDER BY at, id;
DROP TABLE usage_event;
ALTER TABLE usage_event_in_time RENAME TO usage_event;
CREATE INDEX usage_event_by_partner ON usage_event (partner, at, id);
