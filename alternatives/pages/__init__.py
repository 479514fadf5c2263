"""What a person sees. A page puts on screen what a core module of the same name says."""
