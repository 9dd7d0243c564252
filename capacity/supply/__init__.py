"""What the plans in force deliver, and the gap to what demand asks for."""
