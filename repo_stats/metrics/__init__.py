"""The numbers: functions over data frames, without Dagster and without files."""
