def measure_all(workspace, *, only, seconds, out): pass
