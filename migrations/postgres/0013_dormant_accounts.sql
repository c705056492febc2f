-- An account may have no phone number: a new owner of a recycled number gets an account of their own, and the former account is set
-- aside. The table has the time of the last visit, exact to a day.
ALTER TABLE users ALTER COLUMN phone DROP NOT NULL;
ALTER TABLE users ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN former_phone TEXT;
ALTER TABLE users ADD COLUMN released_at BIGINT;
UPDATE users SET seen_at = GREATEST(
    created_at,
    COALESCE((SELECT MAX(renewed_at) FROM sessions WHERE user_id = users.id), 0),
    COALESCE((SELECT MAX(occurred_at) FROM audit WHERE user_id = users.id AND event IN ('signed_in', 'signed_out')), 0)
);
ALTER TABLE users ALTER COLUMN seen_at DROP DEFAULT;
CREATE INDEX users_former_phone ON users (former_phone) WHERE former_phone IS NOT NULL;

-- The attempts to type the e-mail address of an account that was not used for long.
CREATE TABLE email_attempts (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    attempted_at BIGINT NOT NULL
);
CREATE INDEX email_attempts_user_id ON email_attempts (user_id, attempted_at);
