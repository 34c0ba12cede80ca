"""Pictures, audio and video: the words beside what is seen and heard."""
