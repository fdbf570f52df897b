"""Simulations that a render uses: finding those that aren't baked, warming them up, baking them."""
