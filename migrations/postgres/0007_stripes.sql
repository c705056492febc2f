-- A bucket of a shared counter may have several rows, its stripes, so that concurrent requests do not wait for one row.

-- Requests of an earlier version wait outside: with one of their rows in hand they would deadlock with this migration.
LOCK TABLE counters IN ACCESS EXCLUSIVE MODE;

-- The lock rows of the earlier version have no meaning any more. The guards below take their place, and begin at zero.
DELETE FROM counters WHERE bucket_start = 0;
ALTER TABLE counters ADD COLUMN stripe BIGINT NOT NULL DEFAULT 0;
ALTER TABLE counters ALTER COLUMN stripe DROP DEFAULT;
ALTER TABLE counters DROP CONSTRAINT counters_pkey, ADD PRIMARY KEY (name, bucket_start, stripe);

-- For folding the stripes of closed buckets.
CREATE INDEX counters_striped ON counters (bucket_start) WHERE stripe > 0;

-- What was ever added to a counter's stripe. It tells a request whether the counter has changed since the request read it.
CREATE TABLE counter_guards (
    name TEXT COLLATE "C" NOT NULL,
    stripe BIGINT NOT NULL,
    added BIGINT NOT NULL,
    PRIMARY KEY (name, stripe)
);
