"""The operating system: crash-safe files, downloads, memory, logs."""
