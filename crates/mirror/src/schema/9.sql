-- The parts of `photo` that wait are asked for before every step of sync. SQLite does not use an index WHERE state IN (…)
-- for one of those states.
DROP INDEX photo_to_move;
CREATE INDEX photo_by_state ON photo (state, retry_at);

-- Read from the few branches to the many documents, whatever SQLite guesses.
DROP VIEW undecided;
CREATE VIEW undecided AS
SELECT g.n AS grievance, d.n AS document, d.db AS db, b.rev AS rev, b.body AS body, b.asked AS asked
FROM branch b
CROSS JOIN document d ON d.n = b.document
CROSS JOIN document g ON g.db = 0 AND g.id = iif(d.db = 0, d.id, substr(d.id, length('case:') + 1))
LEFT JOIN edit e ON e.document = g.n AND e.field = iif(d.db = 0, 'branch:', 'caseBranch:') || b.rev
WHERE e.id IS NULL AND (g.body IS NOT NULL OR g.rev IS NULL);

-- Pieces of the text index are merged when nobody waits (upkeep.rs), not by the commits of small changes. Should nothing
-- ever rest, 64 small ones are merged at once.
INSERT INTO word (word, rank) VALUES ('automerge', 0), ('crisismerge', 64);
