-- The last moment that the machine's clock was believed, in one row: a wrong clock must not have the purge delete what lives.
CREATE TABLE clock (
    id BIGINT PRIMARY KEY,
    believed_at BIGINT NOT NULL,
    doubted_at BIGINT
);

-- In a database that is in use it is the end of the newest code, or else the newest line of the record.
INSERT INTO clock (id, believed_at)
SELECT 1, newest.at
FROM (SELECT COALESCE((SELECT MAX(expires_at) FROM challenges), (SELECT MAX(occurred_at) FROM audit)) AS at) AS newest
WHERE newest.at IS NOT NULL;
