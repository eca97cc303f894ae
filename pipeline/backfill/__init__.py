"""History: what was published before Greenlit watched."""
