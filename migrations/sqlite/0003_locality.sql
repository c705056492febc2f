-- What is found together is kept together, so that a sign-in writes fewer pages.

-- The purge walks along the counters instead. Slot 0 is for engines with more than one writer.
DROP INDEX counters_slot_at;
DELETE FROM counters WHERE slot_at = 0;

-- A counter's name begins with whose it is: those of one number, or of one source, are neighbours.
UPDATE counters SET name = substr(name, length(f.family) + 2) || '/' || f.family
FROM (
    SELECT 'sent/number' AS family UNION ALL SELECT 'sent/account' UNION ALL SELECT 'sent/source' UNION ALL SELECT 'sent/block'
    UNION ALL SELECT 'sent/prefix' UNION ALL SELECT 'sent/country' UNION ALL SELECT 'verified/source'
    UNION ALL SELECT 'verified/block' UNION ALL SELECT 'verified/prefix' UNION ALL SELECT 'verified/country'
    UNION ALL SELECT 'guessed/number' UNION ALL SELECT 'guessed/account' UNION ALL SELECT 'waited'
) AS f
WHERE substr(counters.name, 1, length(f.family) + 1) = f.family || '/';
UPDATE counters SET name = substr(name, length(f.family) + 10) || '/' || f.family || '/trickle'
FROM (
    SELECT 'sent/number' AS family UNION ALL SELECT 'sent/account' UNION ALL SELECT 'sent/prefix' UNION ALL SELECT 'sent/country'
    UNION ALL SELECT 'guessed/number' UNION ALL SELECT 'guessed/account'
) AS f
WHERE substr(counters.name, 1, length(f.family) + 9) = 'trickle/' || f.family || '/';
UPDATE counters SET name = substr(name, 9) || '/trickle' WHERE name IN ('trickle/spent', 'trickle/sent/account');
UPDATE challenges SET guess_key = substr(guess_key, 16) || '/guessed/number' WHERE substr(guess_key, 1, 15) = 'guessed/number/';
UPDATE challenges SET guess_key = substr(guess_key, 17) || '/guessed/account' WHERE substr(guess_key, 1, 16) = 'guessed/account/';

-- Who asks for a session or a device says whose it is.
CREATE TABLE sessions_by_user (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id BLOB NOT NULL,
    key_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    renewed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (user_id, id)
) WITHOUT ROWID;
INSERT INTO sessions_by_user SELECT user_id, id, key_id, created_at, renewed_at, expires_at, revoked_at FROM sessions ORDER BY user_id, id;
DROP TABLE sessions;
ALTER TABLE sessions_by_user RENAME TO sessions;
CREATE INDEX sessions_expires_at ON sessions (expires_at);

CREATE TABLE devices_by_user (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, id)
) WITHOUT ROWID;
INSERT INTO devices_by_user SELECT user_id, id, created_at, expires_at FROM devices ORDER BY user_id, id;
DROP TABLE devices;
ALTER TABLE devices_by_user RENAME TO devices;
CREATE INDEX devices_expires_at ON devices (expires_at);
