-- The delivery of the last text of a challenge, as its provider reports it: 0 pending, 1 delivered, 2 failed.
ALTER TABLE challenges ADD COLUMN delivery INTEGER NOT NULL DEFAULT 0;
