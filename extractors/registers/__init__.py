"""Official lists: from files to register rows."""
