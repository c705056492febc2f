-- A challenge of a signed-in person names the account for which it was asked.
ALTER TABLE challenges ADD COLUMN user_id TEXT NOT NULL DEFAULT '';

-- When the owner of a session last proved that they receive the SMS of the account's number. A sign-in is such a proof.
ALTER TABLE sessions ADD COLUMN verified_at BIGINT NOT NULL DEFAULT 0;
UPDATE sessions SET verified_at = created_at;
