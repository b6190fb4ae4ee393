"""Everything that is Dagster: assets, jobs, schedules, sensors, resources and the executor."""
