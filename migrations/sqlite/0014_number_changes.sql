-- A change of an account's number, to which the holder of the former number can object for some days. The id is the SHA-256 of the
-- token in the link of the notice. The changes of one account are numbered by their position.
CREATE TABLE number_changes (
    id BLOB PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    phone TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX number_changes_user_id ON number_changes (user_id);
CREATE INDEX number_changes_expires_at ON number_changes (expires_at);
