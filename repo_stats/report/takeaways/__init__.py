"""What others take from the report: tables, pictures and badges beside its pages, and a feed."""
