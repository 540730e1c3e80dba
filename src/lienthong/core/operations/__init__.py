"""Operating the node: its state in words, alerts at 70 % of a limit, jobs and messages that gave up (CORE-98).

Parts declare `registry.checks`, `registry.probes` (ask the outside), `registry.limits` and `registry.gauges`; the
command `doctor`, the page of the state, the alerts and `/metrics` all read these.
"""
