-- The SMS provider that sent the last text of a challenge, if it was not the first one of the settings. The share of codes that people
-- type is counted by provider.
ALTER TABLE challenges ADD COLUMN provider TEXT;
