-- Workers ask for the jobs of their queues: a long queue must not slow down looking into the others.
CREATE INDEX job_by_queue ON job (queue, ready_at, seq) WHERE parked_at IS NULL;
