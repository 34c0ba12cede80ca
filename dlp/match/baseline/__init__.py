"""What a baseline lists is known, and counts no more: findings by rule and value, or by document and passage."""
