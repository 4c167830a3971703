"""The admin pages on which marketing managers write, start, publish and compare models."""
