-- A bucket of a shared counter may have several rows, its stripes. Only PostgreSQL uses more than one; both engines have the same table.

CREATE TABLE striped_counters (
    name TEXT NOT NULL,
    bucket_start BIGINT NOT NULL,
    stripe BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (name, bucket_start, stripe)
) WITHOUT ROWID;
INSERT INTO striped_counters SELECT name, bucket_start, 0, count FROM counters ORDER BY name, bucket_start;
DROP TABLE counters;
ALTER TABLE striped_counters RENAME TO counters;
