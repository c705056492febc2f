-- What is found together is kept together, so that a sign-in writes fewer pages.

-- Requests of an earlier version wait outside: with one of their rows in hand they would wait for this and this for them.
LOCK TABLE counters, challenges, sessions, devices IN ACCESS EXCLUSIVE MODE;

-- The purge walks along the counters instead. Slot 0 only locks: whoever counts makes it anew.
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

-- Names sort by byte, as whoever counts sorts them: the purge then locks its rows in the same order.
ALTER TABLE counters ALTER COLUMN name TYPE TEXT COLLATE "C";

-- Who asks for a session or a device says whose it is.
ALTER TABLE sessions DROP CONSTRAINT sessions_pkey, ADD PRIMARY KEY (user_id, id);
DROP INDEX sessions_user_id;
ALTER TABLE devices DROP CONSTRAINT devices_pkey, ADD PRIMARY KEY (user_id, id);
DROP INDEX devices_user_id;
