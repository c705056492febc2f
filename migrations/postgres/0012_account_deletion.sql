-- A deleted account takes along the challenges that its owner asked for while signed in.
CREATE INDEX challenges_user_id ON challenges (user_id) WHERE user_id <> '';

-- The data key of this database, encrypted with a key that derives from SECRET_KEY. There is one row, with the id 1.
CREATE TABLE data_keys (
    id BIGINT PRIMARY KEY,
    key_id TEXT NOT NULL,
    nonce BYTEA NOT NULL,
    ciphertext BYTEA NOT NULL
);
