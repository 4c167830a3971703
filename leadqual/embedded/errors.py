"""What can go wrong with the database that the project brings along."""


class EmbeddedDatabaseError(Exception):
    """The embedded PostgreSQL cannot be found, created, started or stopped; says what to do."""
