"""Mail and what travels in it: messages, mailboxes, signed and encrypted content, contacts."""
