"""What a network learns from one person's drawings, without being changed itself."""
