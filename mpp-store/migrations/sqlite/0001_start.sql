-- Append only: a released migration is never edited, a change is a new file.
-- Instants are milliseconds since 1970-01-01T00:00:00Z.

-- The number of the last commit that wrote something; records carry it as their version.
CREATE TABLE commit_counter (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    value    INTEGER NOT NULL
) STRICT;
INSERT INTO commit_counter (only_row, value) VALUES (1, 0);

-- seq is the order of first insertion and is never used again.
CREATE TABLE record (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT    NOT NULL,
    key     TEXT    NOT NULL,
    version INTEGER NOT NULL,
    form    INTEGER NOT NULL,
    data    TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX record_by_key ON record (kind, key);
CREATE INDEX record_by_kind ON record (kind);

CREATE TABLE record_index (
    kind      TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    value     TEXT    NOT NULL,
    seq       INTEGER NOT NULL REFERENCES record (seq) ON DELETE CASCADE,
    is_unique INTEGER NOT NULL CHECK (is_unique IN (0, 1)),
    PRIMARY KEY (kind, name, value, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_index_by_record ON record_index (seq);
CREATE UNIQUE INDEX record_index_unique ON record_index (kind, name, value) WHERE is_unique = 1;

-- seq is the place in the order; a replayed job gets a new one.
CREATE TABLE job (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
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
CREATE INDEX job_by_readiness ON job (ready_at, seq) WHERE parked_at IS NULL;
CREATE INDEX job_by_order ON job (queue, order_key, seq) WHERE parked_at IS NULL;
CREATE INDEX job_by_parking ON job (seq) WHERE parked_at IS NOT NULL;

CREATE TABLE audit_leaf (
    place INTEGER NOT NULL PRIMARY KEY,
    bytes BLOB    NOT NULL
) STRICT;

CREATE TABLE usage_event (
    id      TEXT    NOT NULL PRIMARY KEY,
    partner TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    data    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_event_by_time ON usage_event (at, id);
CREATE INDEX usage_event_by_partner ON usage_event (partner, at, id);
