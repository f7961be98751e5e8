-- The beginning of the audit log is removed when its time is over. Where what is kept begins was read off the first leaf: when that was
-- lost otherwise, nobody could tell. In a table of its own, for the counter's row is what commits wait for.
CREATE TABLE audit_begin (
    only_row   integer NOT NULL PRIMARY KEY CHECK (only_row = 1),
    first_leaf bigint  NOT NULL
);
INSERT INTO audit_begin (only_row, first_leaf)
    SELECT 1, coalesce((SELECT min(place) FROM audit_leaf), leaves) FROM commit_counter;
