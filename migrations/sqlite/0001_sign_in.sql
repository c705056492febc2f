-- Times are Unix seconds; ids of challenges and sessions are SHA-256 digests of values that only the browser holds.
-- The folder for PostgreSQL has the same names; only column types may differ. Small rows that are found by a key of their own
-- are kept in that key's order (WITHOUT ROWID): one tree less to write and to keep.

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    phone TEXT NOT NULL UNIQUE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE challenges (
    id BLOB PRIMARY KEY,
    phone TEXT NOT NULL,
    purpose TEXT NOT NULL,
    nonce BLOB NOT NULL,
    key_id TEXT NOT NULL,
    code_length BIGINT NOT NULL,
    reference TEXT NOT NULL,
    next TEXT,
    attempts BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    sends BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    resend_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    proven_at BIGINT,
    proof_expires_at BIGINT,
    consumed_at BIGINT,
    replaced_at BIGINT
);

CREATE TABLE sessions (
    id BLOB PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    renewed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
) WITHOUT ROWID;

CREATE INDEX sessions_user_id ON sessions (user_id);
