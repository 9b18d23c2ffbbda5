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

-- Before a row is added, -1 stands for an id that the table is to give (the table refuses a real one). Whoever chose ids
-- could take the place of rows to come, or use up the numbers.
CREATE TRIGGER auth_audit_log_no_id BEFORE INSERT ON auth_audit_log
WHEN NEW.id <> -1
BEGIN
  SELECT RAISE(ABORT, 'auth_audit_log is append-only and numbers its rows itself');
END;

-- REPLACE removes rows without asking the trigger on deletion.
CREATE TRIGGER auth_audit_log_no_replace BEFORE INSERT ON auth_audit_log
WHEN EXISTS (SELECT 1 FROM auth_audit_log WHERE event_id = NEW.event_id)
BEGIN
  SELECT RAISE(IGNORE);
END;
