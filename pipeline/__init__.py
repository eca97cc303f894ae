"""What moves: fetching, ingesting, telling, serving."""
