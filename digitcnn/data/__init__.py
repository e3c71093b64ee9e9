"""Where digits come from: data sets, synthetic handwriting, samples, drawings."""
