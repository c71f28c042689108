"""What a caller, a provider or an operator can ask; the only place where transactions begin and end."""
