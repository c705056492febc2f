-- An account may have no phone number: a new owner of a recycled number gets an account of their own, and the former account is set
-- aside. The table is written anew, because SQLite cannot drop NOT NULL. It has the time of the last visit, exact to a day.
CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    phone TEXT UNIQUE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    former_phone TEXT,
    released_at BIGINT
) WITHOUT ROWID;
INSERT INTO accounts
SELECT id, phone, first_name, last_name, email, created_at, MAX(
    created_at,
    COALESCE((SELECT MAX(renewed_at) FROM sessions WHERE user_id = users.id), 0),
    COALESCE((SELECT MAX(occurred_at) FROM audit WHERE user_id = users.id AND event IN ('signed_in', 'signed_out')), 0)
), NULL, NULL
FROM users;
DROP TABLE users;
ALTER TABLE accounts RENAME TO users;
CREATE INDEX users_former_phone ON users (former_phone) WHERE former_phone IS NOT NULL;

-- The attempts to type the e-mail address of an account that was not used for long.
CREATE TABLE email_attempts (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    attempted_at BIGINT NOT NULL
);
CREATE INDEX email_attempts_user_id ON email_attempts (user_id, attempted_at);
