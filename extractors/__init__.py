"""Bytes and text in, facts out: no network, no clock, no database."""
