"""Photos of digits on paper: finding each digit, and reading them line by line.

The way: ``file`` (a file's picture) → ``ink`` (what is written; ``rulings`` taken away) →
``pieces`` (what belongs together; ``cuts`` where digits touch) → ``digits`` (lines, a raster for
each digit) → ``reading`` (what the network makes of them) → ``result``. ``process`` does all before
``reading`` in a process of its own, so that the web process keeps its memory and its time;
``camera`` likewise for the pictures of a running camera, in a process that stays for the next one.

Only ``camera``, ``found``, ``process``, ``reading``, ``record``, ``result``, ``touching`` and
``turn`` may be imported by the web process: the others need OpenCV.
"""
