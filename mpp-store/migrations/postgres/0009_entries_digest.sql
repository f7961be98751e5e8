-- Most writes of a record change nothing it is found by. To know that, its entries were read: two pages of chance in a large store. A
-- digest of the entries it was last written with says so in the row itself: where it is the same, the entries are not looked at. NULL
-- where an earlier program wrote the row.
ALTER TABLE record ADD COLUMN entries_digest bytea;

-- A node of the program before, which knows no digests, must not leave an old one behind: it writes by commit_batches, when it finds that
-- the procedure it knew is gone, and without a digest in its batches the row's is taken away.
DROP PROCEDURE commit_and_settle;
DROP FUNCTION commit_together;

-- As before, but entries are only looked at where the digest differs, or where the batch says that they are to be.
CREATE OR REPLACE FUNCTION apply_writes(writes jsonb, commit_number bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    change   jsonb;
    nth      bigint;
    place    bigint;
    expected bigint;
    digest   bytea;
    is_kept  boolean;
BEGIN
    FOR change, nth IN SELECT w.value, w.ordinality - 1 FROM jsonb_array_elements(writes) WITH ORDINALITY w LOOP
        expected := (change->>'expected')::bigint;
        place := NULL;
        digest := decode(change->>'digest', 'hex');
        is_kept := false;
        IF expected IS NULL THEN
            INSERT INTO record (kind, seq, key, version, form, data, entries_digest)
                VALUES (change->>'kind', nextval('record_seq'), change->>'key', commit_number,
                        (change->>'form')::integer, change->>'data', digest)
                ON CONFLICT DO NOTHING RETURNING seq INTO place;
        ELSIF change ? 'data' THEN
            IF NOT (change->>'compared')::boolean THEN
                UPDATE record r SET version = commit_number, form = (change->>'form')::integer, data = change->>'data'
                    WHERE r.kind = change->>'kind' AND r.key = change->>'key' AND r.version = expected
                        AND r.entries_digest = digest
                    RETURNING r.seq INTO place;
                is_kept := place IS NOT NULL;
            END IF;
            IF NOT is_kept THEN
                UPDATE record r
                    SET version = commit_number, form = (change->>'form')::integer, data = change->>'data',
                        entries_digest = digest
                    WHERE r.kind = change->>'kind' AND r.key = change->>'key' AND r.version = expected
                    RETURNING r.seq INTO place;
            END IF;
        ELSE
            DELETE FROM record r
                WHERE r.kind = change->>'kind' AND r.key = change->>'key' AND r.version = expected
                RETURNING r.seq INTO place;
        END IF;
        IF place IS NULL THEN
            PERFORM refuse('writes', nth);
        ELSIF is_kept THEN
            CONTINUE;
        ELSIF change ? 'data' THEN
            IF NOT apply_index(change->>'kind', place, change->'index', expected IS NULL) THEN
                PERFORM refuse('writes', nth);
            END IF;
        ELSE
            DELETE FROM record_index i WHERE i.kind = change->>'kind' AND i.seq = place;
        END IF;
    END LOOP;
END $$;

-- As before, but entries are only looked at where the digest differs.
CREATE FUNCTION commit_together(
    batch_count bigint,
    guard_kinds text[], guard_keys text[], guard_versions bigint[],
    new_batches bigint[], new_kinds text[], new_keys text[], new_forms integer[], new_data text[], new_digests bytea[],
    new_entry_records bigint[], new_entry_names text[], new_entry_values text[], new_entry_uniques boolean[],
    old_batches bigint[], old_kinds text[], old_keys text[], old_versions bigint[], old_forms integer[], old_data text[],
    old_digests bytea[],
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
        INSERT INTO record (kind, seq, key, version, form, data, entries_digest)
            SELECT n.kind, n.seq, n.key, before + n.batch, n.form, n.data, n.digest
            FROM unnest(new_kinds, places, new_keys, new_batches, new_forms, new_data, new_digests)
                n (kind, seq, key, batch, form, data, digest);
        INSERT INTO record_index (kind, name, value, seq, is_unique)
            SELECT new_kinds[e.record], e.name, e.value, places[e.record], e.is_unique
            FROM unnest(new_entry_records, new_entry_names, new_entry_values, new_entry_uniques)
                e (record, name, value, is_unique);
    END IF;
    IF cardinality(old_kinds) > 0 THEN
        UPDATE record r SET version = before + o.batch, form = o.form, data = o.data
            FROM unnest(old_kinds, old_keys, old_versions, old_batches, old_forms, old_data, old_digests)
                o (kind, key, expected, batch, form, data, digest)
            WHERE r.kind = o.kind AND r.key = o.key AND r.version = o.expected AND r.entries_digest = o.digest;
        GET DIAGNOSTICS changed = ROW_COUNT;
        IF changed < cardinality(old_kinds) THEN
            -- those written above have another version now
            WITH updated AS (
                UPDATE record r
                    SET version = before + o.batch, form = o.form, data = o.data, entries_digest = o.digest
                    FROM unnest(old_kinds, old_keys, old_versions, old_batches, old_forms, old_data, old_digests)
                        WITH ORDINALITY o (kind, key, expected, batch, form, data, digest, nth)
                    WHERE r.kind = o.kind AND r.key = o.key AND r.version = o.expected
                    RETURNING o.nth, r.seq)
                SELECT array_agg(u.nth), array_agg(u.seq) INTO nths, places FROM updated u;
            IF changed + coalesce(cardinality(nths), 0) < cardinality(old_kinds) THEN
                PERFORM refuse('writes', 0);
            END IF;
            PERFORM change_entries(
                old_kinds, nths, places, old_entry_records, old_entry_names, old_entry_values, old_entry_uniques);
        END IF;
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
    new_batches bigint[], new_kinds text[], new_keys text[], new_forms integer[], new_data text[], new_digests bytea[],
    new_entry_records bigint[], new_entry_names text[], new_entry_values text[], new_entry_uniques boolean[],
    old_batches bigint[], old_kinds text[], old_keys text[], old_versions bigint[], old_forms integer[], old_data text[],
    old_digests bytea[],
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
        new_batches, new_kinds, new_keys, new_forms, new_data, new_digests,
        new_entry_records, new_entry_names, new_entry_values, new_entry_uniques,
        old_batches, old_kinds, old_keys, old_versions, old_forms, old_data, old_digests,
        old_entry_records, old_entry_names, old_entry_values, old_entry_uniques,
        done_ids, done_leases,
        job_ids, job_queues, job_order_keys, job_payloads, job_due_ats, job_ready_ats, job_workers, job_leases, job_attempts,
        leaf_bytes, use_ids, use_partners, use_ats, use_data, rings);
    COMMIT;
    PERFORM pg_logical_emit_message(true, 'mpp', '');
END $$;
