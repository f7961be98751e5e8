-- Batches that do not touch each other are written list by list, each list in one statement for all of them: what a commit cost most
-- was not its rows but the statements, the savepoint and the JSON around each of them.

-- Lanes are kept for all rows of a statement at once. Moving a job to another place or parking it stays as it was.
CREATE FUNCTION add_lanes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO job_lane (queue, order_key, seq)
        SELECT a.queue, a.order_key, a.seq FROM added a WHERE a.order_key IS NOT NULL AND a.parked_at IS NULL;
    RETURN NULL;
END $$;
CREATE FUNCTION remove_lanes() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    DELETE FROM job_lane l USING removed r
        WHERE l.queue = r.queue AND l.order_key = r.order_key AND l.seq = r.seq AND r.parked_at IS NULL;
    RETURN NULL;
END $$;
DROP TRIGGER keep_lane ON job;
CREATE TRIGGER keep_lane AFTER UPDATE OF seq, parked_at ON job FOR EACH ROW EXECUTE FUNCTION keep_lane();
CREATE TRIGGER add_lanes AFTER INSERT ON job
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_lanes();
CREATE TRIGGER remove_lanes AFTER DELETE ON job
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION remove_lanes();

-- The program sees to it that no record, job or use is named by two of the batches. Lists are given column by column; `*_batches`
-- says which batch a row belongs to, from 1. Gives the number of the commit before the first. Anything that is not as a batch
-- needs it ends the transaction: the batches are then written one by one, which tells whose it was.
CREATE FUNCTION commit_together(
    batch_count bigint,
    guard_kinds text[], guard_keys text[], guard_versions bigint[],
    new_batches bigint[], new_kinds text[], new_keys text[], new_forms integer[], new_data text[],
    new_entry_records bigint[], new_entry_names text[], new_entry_values text[], new_entry_uniques boolean[],
    old_batches bigint[], old_kinds text[], old_keys text[], old_versions bigint[], old_forms integer[], old_data text[],
    old_entry_records bigint[], old_entry_names text[], old_entry_values text[], old_entry_uniques boolean[],
    done_ids text[], done_leases bigint[],
    job_ids text[], job_queues text[], job_order_keys text[], job_payloads text[], job_due_ats bigint[],
    job_ready_ats bigint[], job_workers text[], job_leases bigint[], job_attempts bigint[],
    leaf_bytes bytea[],
    use_ids text[], use_partners text[], use_ats bigint[], use_data text[],
    rings boolean)
RETURNS bigint LANGUAGE plpgsql
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
AS $$
DECLARE
    counter commit_counter%ROWTYPE;
    places  bigint[];
    nths    bigint[];
    changed bigint;
