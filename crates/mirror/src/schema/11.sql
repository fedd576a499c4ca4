-- The latest first day of a selection by days that anything was compared with (unix seconds): one that lies ahead was of
-- a clock that was wrong.
ALTER TABLE selection ADD COLUMN begins INTEGER;

-- Lines that were refused are counted with every state of sync.
CREATE INDEX delivery_refused ON delivery (edit) WHERE entry = 'refused';

-- 1: the administrator drew the ward anew, which leaves many outside; they stay until the officer chooses again.
ALTER TABLE outside ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
