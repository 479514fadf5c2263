"""Tidy frame in, altair.Chart out."""
