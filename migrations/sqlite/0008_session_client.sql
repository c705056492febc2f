-- A session has the browser, the platform and the subnet of its sign-in, so that its owner can tell sessions apart. It also has
-- the device that the browser became, which ends with it.
ALTER TABLE sessions ADD COLUMN browser TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN platform TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN subnet TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN device_id BLOB;
