"""Tests of object storage against a server; `make test-scale` installs what they need."""
