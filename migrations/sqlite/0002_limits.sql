-- What keeps strangers out of accounts and off the operator's bill: counters in sliding windows, puzzles that were spent,
-- known devices, and the record of what happened to accounts.

-- The lane whose guesses a challenge reserved, when its unused ones were given back, and for whom its texts count.
ALTER TABLE challenges ADD COLUMN guess_key TEXT NOT NULL DEFAULT '';
ALTER TABLE challenges ADD COLUMN given_back_at BIGINT;
ALTER TABLE challenges ADD COLUMN texts BIGINT NOT NULL DEFAULT 1;
ALTER TABLE challenges ADD COLUMN country TEXT NOT NULL DEFAULT '';
ALTER TABLE challenges ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE challenges ADD COLUMN block TEXT NOT NULL DEFAULT '';
CREATE INDEX challenges_guess_key ON challenges (guess_key);
CREATE INDEX challenges_expires_at ON challenges (expires_at);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

-- One row a counter and slot; the row of slot 0 is what concurrent transactions wait for each other at.
CREATE TABLE counters (
    name TEXT NOT NULL,
    slot_at BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (name, slot_at)
) WITHOUT ROWID;
CREATE INDEX counters_slot_at ON counters (slot_at);

-- Digests of puzzles that were used.
CREATE TABLE proofs (
    id BLOB PRIMARY KEY,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX proofs_expires_at ON proofs (expires_at);

-- Browsers that an account signed in on; the id is the digest of what only the browser holds.
CREATE TABLE devices (
    id BLOB NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (id, user_id)
) WITHOUT ROWID;
CREATE INDEX devices_user_id ON devices (user_id);
CREATE INDEX devices_expires_at ON devices (expires_at);

-- What happened to accounts. The source is a block of addresses and goes earlier than the rest.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    occurred_at BIGINT NOT NULL,
    event TEXT NOT NULL,
    user_id TEXT,
    source TEXT
);
CREATE INDEX audit_occurred_at ON audit (occurred_at);
CREATE INDEX audit_user_id ON audit (user_id);
-- For the purge, which looks for the old ones that still have a source.
CREATE INDEX audit_sources ON audit (occurred_at) WHERE source IS NOT NULL;
