-- The log of events. `event_id` makes a second delivery of one event the same row; rows of other writers get one, too.
CREATE TABLE auth_audit_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  event_id TEXT NOT NULL DEFAULT (lower(hex(randomblob(16)))) UNIQUE,
  event_type TEXT NOT NULL,
  user_id TEXT,
  organization_id TEXT,
  ip_address TEXT,
  user_agent TEXT,
  metadata TEXT NOT NULL DEFAULT '{}',
  timestamp TEXT NOT NULL,
  created_at TEXT NOT NULL DEFAULT (datetime('now'))
);

-- One index per way to ask. Each ends in the row's id, as every index does, so a page never needs sorting; an event about
-- nobody costs no entry in the first two.
CREATE INDEX idx_audit_user_id ON auth_audit_log (user_id, timestamp) WHERE user_id IS NOT NULL;
CREATE INDEX idx_audit_org_id ON auth_audit_log (organization_id, timestamp) WHERE organization_id IS NOT NULL;
CREATE INDEX idx_audit_event_type ON auth_audit_log (event_type, timestamp);
CREATE INDEX idx_audit_timestamp ON auth_audit_log (timestamp);
