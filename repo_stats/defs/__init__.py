"""All of Dagster: assets, jobs, schedules, sensors, resources and the executor."""
