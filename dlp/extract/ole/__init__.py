"""OLE compound files, Rich Text and their kin: Word, Excel and PowerPoint before 2007, Outlook, macros."""
