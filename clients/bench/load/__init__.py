"""`parley bench load`: many who talk to one server at once."""
