"""Scripts that train and measure colorizers; what they find is what chapter 16 quotes."""
