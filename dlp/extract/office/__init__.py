"""Office documents that are zip packages or XML: Word, Excel, PowerPoint, Visio, OpenDocument, EPUB, iWork."""
