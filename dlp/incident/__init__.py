"""Incidents: what the policy judged `warn` or stricter, in a log that shows whether it was changed, with evidence."""
