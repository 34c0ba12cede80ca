"""Where blobs come from: one file a source, each a `dlp.source.seam.Source`."""
