-- The ward that the report itself names, where it names one: a city that has drawn none chooses among these.
ALTER TABLE grievance ADD COLUMN ward TEXT;

UPDATE grievance SET ward = d.body ->> '$.ward' FROM document d
-- SQLite reads less deep than we do.
WHERE d.n = grievance.n AND iif(json_valid(d.body), json_type(d.body, '$.ward') IN ('text', 'integer', 'real'), 0);

CREATE INDEX grievance_by_ward ON grievance (ward) WHERE ward IS NOT NULL;
