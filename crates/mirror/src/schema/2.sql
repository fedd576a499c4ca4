-- The line in the case's history that tells of a delivered edit: NULL where the site keeps none,
-- else whether the internal database has got it.
ALTER TABLE delivery ADD COLUMN entry TEXT CHECK (entry IN ('to_send', 'sent', 'refused'));
-- Why it was refused.
ALTER TABLE delivery ADD COLUMN entry_reason TEXT;
CREATE INDEX delivery_to_tell ON delivery (edit) WHERE entry = 'to_send';
