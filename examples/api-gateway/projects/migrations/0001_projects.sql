-- Every row belongs to one organisation, and every question names it.
CREATE TABLE projects (
  organization_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (organization_id, id)
) WITHOUT ROWID;
