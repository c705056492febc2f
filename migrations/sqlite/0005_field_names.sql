-- Tables, columns and counters get the names that the code uses.

ALTER TABLE challenges RENAME COLUMN sends TO cooldown_step;
ALTER TABLE challenges RENAME COLUMN texts TO sms_count;
ALTER TABLE challenges RENAME COLUMN guess_key TO attempt_budget;
ALTER TABLE challenges RENAME COLUMN given_back_at TO refunded_at;
ALTER TABLE challenges RENAME COLUMN source TO client_address;
ALTER TABLE challenges RENAME COLUMN block TO client_subnet;
DROP INDEX challenges_guess_key;
CREATE INDEX challenges_attempt_budget ON challenges (attempt_budget);

ALTER TABLE counters RENAME COLUMN slot_at TO bucket_start;

ALTER TABLE proofs RENAME TO used_puzzles;
DROP INDEX proofs_expires_at;
CREATE INDEX used_puzzles_expires_at ON used_puzzles (expires_at);

-- The name of a counter ends with its kind, and that of an hourly allowance with the name of the limited counter and its own kind.
UPDATE counters SET name = substr(name, 1, length(name) - length(kind.previous)) || kind.renamed
FROM (
    SELECT '/sent/source' AS previous, '/sent/address' AS renamed
    UNION ALL SELECT '/sent/block', '/sent/subnet'
    UNION ALL SELECT '/verified/source', '/verified/address'
    UNION ALL SELECT '/verified/block', '/verified/subnet'
    UNION ALL SELECT '/guessed/number', '/attempts/number'
    UNION ALL SELECT '/guessed/account', '/attempts/account'
    UNION ALL SELECT '/guessed/number/trickle', '/attempts/number/trickle'
    UNION ALL SELECT '/guessed/account/trickle', '/attempts/account/trickle'
    UNION ALL SELECT '/waited', '/wait-token'
) AS kind
WHERE counters.name LIKE '%' || kind.previous;
UPDATE counters SET name = substr(name, 1, length(name) - length('/trickle')) || '/hourly-allowance' WHERE name LIKE '%/trickle';
UPDATE counters SET name = 'failed-attempts' WHERE name = 'wrong';

-- A challenge stores the name of the counter of its attempt budget.
UPDATE challenges SET attempt_budget = substr(attempt_budget, 1, length(attempt_budget) - length('/guessed/number')) || '/attempts/number'
WHERE attempt_budget LIKE '%/guessed/number';
UPDATE challenges SET attempt_budget = substr(attempt_budget, 1, length(attempt_budget) - length('/guessed/account')) || '/attempts/account'
WHERE attempt_budget LIKE '%/guessed/account';
