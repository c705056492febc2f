-- Columns get the names of what they hold: the subnet of a client, the times of a verified phone number, and whether the clock was trusted.

ALTER TABLE audit RENAME COLUMN source TO subnet;
DROP INDEX audit_sources;
CREATE INDEX audit_subnets ON audit (occurred_at) WHERE subnet IS NOT NULL;

ALTER TABLE challenges RENAME COLUMN proven_at TO verified_at;
ALTER TABLE challenges RENAME COLUMN proof_expires_at TO verification_expires_at;

ALTER TABLE clock RENAME COLUMN believed_at TO trusted_at;
ALTER TABLE clock RENAME COLUMN doubted_at TO distrusted_at;
