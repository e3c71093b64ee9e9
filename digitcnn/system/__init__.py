"""What the operating system gives: files that survive a crash, downloads, memory, logs."""
