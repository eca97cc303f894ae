"""Greenlit shown offline: a small press of our own pages on loopback, and what reading it must give."""
