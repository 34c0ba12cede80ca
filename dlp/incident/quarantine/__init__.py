"""Files that were taken out of their place: sealed, on record, and given back when somebody says so.

At any instant, after a kill or a power cut, a file is whole in its place or whole in the quarantine:

    moving       on record; the file is in its place or, moved by one atomic renaming, in a holding folder
    sealed       its sealed copy is on the disk, and so is this; what was held is deleted
    quarantined  and so is the notice in its place
    restoring    on record; its sealed copy is there, and a copy for its place may be
    restored, released, purged   the sealed copy is deleted

Each step is on the disk before the next one begins; whoever opens the quarantine next goes on from there, or goes back.
"""
