-- The audit log's column gets the name of what it holds: the subnet of the client.

ALTER TABLE audit RENAME COLUMN source TO subnet;
DROP INDEX audit_sources;
CREATE INDEX audit_subnets ON audit (occurred_at) WHERE subnet IS NOT NULL;
