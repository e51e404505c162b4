"""Storage: one seam over SQLite and PostgreSQL. Nobody else asks which database it is.

Tables: schema_migrations. Entry: `database.Database`, `sqlite.open_sqlite`, `postgres.open_postgres`,
`migrate.migrate`.
"""
