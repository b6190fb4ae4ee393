"""Tests of what others take from the report."""
