-- Passkeys: WebAuthn credentials with which a person signs in without an SMS. The id is the credential's own; the column
-- credential has its public key, counter and flags as the JSON of webauthn-rs.
CREATE TABLE passkeys (
    id BYTEA PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    credential TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX passkeys_user_id ON passkeys (user_id);

-- The table has the digests of all tokens that are accepted once: puzzles, wait tokens, and the tokens of WebAuthn ceremonies.
ALTER TABLE used_puzzles RENAME TO used_tokens;
ALTER INDEX used_puzzles_expires_at RENAME TO used_tokens_expires_at;
