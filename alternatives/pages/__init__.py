"""What a person sees. A page asks for results and shows them; modules with a leading _ are shared."""
