"""`parley doctor`: what this machine can do, and what keeps Parley from it. Each file in `probes/` is one thing that is looked at."""
