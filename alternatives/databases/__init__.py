"""Databases behind one small interface, of which the environment chooses one.

``ALTERNATIVES_SESSIONS`` is the path of a file for SQLite, which comes with Python; ``memory``; or a URL
``postgresql://…`` for servers on several machines, which needs an optional extra. By default it is a file
in the user's folder for data. Both know the same SQL as far as it is used here, with ``:name`` for
parameters, ``ON CONFLICT`` and ``RETURNING``.
"""

from alternatives.databases.database import Database, Execute, Rows, Unavailable
from alternatives.databases.environment import of_environment
from alternatives.databases.sqlite import SQLite

__all__ = ["Database", "Execute", "Rows", "SQLite", "Unavailable", "of_environment"]
