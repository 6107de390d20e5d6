"""The tables, the named queries and the migrations. A query never begins or ends a transaction."""
