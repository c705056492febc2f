-- The audit log's column gets the name of what it holds: the subnet of the client.

ALTER TABLE audit RENAME COLUMN source TO subnet;
ALTER INDEX audit_sources RENAME TO audit_subnets;
