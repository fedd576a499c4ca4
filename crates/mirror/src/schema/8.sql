-- Which grievances this laptop keeps; no row: all, and nobody has chosen that.
CREATE TABLE selection (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    -- JSON: domain::Selection
    chosen TEXT NOT NULL
) STRICT;

-- Grievances that are here and outside the selection: they leave when nothing of them is unsent.
-- Of one that left with deliveries, its row in document stays as long as they do, without a body.
CREATE TABLE outside (
    document INTEGER PRIMARY KEY REFERENCES document (n) ON DELETE CASCADE
) STRICT;
CREATE INDEX document_without_body ON document (db) WHERE body IS NULL;

-- While the first pull of a selection asks the server for what is selected only: the sequence after
-- which everything is asked for, so that nothing is missed that changed meanwhile. An empty since
-- is the beginning.
ALTER TABLE checkpoint ADD COLUMN first_until TEXT;
