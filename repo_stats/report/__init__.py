"""The report: pages to look at, made of the stored tables; no Dagster, no request.

Altair, vl-convert and Jinja2 are imported only where they are used.
"""
