-- The beginning of the audit log is removed when its time is over. Places are never used again, so this says where what is kept
-- begins: without it, a log of which nothing is left would begin anew.
ALTER TABLE commit_counter ADD COLUMN first_leaf INTEGER NOT NULL DEFAULT 0;
