-- Append only: a released migration is never edited, a change is a new file.
-- Instants are milliseconds since 1970-01-01T00:00:00Z. Text is compared byte by byte, as the program does it.

-- The one row every commit locks first: commits have one order, and what they number has no gaps (decision 0031).
CREATE TABLE commit_counter (
    only_row smallint NOT NULL PRIMARY KEY CHECK (only_row = 1),
    -- The number of the last commit; records carry it as their version.
    value    bigint   NOT NULL,
    -- How many leaves the audit log has.
    leaves   bigint   NOT NULL
) WITH (fillfactor = 10);
INSERT INTO commit_counter (only_row, value, leaves) VALUES (1, 0, 0);

-- Numbers taken while commit_counter is locked: they grow in the order of commits and are never used again.
CREATE SEQUENCE record_seq;
CREATE SEQUENCE job_seq;

-- seq is the order of first insertion. There is no index by seq alone, so that no plan can walk through other kinds.
CREATE TABLE record (
    kind    text COLLATE "C" NOT NULL,
    seq     bigint           NOT NULL,
    key     text COLLATE "C" NOT NULL,
    version bigint           NOT NULL,
    form    integer          NOT NULL,
    data    text COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, seq)
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX record_by_key ON record (kind, key);

-- Entries go with their record by apply_writes; a foreign key would look the record up again for every entry.
CREATE TABLE record_index (
    kind      text COLLATE "C" NOT NULL,
    name      text COLLATE "C" NOT NULL,
    value     text COLLATE "C" NOT NULL,
    seq       bigint           NOT NULL,
    is_unique boolean          NOT NULL,
    PRIMARY KEY (kind, name, value, seq)
);
CREATE INDEX record_index_by_record ON record_index (kind, seq);
CREATE UNIQUE INDEX record_index_unique ON record_index (kind, name, value) WHERE is_unique;

