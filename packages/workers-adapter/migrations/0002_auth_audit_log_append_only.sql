-- Whoever can run SQL through the Worker can add rows, and change or remove none. Rows of more than 30 days may be
-- deleted, because a log that holds addresses of people must end somewhere.
CREATE TRIGGER auth_audit_log_no_update BEFORE UPDATE ON auth_audit_log
BEGIN
  SELECT RAISE(ABORT, 'auth_audit_log is append-only');
END;

CREATE TRIGGER auth_audit_log_no_delete BEFORE DELETE ON auth_audit_log
WHEN OLD.timestamp > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-30 days')
BEGIN
  SELECT RAISE(ABORT, 'auth_audit_log is append-only for 30 days');
END;

-- REPLACE removes rows without asking the trigger above.
CREATE TRIGGER auth_audit_log_no_replace BEFORE INSERT ON auth_audit_log
WHEN EXISTS (SELECT 1 FROM auth_audit_log WHERE event_id = NEW.event_id OR id = NEW.id)
BEGIN
  SELECT RAISE(IGNORE);
END;
