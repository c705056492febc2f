-- A deleted account takes along the challenges that its owner asked for while signed in.
CREATE INDEX challenges_user_id ON challenges (user_id) WHERE user_id <> '';

-- The data key of this database, encrypted with a key that derives from SECRET_KEY: one row for each SECRET_KEY that has had it.
CREATE TABLE data_keys (
    key_id TEXT PRIMARY KEY,
    nonce BLOB NOT NULL,
    ciphertext BLOB NOT NULL
);
