"""The report: HTML pages made from the stored tables. No Dagster, no requests.

Altair, vl-convert and Jinja2 are imported only where they are used.
"""
