"""`parley bench report`: all benches as one page, and the same as JSON; `parley bench compare`: two of those side by side."""
