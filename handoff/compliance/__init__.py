"""How both sides keep what they promised: the SLA board, compliance, the system's own delay."""
