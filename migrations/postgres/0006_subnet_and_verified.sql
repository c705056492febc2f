-- Columns get the names of what they hold: the subnet of a client, the times of a verified phone number, and whether the clock was trusted.

-- Requests of an earlier version wait outside: with one of their rows in hand they would deadlock with this migration.
LOCK TABLE challenges, audit, clock IN ACCESS EXCLUSIVE MODE;

ALTER TABLE audit RENAME COLUMN source TO subnet;
ALTER INDEX audit_sources RENAME TO audit_subnets;

ALTER TABLE challenges RENAME COLUMN proven_at TO verified_at;
ALTER TABLE challenges RENAME COLUMN proof_expires_at TO verification_expires_at;

ALTER TABLE clock RENAME COLUMN believed_at TO trusted_at;
ALTER TABLE clock RENAME COLUMN doubted_at TO distrusted_at;
