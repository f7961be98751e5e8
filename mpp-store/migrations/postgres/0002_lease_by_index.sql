-- A session keeps the plan of a function's statement. Made while the outbox was small, the plan of lease_jobs read all of it once for
-- every job; with some ten thousand jobs a call then took a minute. Only these plans are left to choose from: jobs in
-- the order of their index, and for each a look into the index by order.
ALTER FUNCTION lease_jobs(text[], bigint, text, bigint, bigint) SET enable_seqscan = off;
ALTER FUNCTION lease_jobs(text[], bigint, text, bigint, bigint) SET enable_bitmapscan = off;
ALTER FUNCTION lease_jobs(text[], bigint, text, bigint, bigint) SET enable_hashjoin = off;
ALTER FUNCTION lease_jobs(text[], bigint, text, bigint, bigint) SET enable_mergejoin = off;
ALTER FUNCTION lease_jobs(text[], bigint, text, bigint, bigint) SET enable_material = off;
ALTER FUNCTION lease_jobs(text[], bigint, text, bigint, bigint) SET enable_sort = off;
