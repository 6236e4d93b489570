"""Search in the browser and over REST: a page for people, an API for programs, and what keeps both safe."""
