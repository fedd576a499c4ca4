-- How many transactions changed edits. The sealed copy of unsent edits beside the mirror (shadow.rs)
-- says the same number: where it says a greater one, the mirror has lost what it had promised.
CREATE TABLE turn (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO turn (one, number) VALUES (1, 0);
