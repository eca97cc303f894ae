"""Training of the reader of names and of the weights (`make model`). Nothing here is needed to run Greenlit."""
