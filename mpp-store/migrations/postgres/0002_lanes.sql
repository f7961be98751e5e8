-- A session keeps the plan of a function's statement, and what the planner believes of a table that was empty a moment ago is that it
-- is empty still. The look for an earlier job of the same order then went through the index by queue and read every job before this
-- one: seconds a call with some ten thousand jobs. Two things leave the planner no choice: the places of unfinished jobs with an order
-- key stand in a table that has one index only, and the jobs to be changed are found by where they lie.

-- The unfinished jobs of each order, kept by the trigger below.
CREATE TABLE job_lane (
    queue     text COLLATE "C" NOT NULL,
    order_key text COLLATE "C" NOT NULL,
    seq       bigint           NOT NULL,
    PRIMARY KEY (queue, order_key, seq)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

INSERT INTO job_lane (queue, order_key, seq)
    SELECT queue, order_key, seq FROM job WHERE order_key IS NOT NULL AND parked_at IS NULL;

CREATE FUNCTION keep_lane() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.order_key IS NOT NULL AND OLD.parked_at IS NULL THEN
        DELETE FROM job_lane l WHERE l.queue = OLD.queue AND l.order_key = OLD.order_key AND l.seq = OLD.seq;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.order_key IS NOT NULL AND NEW.parked_at IS NULL THEN
        INSERT INTO job_lane (queue, order_key, seq) VALUES (NEW.queue, NEW.order_key, NEW.seq);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_lane AFTER INSERT OR DELETE OR UPDATE OF seq, parked_at ON job
    FOR EACH ROW EXECUTE FUNCTION keep_lane();

DROP INDEX job_by_order;

CREATE OR REPLACE FUNCTION lease_jobs(
    queues text[], wanted bigint, by_worker text, at_instant bigint, until_instant bigint)
RETURNS SETOF job LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
AS $$
DECLARE
    wanted_queue text;
    missing bigint := wanted;
    changed bigint;
BEGIN
    IF cardinality(queues) = 0 THEN
        RETURN QUERY
            UPDATE job t SET lease = t.lease + 1, attempt = t.attempt + 1, worker = by_worker,
                ready_at = until_instant
            WHERE t.ctid = ANY (ARRAY(
                SELECT j.ctid FROM job j
                WHERE j.parked_at IS NULL AND j.ready_at <= at_instant
                    AND (j.order_key IS NULL OR NOT EXISTS (
                        SELECT 1 FROM job_lane l
                        WHERE l.queue = j.queue AND l.order_key = j.order_key AND l.seq < j.seq))
                ORDER BY j.ready_at, j.seq LIMIT missing FOR UPDATE OF j SKIP LOCKED))
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
