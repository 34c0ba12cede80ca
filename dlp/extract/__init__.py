"""From bytes to text: type detection, one file a format, and the recursion that alone owns limits and failures."""
