"""How the numbers are computed: functions over data frames, without Dagster and without files."""
