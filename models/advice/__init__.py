"""Which models suit a machine: what each of them costs there, told from a short probe, beside what others have measured of its quality."""
