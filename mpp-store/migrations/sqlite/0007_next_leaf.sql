-- Where the next leaf of the audit log comes was read off the last one: when that was lost, its place was given out again.
ALTER TABLE commit_counter ADD COLUMN next_leaf INTEGER NOT NULL DEFAULT 0;
UPDATE commit_counter SET next_leaf = coalesce((SELECT max(place) + 1 FROM audit_leaf), first_leaf);
