-- How far the notices of the audit log are delivered to the webhook, in one row. It begins at the end of the log, so that nobody gets
-- a notice of what happened before the upgrade.
CREATE TABLE notice_cursor (
    id BIGINT PRIMARY KEY,
    audit_id BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL
);
INSERT INTO notice_cursor (id, audit_id, claimed_until) SELECT 1, COALESCE(MAX(id), 0), 0 FROM audit;
