"""The daemon: nothing that leaves through a channel goes unseen."""
