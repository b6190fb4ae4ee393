"""The report: HTML pages made from the stored tables. It uses no Dagster and sends no requests.

Altair, vl-convert and Jinja2 are imported only where they are used.
"""
