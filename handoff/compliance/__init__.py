"""How both sides keep what they promised: the SLA board, the compliance page, the system's own delay."""
