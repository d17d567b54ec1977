"""Where work runs, and the engine that grades a class; nothing here prints."""
