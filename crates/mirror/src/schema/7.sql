-- Versions of a grievance or a case that the server keeps beside the one it shows, as servers made
-- them among themselves: those that `document.body` names in `_conflicts`.
CREATE TABLE branch (
    document INTEGER NOT NULL REFERENCES document (n) ON DELETE CASCADE,
    rev      TEXT NOT NULL,
    -- NULL: not fetched.
    body     TEXT,
    -- 1: the server was asked for it, and without a body had none to give.
    asked    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (document, rev)
) STRICT, WITHOUT ROWID;

-- Those about which the officer has not decided yet, with the grievance that they are about, when
-- more of that is here than the record of deliveries.
CREATE VIEW undecided AS
SELECT g.n AS grievance, d.n AS document, d.db AS db, b.rev AS rev, b.body AS body, b.asked AS asked
FROM branch b
JOIN document d ON d.n = b.document
JOIN document g ON g.db = 0 AND g.id = iif(d.db = 0, d.id, substr(d.id, length('case:') + 1))
LEFT JOIN edit e ON e.document = g.n AND e.field = iif(d.db = 0, 'branch:', 'caseBranch:') || b.rev
WHERE e.id IS NULL AND (g.body IS NOT NULL OR g.rev IS NULL);
