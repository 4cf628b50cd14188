"""Agreement of Landwatch's results with labels that a person made."""
