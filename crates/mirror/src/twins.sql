-- Reports here of the second ?1, besides ?2. Each status is one short look into the index.
SELECT d.id, d.body, d.n FROM grievance g JOIN document d ON d.n = g.n
WHERE g.status IN (SELECT status FROM status_count) AND g.reported_at = ?1 AND g.n <> ?2
  AND d.body IS NOT NULL AND NOT d.gone
ORDER BY d.id
