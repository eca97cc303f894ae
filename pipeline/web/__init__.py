"""The desk: what is approved, on which evidence, and how the sources do, as plain pages."""
