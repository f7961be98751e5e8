-- Most writes of a record change nothing it is found by. To know that, its entries were read: two pages of chance in a large store. A
-- digest of the entries it was last written with says so in the row itself. NULL where an earlier program wrote it.
ALTER TABLE record ADD COLUMN entries_digest BLOB;
