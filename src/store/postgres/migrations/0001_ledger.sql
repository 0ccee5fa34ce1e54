-- The history of migrations itself.
CREATE TABLE schema_migration (number integer PRIMARY KEY, name text NOT NULL);
