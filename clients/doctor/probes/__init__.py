"""What `parley doctor` looks at: a module here with a `PROBE` is found by itself."""