BEGIN
    SELECT * INTO STRICT counter FROM commit_counter FOR UPDATE;
    IF cardinality(guard_kinds) > 0 AND EXISTS (
        SELECT 1 FROM unnest(guard_kinds, guard_keys, guard_versions) g (kind, key, expected)
            LEFT JOIN record r ON r.kind = g.kind AND r.key = g.key
            WHERE r.version IS DISTINCT FROM g.expected)
    THEN
        PERFORM refuse('guards', 0);
    END IF;
    IF cardinality(new_kinds) > 0 THEN
        places := ARRAY(SELECT nextval('record_seq') FROM generate_series(1, cardinality(new_kinds)));
        INSERT INTO record (kind, seq, key, version, form, data)
            SELECT n.kind, n.seq, n.key, counter.value + n.batch, n.form, n.data
            FROM unnest(new_kinds, places, new_keys, new_batches, new_forms, new_data) n (kind, seq, key, batch, form, data);
        INSERT INTO record_index (kind, name, value, seq, is_unique)
            SELECT new_kinds[e.record], e.name, e.value, places[e.record], e.is_unique
            FROM unnest(new_entry_records, new_entry_names, new_entry_values, new_entry_uniques)
                e (record, name, value, is_unique);
    END IF;
    IF cardinality(old_kinds) > 0 THEN
        WITH updated AS (
            UPDATE record r SET version = counter.value + o.batch, form = o.form, data = o.data
                FROM unnest(old_kinds, old_keys, old_versions, old_batches, old_forms, old_data)
                    WITH ORDINALITY o (kind, key, expected, batch, form, data, nth)
                WHERE r.kind = o.kind AND r.key = o.key AND r.version = o.expected
                RETURNING o.nth, r.seq)
            SELECT array_agg(u.nth), array_agg(u.seq) INTO nths, places FROM updated u;
        IF cardinality(nths) IS DISTINCT FROM cardinality(old_kinds) THEN
            PERFORM refuse('writes', 0);
        END IF;
        PERFORM change_entries(
            old_kinds, nths, places, old_entry_records, old_entry_names, old_entry_values, old_entry_uniques);
    END IF;
    IF cardinality(done_ids) > 0 THEN
        DELETE FROM job j USING unnest(done_ids, done_leases) d (id, lease)
            WHERE j.id = d.id AND j.lease = d.lease AND j.worker IS NOT NULL;
        GET DIAGNOSTICS changed = ROW_COUNT;
        IF changed < cardinality(done_ids) THEN
            PERFORM refuse('jobs', 0);
        END IF;
    END IF;
    IF cardinality(job_ids) > 0 THEN
        INSERT INTO job (seq, id, queue, order_key, payload, due_at, ready_at, worker, lease, attempt)
            SELECT nextval('job_seq'), j.* FROM unnest(
                job_ids, job_queues, job_order_keys, job_payloads, job_due_ats, job_ready_ats, job_workers, job_leases,
                job_attempts) j;
    END IF;
    IF cardinality(leaf_bytes) > 0 THEN
        INSERT INTO audit_leaf (place, bytes)
            SELECT counter.leaves + l.nth - 1, l.bytes FROM unnest(leaf_bytes) WITH ORDINALITY l (bytes, nth);
    END IF;
    IF cardinality(use_ids) > 0 THEN
        INSERT INTO usage_event (id, partner, at, data)
            SELECT u.* FROM unnest(use_ids, use_partners, use_ats, use_data) u;
    END IF;
    UPDATE commit_counter c SET value = counter.value + batch_count, leaves = counter.leaves + cardinality(leaf_bytes);
    IF rings THEN
        PERFORM pg_notify('mpp_jobs', current_schema());
    END IF;
    RETURN counter.value;
END $$;

-- Brings the entries of changed records to what they shall be: `nths` are the numbers of the records in the list, `places` their
-- places. That one lets go of a unique value is left to the other way of writing, for then the order of batches matters.
CREATE FUNCTION change_entries(
    kinds text[], nths bigint[], places bigint[],
    entry_records bigint[], entry_names text[], entry_values text[], entry_uniques boolean[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    present bigint;
    kept    bigint;
    uniques bigint;
BEGIN
    SELECT count(*), count(e.record), count(*) FILTER (WHERE i.is_unique AND e.record IS NULL)
        INTO present, kept, uniques
        FROM unnest(nths, places) c (nth, seq)
            JOIN record_index i ON i.kind = kinds[c.nth] AND i.seq = c.seq
            LEFT JOIN unnest(entry_records, entry_names, entry_values, entry_uniques) e (record, name, value, is_unique)
                ON e.record = c.nth AND e.name = i.name AND e.value = i.value AND e.is_unique = i.is_unique;
    IF uniques > 0 THEN
        PERFORM refuse('writes', 0);
    END IF;
    IF kept < present THEN
        DELETE FROM record_index i USING unnest(nths, places) c (nth, seq)
            WHERE i.kind = kinds[c.nth] AND i.seq = c.seq AND NOT EXISTS (
                SELECT 1 FROM unnest(entry_records, entry_names, entry_values, entry_uniques)
                    e (record, name, value, is_unique)
                WHERE e.record = c.nth AND e.name = i.name AND e.value = i.value AND e.is_unique = i.is_unique);
    END IF;
    IF kept < cardinality(entry_records) THEN
        INSERT INTO record_index (kind, name, value, seq, is_unique)
            SELECT kinds[c.nth], e.name, e.value, c.seq, e.is_unique
            FROM unnest(nths, places) c (nth, seq)
                JOIN unnest(entry_records, entry_names, entry_values, entry_uniques) e (record, name, value, is_unique)
                    ON e.record = c.nth
            WHERE NOT EXISTS (
                SELECT 1 FROM record_index i WHERE i.kind = kinds[c.nth] AND i.name = e.name AND i.value = e.value
                    AND i.seq = c.seq);
    END IF;
END $$;
