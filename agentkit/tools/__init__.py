"""Tools that models can call, and how to make more of them."""
