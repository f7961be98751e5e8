-- How much of a queue is parked is counted up to a bound, without a look at what other queues parked.
CREATE INDEX job_parked_in_queue ON job (queue) WHERE parked_at IS NOT NULL;
