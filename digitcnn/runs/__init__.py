"""Runs, and the home folder through which web process and trainer communicate."""
