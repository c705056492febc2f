-- Recovery codes: the Argon2id hashes of the unused codes of an account. The codes of an account are made together and have one salt.
CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash BLOB NOT NULL,
    salt BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, hash)
) WITHOUT ROWID;