-- seq is the place in the order; a replayed job gets a new one.
CREATE TABLE job (
    seq       bigint           NOT NULL PRIMARY KEY,
    id        text COLLATE "C" NOT NULL UNIQUE,
    queue     text COLLATE "C" NOT NULL,
    order_key text COLLATE "C",
    payload   text COLLATE "C" NOT NULL,
    due_at    bigint           NOT NULL,
    -- When the job may be taken: its due time, or the end of its lease.
    ready_at  bigint           NOT NULL,
    -- The fencing number, raised by every change of hands.
    lease     bigint           NOT NULL,
    -- Who has the job; NULL when nobody was given it.
    worker    text COLLATE "C",
    attempt   bigint           NOT NULL,
    parked_at bigint,
    -- Why the job was last put back or parked.
    reason    text COLLATE "C"
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX job_by_readiness ON job (ready_at, seq) WHERE parked_at IS NULL;
CREATE INDEX job_by_queue ON job (queue, ready_at, seq) WHERE parked_at IS NULL;
CREATE INDEX job_by_order ON job (queue, order_key, seq) WHERE parked_at IS NULL;
CREATE INDEX job_by_parking ON job (seq) WHERE parked_at IS NOT NULL;

CREATE TABLE audit_leaf (
    place bigint NOT NULL PRIMARY KEY,
    bytes bytea  NOT NULL
);

CREATE TABLE usage_event (
    id      text COLLATE "C" NOT NULL PRIMARY KEY,
    partner text COLLATE "C" NOT NULL,
    at      bigint           NOT NULL,
    data    text COLLATE "C" NOT NULL
);
CREATE INDEX usage_event_by_time ON usage_event (at, id);
CREATE INDEX usage_event_by_partner ON usage_event (partner, at, id);

-- Ends a batch that is not as the store is: which list of the batch, and which place in it from 0.
CREATE FUNCTION refuse(list text, place bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'MP001', MESSAGE = list, DETAIL = place::text;
END $$;

CREATE FUNCTION check_guards(guards jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    guard jsonb;
    nth   bigint;
    found_version bigint;
BEGIN
    FOR guard, nth IN SELECT g.value, g.ordinality - 1 FROM jsonb_array_elements(guards) WITH ORDINALITY g LOOP
        SELECT r.version INTO found_version FROM record r
            WHERE r.kind = guard->>'kind' AND r.key = guard->>'key';
        IF found_version IS DISTINCT FROM (guard->>'expected')::bigint THEN
            PERFORM refuse('guards', nth);
        END IF;
    END LOOP;
END $$;

-- Brings the index entries of a record to what they shall be; false when another record holds a unique one. Entries that
-- stay are not written again.
CREATE FUNCTION apply_index(record_kind text, record_place bigint, entries jsonb, is_new boolean)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    changed bigint;
    kept    bigint := 0;
BEGIN
    IF NOT is_new THEN
        DELETE FROM record_index i WHERE i.kind = record_kind AND i.seq = record_place
            AND NOT entries @> jsonb_build_array(
                jsonb_build_object('name', i.name, 'value', i.value, 'unique', i.is_unique));
        SELECT count(*) INTO kept FROM record_index i WHERE i.kind = record_kind AND i.seq = record_place;
        IF kept = jsonb_array_length(entries) THEN
            RETURN true;
        END IF;
    END IF;
    INSERT INTO record_index (kind, name, value, seq, is_unique)
        SELECT record_kind, e.value->>'name', e.value->>'value', record_place, (e.value->>'unique')::boolean
        FROM jsonb_array_elements(entries) e
        WHERE is_new OR NOT EXISTS (
            SELECT 1 FROM record_index i WHERE i.kind = record_kind AND i.name = e.value->>'name'
                AND i.value = e.value->>'value' AND i.seq = record_place)
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN kept + changed = jsonb_array_length(entries);
END $$;

-- Changes records one after the other: each finds the store as the ones before it left it.
CREATE FUNCTION apply_writes(writes jsonb, commit_number bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    change   jsonb;
    nth      bigint;
    place    bigint;
    expected bigint;
BEGIN
    FOR change, nth IN SELECT w.value, w.ordinality - 1 FROM jsonb_array_elements(writes) WITH ORDINALITY w LOOP
        expected := (change->>'expected')::bigint;
        place := NULL;
        IF expected IS NULL THEN
            INSERT INTO record (kind, seq, key, version, form, data)
                VALUES (change->>'kind', nextval('record_seq'), change->>'key', commit_number,
                        (change->>'form')::integer, change->>'data')
                ON CONFLICT DO NOTHING RETURNING seq INTO place;
        ELSIF change ? 'data' THEN
            UPDATE record r SET version = commit_number, form = (change->>'form')::integer, data = change->>'data'
                WHERE r.kind = change->>'kind' AND r.key = change->>'key' AND r.version = expected
                RETURNING r.seq INTO place;
        ELSE
            DELETE FROM record r
                WHERE r.kind = change->>'kind' AND r.key = change->>'key' AND r.version = expected
                RETURNING r.seq INTO place;
        END IF;
        IF place IS NULL THEN
            PERFORM refuse('writes', nth);
        ELSIF change ? 'data' THEN
            IF NOT apply_index(change->>'kind', place, change->'index', expected IS NULL) THEN
                PERFORM refuse('writes', nth);
            END IF;
        ELSE
            DELETE FROM record_index i WHERE i.kind = change->>'kind' AND i.seq = place;
        END IF;
    END LOOP;
END $$;

-- Changes the outbox; lease_jobs and replay_job below do so, too.
CREATE FUNCTION apply_jobs(jobs jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    job_write jsonb;
    nth       bigint;
    changed   bigint;
BEGIN
    FOR job_write, nth IN SELECT j.value, j.ordinality - 1 FROM jsonb_array_elements(jobs) WITH ORDINALITY j LOOP
        CASE job_write->>'do'
        WHEN 'enqueue' THEN
            INSERT INTO job (seq, id, queue, order_key, payload, due_at, ready_at, worker, lease, attempt)
                VALUES (nextval('job_seq'), job_write->>'id', job_write->>'queue', job_write->>'order_key',
                        job_write->>'payload', (job_write->>'due_at')::bigint, (job_write->>'ready_at')::bigint,
                        job_write->>'worker', (job_write->>'lease')::bigint, (job_write->>'attempt')::bigint)
                ON CONFLICT DO NOTHING;
        WHEN 'complete' THEN
            DELETE FROM job j WHERE j.id = job_write->>'id' AND j.lease = (job_write->>'lease')::bigint
                AND j.worker IS NOT NULL;
        WHEN 'release' THEN
            UPDATE job j SET due_at = (job_write->>'due_at')::bigint, ready_at = (job_write->>'due_at')::bigint,
                    reason = job_write->>'reason', worker = NULL, lease = j.lease + 1
                WHERE j.id = job_write->>'id' AND j.lease = (job_write->>'lease')::bigint AND j.worker IS NOT NULL;
        WHEN 'park' THEN
            UPDATE job j SET parked_at = (job_write->>'parked_at')::bigint, reason = job_write->>'reason',
                    worker = NULL, lease = j.lease + 1
                WHERE j.id = job_write->>'id' AND j.lease = (job_write->>'lease')::bigint AND j.worker IS NOT NULL;
        END CASE;
        GET DIAGNOSTICS changed = ROW_COUNT;
        IF changed = 0 THEN
            PERFORM refuse('jobs', nth);
        END IF;
    END LOOP;
END $$;

-- Meters uses: one that is there already stays, another one of the same name is refused.
CREATE FUNCTION apply_usage(uses jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    entry   jsonb;
    nth     bigint;
    changed bigint;
BEGIN
    FOR entry, nth IN SELECT u.value, u.ordinality - 1 FROM jsonb_array_elements(uses) WITH ORDINALITY u LOOP
        INSERT INTO usage_event (id, partner, at, data)
            VALUES (entry->>'id', entry->>'partner', (entry->>'at')::bigint, entry->>'data')
            ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS changed = ROW_COUNT;
        IF changed = 0 AND NOT EXISTS (
            SELECT 1 FROM usage_event u WHERE u.id = entry->>'id' AND u.partner = entry->>'partner'
                AND u.at = (entry->>'at')::bigint AND u.data = entry->>'data')
        THEN
            PERFORM refuse('usage', nth);
        END IF;
    END LOOP;
END $$;

-- Writes batches in one transaction, each whole or not at all. A row for each in their order: its number, or what refused it.
CREATE FUNCTION commit_batches(batches text[])
RETURNS TABLE (commit_number bigint, refused_list text, refused_place bigint) LANGUAGE plpgsql AS $$
DECLARE
    counter commit_counter%ROWTYPE;
    batch_text text;
    batch      jsonb;
    rings      boolean := false;
BEGIN
    SELECT * INTO STRICT counter FROM commit_counter FOR UPDATE;
    FOREACH batch_text IN ARRAY batches LOOP
        BEGIN
            batch := batch_text::jsonb;
            PERFORM check_guards(batch->'guards');
            PERFORM apply_writes(batch->'writes', counter.value + 1);
            PERFORM apply_jobs(batch->'jobs');
            INSERT INTO audit_leaf (place, bytes)
                SELECT counter.leaves + l.ordinality - 1, decode(l.value, 'hex')
                FROM jsonb_array_elements_text(batch->'leaves') WITH ORDINALITY l;
            PERFORM apply_usage(batch->'usage');
            -- variables keep what they were given when a batch is undone, so these come last
            counter.value := counter.value + 1;
            counter.leaves := counter.leaves + jsonb_array_length(batch->'leaves');
            rings := rings OR (batch->>'rings')::boolean;
            commit_number := counter.value;
            refused_list := NULL;
            refused_place := NULL;
        EXCEPTION WHEN SQLSTATE 'MP001' THEN
            GET STACKED DIAGNOSTICS refused_list = MESSAGE_TEXT, refused_place = PG_EXCEPTION_DETAIL;
            commit_number := NULL;
        END;
        RETURN NEXT;
    END LOOP;
    UPDATE commit_counter c SET value = counter.value, leaves = counter.leaves
        WHERE c.value <> counter.value;
    IF rings THEN
        PERFORM pg_notify('mpp_jobs', current_schema());
    END IF;
END $$;

-- Hands out up to so many jobs of the queues named (of any when none is), those of an earlier queue first, then those
-- that have been ready longest. Rows in other transactions' hands are passed over, never waited for.
CREATE FUNCTION lease_jobs(queues text[], wanted bigint, by_worker text, at_instant bigint, until_instant bigint)
RETURNS SETOF job LANGUAGE plpgsql AS $$
DECLARE
    wanted_queue text;
    missing bigint := wanted;
    changed bigint;
BEGIN
    IF cardinality(queues) = 0 THEN
        RETURN QUERY
            WITH free AS (
                SELECT j.seq FROM job j
                WHERE j.parked_at IS NULL AND j.ready_at <= at_instant
                    AND (j.order_key IS NULL OR NOT EXISTS (
                        SELECT 1 FROM job e WHERE e.queue = j.queue AND e.order_key = j.order_key
                            AND e.seq < j.seq AND e.parked_at IS NULL))
                ORDER BY j.ready_at, j.seq LIMIT missing FOR UPDATE OF j SKIP LOCKED)
            UPDATE job t SET lease = t.lease + 1, attempt = t.attempt + 1, worker = by_worker,
                ready_at = until_instant
            FROM free WHERE t.seq = free.seq RETURNING t.*;
        RETURN;
    END IF;
    FOREACH wanted_queue IN ARRAY queues LOOP
        RETURN QUERY
            WITH free AS (
                SELECT j.seq FROM job j
                WHERE j.queue = wanted_queue AND j.parked_at IS NULL AND j.ready_at <= at_instant
                    AND (j.order_key IS NULL OR NOT EXISTS (
                        SELECT 1 FROM job e WHERE e.queue = j.queue AND e.order_key = j.order_key
                            AND e.seq < j.seq AND e.parked_at IS NULL))
                ORDER BY j.ready_at, j.seq LIMIT missing FOR UPDATE OF j SKIP LOCKED)
            UPDATE job t SET lease = t.lease + 1, attempt = t.attempt + 1, worker = by_worker,
                ready_at = until_instant
            FROM free WHERE t.seq = free.seq RETURNING t.*;
        GET DIAGNOSTICS changed = ROW_COUNT;
        missing := missing - changed;
        EXIT WHEN missing <= 0;
    END LOOP;
END $$;

-- Puts a parked job at the end of its order; false when there is none. The counter's lock keeps the order's numbers in the
-- order of commits.
CREATE FUNCTION replay_job(job_id text, at_instant bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    changed bigint;
BEGIN
    PERFORM 1 FROM commit_counter FOR UPDATE;
    UPDATE job j SET seq = nextval('job_seq'), due_at = at_instant, ready_at = at_instant, attempt = 0, parked_at = NULL
        WHERE j.id = job_id AND j.parked_at IS NOT NULL;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed > 0 THEN
        PERFORM pg_notify('mpp_jobs', current_schema());
    END IF;
    RETURN changed > 0;
END $$;
