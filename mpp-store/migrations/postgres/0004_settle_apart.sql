-- Commits of a node follow one another without waiting for the disk: what the counter's lock was held for longest was the round trip
-- and the sync, while the next batches waited. Now it is held while the lists are written, and no longer.

-- Lanes of new jobs are written by the two functions that write new jobs: a trigger for them took longer than their rows.
DROP TRIGGER add_lanes ON job;
DROP FUNCTION add_lanes();
CREATE OR REPLACE FUNCTION apply_jobs(jobs jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    job_write jsonb;
    nth       bigint;
    changed   bigint;
    place     bigint;
BEGIN
    FOR job_write, nth IN SELECT j.value, j.ordinality - 1 FROM jsonb_array_elements(jobs) WITH ORDINALITY j LOOP
        CASE job_write->>'do'
        WHEN 'enqueue' THEN
            INSERT INTO job (seq, id, queue, order_key, payload, due_at, ready_at, worker, lease, attempt)
                VALUES (nextval('job_seq'), job_write->>'id', job_write->>'queue', job_write->>'order_key',
                        job_write->>'payload', (job_write->>'due_at')::bigint, (job_write->>'ready_at')::bigint,
                        job_write->>'worker', (job_write->>'lease')::bigint, (job_write->>'attempt')::bigint)
                ON CONFLICT DO NOTHING RETURNING seq INTO place;
            GET DIAGNOSTICS changed = ROW_COUNT;
            IF changed > 0 AND job_write->>'order_key' IS NOT NULL THEN
                INSERT INTO job_lane (queue, order_key, seq)
                    VALUES (job_write->>'queue', job_write->>'order_key', place);
            END IF;
        WHEN 'complete' THEN
            DELETE FROM job j WHERE j.id = job_write->>'id' AND j.lease = (job_write->>'lease')::bigint
                AND j.worker IS NOT NULL;
            GET DIAGNOSTICS changed = ROW_COUNT;
        WHEN 'release' THEN
            UPDATE job j SET due_at = (job_write->>'due_at')::bigint, ready_at = (job_write->>'due_at')::bigint,
                    reason = job_write->>'reason', worker = NULL, lease = j.lease + 1
                WHERE j.id = job_write->>'id' AND j.lease = (job_write->>'lease')::bigint AND j.worker IS NOT NULL;
            GET DIAGNOSTICS changed = ROW_COUNT;
        WHEN 'park' THEN
            UPDATE job j SET parked_at = (job_write->>'parked_at')::bigint, reason = job_write->>'reason',
                    worker = NULL, lease = j.lease + 1
                WHERE j.id = job_write->>'id' AND j.lease = (job_write->>'lease')::bigint AND j.worker IS NOT NULL;
            GET DIAGNOSTICS changed = ROW_COUNT;
        END CASE;
        IF changed = 0 THEN
            PERFORM refuse('jobs', nth);
        END IF;
    END LOOP;
END $$;

-- As before, but what depends on no other commit, the uses, is written before the counter is locked.
CREATE OR REPLACE FUNCTION commit_together(
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
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before  bigint;
    leaves  bigint;
    places  bigint[];
    nths    bigint[];
    changed bigint;
BEGIN
    IF cardinality(use_ids) > 0 THEN
        INSERT INTO usage_event (id, partner, at, data)
            SELECT u.* FROM unnest(use_ids, use_partners, use_ats, use_data) u ORDER BY 1;
    END IF;
    UPDATE commit_counter c SET value = c.value + batch_count, leaves = c.leaves + cardinality(leaf_bytes)
        RETURNING c.value - batch_count, c.leaves - cardinality(leaf_bytes) INTO STRICT before, leaves;
    IF cardinality(guard_kinds) > 0 THEN
        IF EXISTS (
            SELECT 1 FROM unnest(guard_kinds, guard_keys, guard_versions) g (kind, key, expected)
                LEFT JOIN record r ON r.kind = g.kind AND r.key = g.key
                WHERE r.version IS DISTINCT FROM g.expected)
        THEN
            PERFORM refuse('guards', 0);
        END IF;
    END IF;
    IF cardinality(new_kinds) > 0 THEN
        places := ARRAY(SELECT nextval('record_seq') FROM generate_series(1, cardinality(new_kinds)));
        INSERT INTO record (kind, seq, key, version, form, data)
            SELECT n.kind, n.seq, n.key, before + n.batch, n.form, n.data
            FROM unnest(new_kinds, places, new_keys, new_batches, new_forms, new_data) n (kind, seq, key, batch, form, data);
        INSERT INTO record_index (kind, name, value, seq, is_unique)
            SELECT new_kinds[e.record], e.name, e.value, places[e.record], e.is_unique
            FROM unnest(new_entry_records, new_entry_names, new_entry_values, new_entry_uniques)
                e (record, name, value, is_unique);
    END IF;
    IF cardinality(old_kinds) > 0 THEN
        WITH updated AS (
            UPDATE record r SET version = before + o.batch, form = o.form, data = o.data
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
        places := ARRAY(SELECT nextval('job_seq') FROM generate_series(1, cardinality(job_ids)));
        INSERT INTO job (seq, id, queue, order_key, payload, due_at, ready_at, worker, lease, attempt)
            SELECT j.* FROM unnest(
                places, job_ids, job_queues, job_order_keys, job_payloads, job_due_ats, job_ready_ats, job_workers, job_leases,
                job_attempts) j;
        INSERT INTO job_lane (queue, order_key, seq)
            SELECT l.* FROM unnest(job_queues, job_order_keys, places) l (queue, order_key, seq) WHERE l.order_key IS NOT NULL;
    END IF;
    IF cardinality(leaf_bytes) > 0 THEN
        INSERT INTO audit_leaf (place, bytes)
            SELECT leaves + l.nth - 1, l.bytes FROM unnest(leaf_bytes) WITH ORDINALITY l (bytes, nth);
    END IF;
    IF rings THEN
        PERFORM pg_notify('mpp_jobs', current_schema());
    END IF;
    RETURN before;
END $$;

-- Writes as commit_together does, lets go of the lock, and answers when the disk has settled. The first commit leaves the sync to the
-- second one, a mark in the write-ahead log: the log is settled in its order, so with the mark everything before it is. Both are of one
-- session, so that no restart of the server can lie between them unseen: it ends the session.
CREATE PROCEDURE commit_and_settle(
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
    rings boolean,
    INOUT before bigint)
LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL synchronous_commit = off;
    before := commit_together(
        batch_count, guard_kinds, guard_keys, guard_versions,
        new_batches, new_kinds, new_keys, new_forms, new_data,
        new_entry_records, new_entry_names, new_entry_values, new_entry_uniques,
        old_batches, old_kinds, old_keys, old_versions, old_forms, old_data,
        old_entry_records, old_entry_names, old_entry_values, old_entry_uniques,
        done_ids, done_leases,
        job_ids, job_queues, job_order_keys, job_payloads, job_due_ats, job_ready_ats, job_workers, job_leases, job_attempts,
        leaf_bytes, use_ids, use_partners, use_ats, use_data, rings);
    COMMIT;
    PERFORM pg_logical_emit_message(true, 'mpp', '');
END $$;
