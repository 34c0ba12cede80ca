"""Rules: what has a shape. Their form, how they are read and checked, and what they are compiled to."""
