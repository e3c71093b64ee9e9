"""Measurements that anybody can repeat: ``python -m digitcnn benchmark``.

Each gives its figures by name, units as suffixes. They need ``tests/requirements.txt`` where they
drive a browser.
"""
