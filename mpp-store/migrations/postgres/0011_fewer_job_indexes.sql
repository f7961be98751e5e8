-- An index less for every job that is written, handed out or put back: by readiness alone only those asked who take jobs of any queue.
-- They look into each queue now, of which there are few.
DROP INDEX job_by_readiness;

CREATE OR REPLACE FUNCTION lease_jobs(
    queues text[], wanted bigint, by_worker text, at_instant bigint, until_instant bigint)
RETURNS SETOF job LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
AS $$
DECLARE
    wanted_queue text;
    missing bigint := wanted;
    changed bigint;
    readies bigint[];
    seqs    bigint[];
    places  tid[];
    all_readies bigint[] := '{}';
    all_seqs    bigint[] := '{}';
    all_places  tid[] := '{}';
BEGIN
    IF cardinality(queues) = 0 THEN
        -- the first of each queue, and of these the first; the others are let go when the transaction ends
        SELECT min(j.queue) INTO wanted_queue FROM job j WHERE j.parked_at IS NULL;
        WHILE wanted_queue IS NOT NULL LOOP
            SELECT array_agg(f.ready_at), array_agg(f.seq), array_agg(f.place) INTO readies, seqs, places FROM (
                SELECT j.ready_at, j.seq, j.ctid AS place FROM job j
                WHERE j.queue = wanted_queue AND j.parked_at IS NULL AND j.ready_at <= at_instant
                    AND (j.order_key IS NULL OR NOT EXISTS (
                        SELECT 1 FROM job_lane l
                        WHERE l.queue = j.queue AND l.order_key = j.order_key AND l.seq < j.seq))
                ORDER BY j.ready_at, j.seq LIMIT wanted FOR UPDATE OF j SKIP LOCKED) f;
            all_readies := all_readies || readies;
            all_seqs := all_seqs || seqs;
            all_places := all_places || places;
            SELECT min(j.queue) INTO wanted_queue FROM job j WHERE j.parked_at IS NULL AND j.queue > wanted_queue;
        END LOOP;
        RETURN QUERY
            UPDATE job t SET lease = t.lease + 1, attempt = t.attempt + 1, worker = by_worker,
                ready_at = until_instant
            WHERE t.ctid = ANY (ARRAY(
                SELECT f.place FROM unnest(all_readies, all_seqs, all_places) f (ready_at, seq, place)
                ORDER BY f.ready_at, f.seq LIMIT wanted))
            RETURNING t.*;
        RETURN;
    END IF;
    FOREACH wanted_queue IN ARRAY queues LOOP
        RETURN QUERY
            UPDATE job t SET lease = t.lease + 1, attempt = t.attempt + 1, worker = by_worker,
                ready_at = until_instant
            WHERE t.ctid = ANY (ARRAY(
                SELECT j.ctid FROM job j
                WHERE j.queue = wanted_queue AND j.parked_at IS NULL AND j.ready_at <= at_instant
                    AND (j.order_key IS NULL OR NOT EXISTS (
                        SELECT 1 FROM job_lane l
                        WHERE l.queue = j.queue AND l.order_key = j.order_key AND l.seq < j.seq))
                ORDER BY j.ready_at, j.seq LIMIT missing FOR UPDATE OF j SKIP LOCKED))
            RETURNING t.*;
        GET DIAGNOSTICS changed = ROW_COUNT;
        missing := missing - changed;
        EXIT WHEN missing <= 0;
    END LOOP;
END $$;
