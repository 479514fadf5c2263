"""What people take away: tables, pictures, a report, and the script that gives the numbers again."""

from alternatives.exports.exports import Exports, Printed, Provenance, Table

__all__ = ["Exports", "Printed", "Provenance", "Table"]
