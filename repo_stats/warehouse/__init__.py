"""Where tables and pages live: Parquet files below one path or fsspec URL."""
